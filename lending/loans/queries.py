"""What is open of a loan on a day, and what would pay it off."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lending.loans import allocation, schedules
from lending.loans.models import Instalment, Loan
from portal.money import ZERO


@dataclass(frozen=True)
class Outstanding:
    """A loan on ``as_of``: what is due by then and not paid, what is owed in all, and what would pay it off that day."""

    as_of: date
    principal_balance: Decimal
    principal_due: Decimal
    interest_due: Decimal
    interest_accrued: Decimal
    overdue_since: date | None

    @property
    def due(self) -> Decimal:
        return self.principal_due + self.interest_due

    @property
    def payoff(self) -> Decimal:
        return self.principal_balance + self.interest_due + self.interest_accrued

    @property
    def days_past_due(self) -> int:
        return (self.as_of - self.overdue_since).days if self.overdue_since else 0


def outstanding(loan: Loan, as_of: date) -> Outstanding:
    """Two queries at most; the loan's balance is read from its row."""
    return outstanding_of(loan, list(loan.instalments.order_by("number")), as_of)


def outstanding_of(loan: Loan, instalments: list[Instalment], as_of: date) -> Outstanding:
    """The same over ``instalments`` (all of the loan, in order) that the caller has at hand."""
    late = [row for row in instalments if row.is_open and row.due_on <= as_of]
    overdue = [row.due_on for row in late if row.due_on < as_of]
    coming = to_come(loan, instalments, as_of)
    accrued = ZERO
    if coming:
        running = instalments[coming[0].number - 1]
        accrued = max(schedules.accrued(coming, as_of) - running.interest_paid, ZERO)
    return Outstanding(
        as_of=as_of,
        principal_balance=loan.principal_balance,
        principal_due=sum((row.principal_open for row in late), ZERO),
        interest_due=sum((row.interest_open for row in late), ZERO),
        interest_accrued=accrued,
        overdue_since=min(overdue, default=None),
    )


def next_instalment(instalments: list[Instalment]) -> Instalment | None:
    """The oldest that is not paid."""
    return next((row for row in instalments if row.is_open), None)


def dues(instalments: list[Instalment]) -> list[allocation.Due]:
    return [allocation.Due(row.number, row.due_on, row.principal_open, row.interest_open) for row in instalments]


def to_come(loan: Loan, instalments: list[Instalment], day: date) -> list[schedules.Open]:
    """The instalments after ``day`` that still carry something, with their periods."""
    rows, starts_on = [], loan.drawn_on
    for row in instalments:
        if starts_on is not None and row.due_on > day and row.is_open:
            rows.append(schedules.Open(row.number, starts_on, row.due_on, row.principal_open, row.interest_due))
        starts_on = row.due_on
    return rows
