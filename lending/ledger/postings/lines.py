"""What every book is made of: lines, accounts by plan, and the budget that runs beside the money (平行记账).

On the budget's side every yuan of the authorised total is available, reserved (已审定), committed (已列入拨付批次) or paid.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from portal.money import ZERO


@dataclass(frozen=True)
class Posting:
    """One side of an entry to come: exactly one of ``debit`` and ``credit`` is positive."""

    account_code: str
    debit: Decimal = ZERO
    credit: Decimal = ZERO


@dataclass(frozen=True)
class Booking:
    """One business event to be posted: the pair of ``event`` and ``subject`` is posted once."""

    event: str
    subject: str
    memo: str
    booked_on: date
    lines: tuple[Posting, ...]


class Budget(StrEnum):
    """The budget's accounts, the same in every book, by the last part of their code."""

    AUTHORISED = "authorised"
    AVAILABLE = "available"
    RESERVED = "reserved"
    COMMITTED = "committed"
    PAID = "paid"


@dataclass(frozen=True)
class AccountPlan:
    """One account of a new book. A bound account never leaves its side: nothing is paid or reserved twice."""

    account: str
    kind: str
    bound_to: str


BUDGET: Final = (
    AccountPlan(Budget.AUTHORISED, "memorandum", "debit"),
    AccountPlan(Budget.AVAILABLE, "memorandum", "credit"),
    AccountPlan(Budget.RESERVED, "memorandum", "credit"),
    AccountPlan(Budget.COMMITTED, "memorandum", "credit"),
    AccountPlan(Budget.PAID, "memorandum", "credit"),
)


def code_of(book: str, account: str) -> str:
    return f"{book}:{account}"


def pair(book: str, debit: str, credit: str, amount: Decimal) -> list[Posting]:
    """The two lines of a plain movement; nothing where there is nothing to move."""
    if amount == 0:
        return []
    return [Posting(code_of(book, debit), debit=amount), Posting(code_of(book, credit), credit=amount)]


def mirrored(postings: Iterable[Posting]) -> list[Posting]:
    """The same lines with their sides exchanged."""
    return [Posting(line.account_code, debit=line.credit, credit=line.debit) for line in postings]


def authorised(book: str, amount: Decimal) -> list[Posting]:
    """Money has come that may be spent."""
    return pair(book, Budget.AUTHORISED, Budget.AVAILABLE, amount)


def withdrawn(book: str, amount: Decimal) -> list[Posting]:
    """Money that was free has left the budget."""
    return pair(book, Budget.AVAILABLE, Budget.AUTHORISED, amount)


def reservation(book: str, amount: Decimal) -> list[Posting]:
    """An amount is approved: it is no longer free. No money moves yet."""
    return pair(book, Budget.AVAILABLE, Budget.RESERVED, amount)


def release(book: str, amount: Decimal) -> list[Posting]:
    """An approved amount is refused or returned before payment: it is free again."""
    return pair(book, Budget.RESERVED, Budget.AVAILABLE, amount)


def commitment(book: str, amount: Decimal) -> list[Posting]:
    """A reserved amount stands in a payment batch that has gone to the treasury."""
    return pair(book, Budget.RESERVED, Budget.COMMITTED, amount)


def uncommitment(book: str, amount: Decimal) -> list[Posting]:
    """The treasury sent the payment back: the amount is reserved as before."""
    return pair(book, Budget.COMMITTED, Budget.RESERVED, amount)


def spent(book: str, amount: Decimal, *, is_committed: bool) -> list[Posting]:
    """The budget's side of a payment, out of what was reserved or, where a batch was sent, committed."""
    return pair(book, Budget.COMMITTED if is_committed else Budget.RESERVED, Budget.PAID, amount)
