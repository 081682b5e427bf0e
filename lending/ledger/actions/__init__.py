"""The only writers of the books: open, post, reverse."""

from lending.ledger.actions.books import OpenedOtherwise, open_book
from lending.ledger.actions.posting import (
    AnotherCurrency,
    Overdrawn,
    PeriodClosed,
    PostedOtherwise,
    UnbalancedEntry,
    UnknownAccount,
    post,
    post_many,
)
from lending.ledger.actions.reversals import AlreadyReversed, reverse

__all__ = [
    "AlreadyReversed",
    "AnotherCurrency",
    "OpenedOtherwise",
    "Overdrawn",
    "PeriodClosed",
    "PostedOtherwise",
    "UnbalancedEntry",
    "UnknownAccount",
    "open_book",
    "post",
    "post_many",
    "reverse",
]
