"""The book of a compensation fund (风险补偿资金池): which lines each of its business events makes."""

from decimal import Decimal
from enum import StrEnum
from typing import Final

from lending.ledger.postings.lines import BUDGET, AccountPlan, Budget, Posting, authorised, pair, spent, withdrawn


class FundAccount(StrEnum):
    """The accounts of a fund's book, by the last part of their code."""

    BANK = "bank"
    RECEIVABLE = "receivable"
    CONTRIBUTIONS = "contributions"
    RECOVERIES = "recoveries"
    INTEREST = "interest"
    COMPENSATION = "compensation"
    WRITTEN_OFF = "written_off"
    AUTHORISED = Budget.AUTHORISED
    AVAILABLE = Budget.AVAILABLE
    RESERVED = Budget.RESERVED
    COMMITTED = Budget.COMMITTED
    PAID = Budget.PAID


A = FundAccount

FUND_BOOK: Final = (
    AccountPlan(A.BANK, "asset", "debit"),
    AccountPlan(A.RECEIVABLE, "asset", "debit"),
    AccountPlan(A.CONTRIBUTIONS, "fund", "credit"),
    AccountPlan(A.RECOVERIES, "income", "credit"),
    AccountPlan(A.INTEREST, "income", "credit"),
    AccountPlan(A.COMPENSATION, "expense", "debit"),
    AccountPlan(A.WRITTEN_OFF, "expense", "debit"),
    *BUDGET,
)


def deposit(book: str, amount: Decimal) -> list[Posting]:
    """Money is paid into the fund: it can be spent."""
    return pair(book, A.BANK, A.CONTRIBUTIONS, amount) + authorised(book, amount)


def withdrawal(book: str, amount: Decimal) -> list[Posting]:
    """A contributor takes money back that is neither reserved nor spent."""
    return pair(book, A.CONTRIBUTIONS, A.BANK, amount) + withdrawn(book, amount)


def deposit_interest(book: str, amount: Decimal) -> list[Posting]:
    """The bank pays interest on the account: it can be spent."""
    return pair(book, A.BANK, A.INTEREST, amount) + authorised(book, amount)


def payment(book: str, amount: Decimal, *, is_committed: bool = False) -> list[Posting]:
    """The reserved (or committed) amount leaves the account."""
    return pair(book, A.COMPENSATION, A.BANK, amount) + spent(book, amount, is_committed=is_committed)


def recovery(book: str, amount: Decimal) -> list[Posting]:
    """The bank reports a recovery: the fund's share is owed to it, and cannot be spent before it has come."""
    return pair(book, A.RECEIVABLE, A.RECOVERIES, amount)


def late_interest(book: str, amount: Decimal) -> list[Posting]:
    """A remittance is late: interest on it is owed."""
    return pair(book, A.RECEIVABLE, A.INTEREST, amount)


def remittance(book: str, amount: Decimal) -> list[Posting]:
    """The bank's remittance of a recovery, of its interest or of a clawback has come: it can be spent again."""
    return pair(book, A.BANK, A.RECEIVABLE, amount) + authorised(book, amount)


def clawback(book: str, amount: Decimal) -> list[Posting]:
    """Compensation is demanded back (追回): the loan was cured and repurchased, or the claim was false."""
    return pair(book, A.RECEIVABLE, A.COMPENSATION, amount)


def write_off(book: str, amount: Decimal) -> list[Posting]:
    """What is owed will not come (核销)."""
    return pair(book, A.WRITTEN_OFF, A.RECEIVABLE, amount)
