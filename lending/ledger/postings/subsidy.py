"""The book of an interest subsidy programme (贴息资金). Where levels share the cost, each payer has a book of its own.

One entry may then hold the lines of several books: all payers move together or none does.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Final

from lending.ledger.postings.lines import BUDGET, AccountPlan, Posting, authorised, pair, spent, withdrawn


class SubsidyAccount(StrEnum):
    """The accounts of a programme's book beside its budget, by the last part of their code."""

    BANK = "bank"
    CLAWBACK_RECEIVABLE = "clawback_receivable"
    CONTRIBUTIONS = "contributions"
    CLAWBACK_INCOME = "clawback_income"
    INTEREST = "interest"
    SUBSIDY = "subsidy"


A = SubsidyAccount

SUBSIDY_BOOK: Final = (
    AccountPlan(A.BANK, "asset", "debit"),
    AccountPlan(A.CLAWBACK_RECEIVABLE, "asset", "debit"),
    AccountPlan(A.CONTRIBUTIONS, "fund", "credit"),
    AccountPlan(A.CLAWBACK_INCOME, "income", "credit"),
    AccountPlan(A.INTEREST, "income", "credit"),
    AccountPlan(A.SUBSIDY, "expense", "debit"),
    *BUDGET,
)


def deposit(book: str, amount: Decimal) -> list[Posting]:
    """The payer's appropriation has come: it can be spent."""
    return pair(book, A.BANK, A.CONTRIBUTIONS, amount) + authorised(book, amount)


def return_unspent(book: str, amount: Decimal) -> list[Posting]:
    """What is neither reserved nor spent goes back to the payer (结余上缴)."""
    return pair(book, A.CONTRIBUTIONS, A.BANK, amount) + withdrawn(book, amount)


def deposit_interest(book: str, amount: Decimal) -> list[Posting]:
    return pair(book, A.BANK, A.INTEREST, amount) + authorised(book, amount)


def payment(book: str, amount: Decimal, *, is_committed: bool = False) -> list[Posting]:
    """The reserved (or committed) subsidy leaves the account."""
    return pair(book, A.SUBSIDY, A.BANK, amount) + spent(book, amount, is_committed=is_committed)


def clawback(book: str, amount: Decimal) -> list[Posting]:
    """Subsidy is demanded back, the use of the loan being wrong; it cannot be spent before it has come."""
    return pair(book, A.CLAWBACK_RECEIVABLE, A.CLAWBACK_INCOME, amount)


def clawback_received(book: str, amount: Decimal) -> list[Posting]:
    return pair(book, A.BANK, A.CLAWBACK_RECEIVABLE, amount) + authorised(book, amount)


def clawback_dropped(book: str, amount: Decimal) -> list[Posting]:
    """The demand is given up: what was owed was never income."""
    return pair(book, A.CLAWBACK_INCOME, A.CLAWBACK_RECEIVABLE, amount)
