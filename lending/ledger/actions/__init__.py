"""The only writers of the books: open, post, reverse."""

from lending.ledger.actions.books import OpenedOtherwise, open_book
from lending.ledger.actions.posting import (
    AlreadyReversed,
    Overdrawn,
    PostedOtherwise,
    UnbalancedEntry,
    UnknownAccount,
    post,
    reverse,
)

__all__ = [
    "AlreadyReversed",
    "OpenedOtherwise",
    "Overdrawn",
    "PostedOtherwise",
    "UnbalancedEntry",
    "UnknownAccount",
    "open_book",
    "post",
    "reverse",
]
