"""The nouns of the books. The database keeps them balanced and append-only, also against psql."""

from lending.ledger.models.books import Account, AccountKind, Book, BookPlan, BoundSide
from lending.ledger.models.entries import Entry, Line

__all__ = ["Account", "AccountKind", "Book", "BookPlan", "BoundSide", "Entry", "Line"]
