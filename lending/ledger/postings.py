"""Which lines each business event of a fund makes. Pure: amounts in, postings out.

A fund's book has two sides, kept in one entry as public accounting asks (平行记账): what happened to the money, and what
happened to the budget. On the budget's side every yuan of the authorised total is available, reserved or paid.
"""

from dataclasses import dataclass
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


class FundAccount(StrEnum):
    """The accounts of a fund's book, by the last part of their code."""

    BANK = "bank"
    RECEIVABLE = "receivable"
    CONTRIBUTIONS = "contributions"
    RECOVERIES = "recoveries"
    COMPENSATION = "compensation"
    AUTHORISED = "authorised"
    AVAILABLE = "available"
    RESERVED = "reserved"
    PAID = "paid"


@dataclass(frozen=True)
class AccountPlan:
    account: FundAccount
    kind: str
    bound_to: str


A = FundAccount

#: What a new book is opened with. Money and budget are bound to their side: nothing can be paid or reserved twice.
FUND_BOOK: Final = (
    AccountPlan(A.BANK, "asset", "debit"),
    AccountPlan(A.RECEIVABLE, "asset", "debit"),
    AccountPlan(A.CONTRIBUTIONS, "fund", "credit"),
    AccountPlan(A.RECOVERIES, "income", "credit"),
    AccountPlan(A.COMPENSATION, "expense", "debit"),
    AccountPlan(A.AUTHORISED, "memorandum", "debit"),
    AccountPlan(A.AVAILABLE, "memorandum", "credit"),
    AccountPlan(A.RESERVED, "memorandum", "credit"),
    AccountPlan(A.PAID, "memorandum", "credit"),
)


def code_of(book: str, account: FundAccount) -> str:
    return f"{book}:{account}"


def deposit(book: str, amount: Decimal) -> list[Posting]:
    """Money is paid into the fund: it can be spent."""
    return _pair(book, A.BANK, A.CONTRIBUTIONS, amount) + _pair(book, A.AUTHORISED, A.AVAILABLE, amount)


def reservation(book: str, amount: Decimal) -> list[Posting]:
    """A claim is approved: its amount is no longer free. No money moves yet."""
    return _pair(book, A.AVAILABLE, A.RESERVED, amount)


def release(book: str, amount: Decimal) -> list[Posting]:
    """An approved claim is refused or returned before payment: its amount is free again."""
    return _pair(book, A.RESERVED, A.AVAILABLE, amount)


def payment(book: str, amount: Decimal) -> list[Posting]:
    """The reserved amount leaves the account."""
    return _pair(book, A.COMPENSATION, A.BANK, amount) + _pair(book, A.RESERVED, A.PAID, amount)


def recovery(book: str, amount: Decimal) -> list[Posting]:
    """The bank reports a recovery: the fund's share is owed to it, and cannot be spent before it has come."""
    return _pair(book, A.RECEIVABLE, A.RECOVERIES, amount)


def remittance(book: str, amount: Decimal) -> list[Posting]:
    """The bank's remittance of a recovery has come: it can be spent again."""
    return _pair(book, A.BANK, A.RECEIVABLE, amount) + _pair(book, A.AUTHORISED, A.AVAILABLE, amount)


def mirrored(postings: list[Posting]) -> list[Posting]:
    """The same lines with their sides exchanged."""
    return [Posting(line.account_code, debit=line.credit, credit=line.debit) for line in postings]


def _pair(book: str, debit: FundAccount, credit: FundAccount, amount: Decimal) -> list[Posting]:
    return [Posting(code_of(book, debit), debit=amount), Posting(code_of(book, credit), credit=amount)]
