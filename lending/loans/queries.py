"""What is open of a loan on a day, what would pay it off, and an institution's portfolio."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, Q, QuerySet
from django.utils.dateparse import parse_date

from lending.applications.queries import firm_called
from lending.loans import allocation, schedules
from lending.loans.models import Instalment, Loan
from lending.loans.states import LoanState
from portal.doors import is_key
from portal.money import ZERO

STILL_OPEN = Q(principal_paid__lt=F("principal_due")) | Q(interest_paid__lt=F("interest_due"))


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


def with_next_due(loans: Sequence[Loan]) -> list[tuple[Loan, Instalment | None]]:
    """Each loan with the oldest instalment that is not paid; one query for all."""
    rows = Instalment.objects.filter(loan__in=[loan.pk for loan in loans]).order_by("loan_id", "number")
    first: dict[int, Instalment] = {}
    for row in rows.filter(STILL_OPEN):
        first.setdefault(row.loan_id, row)
    return [(loan, first.get(loan.pk)) for loan in loans]


@dataclass(frozen=True)
class Portfolio:
    """One page of an institution's loans and the key that opens the next."""

    rows: list[Loan]
    after: str


def portfolio(rows: QuerySet[Loan], after: str, *, is_overdue: bool, size: int = 25) -> Portfolio:
    """Newest first, or the overdue ones, longest first; by key, without counting or skipping."""
    if is_overdue:
        rows = rows.filter(overdue_since__isnull=False, state=LoanState.DRAWN).order_by("overdue_since", "pk")
        since, _bar, key = after.rpartition("|")
        if is_key(key) and (day := _day(since)) is not None:
            rows = rows.filter(Q(overdue_since__gt=day) | Q(overdue_since=day, pk__gt=int(key)))
    else:
        rows = rows.order_by("-pk")
        if is_key(after):
            rows = rows.filter(pk__lt=int(after))
    found = list(rows[: size + 1])
    last = found[size - 1] if len(found) > size else None
    if last is None:
        return Portfolio(found, "")
    return Portfolio(found[:size], f"{last.overdue_since}|{last.pk}" if is_overdue else str(last.pk))


def _day(text: str) -> date | None:
    """The day an address names; None for what is no day."""
    try:
        return parse_date(text)
    except ValueError:
        return None


def search(rows: QuerySet[Loan], words: str) -> QuerySet[Loan]:
    """By contract number, 统一社会信用代码, or part of the firm's name."""
    words = words.strip()
    return rows.filter(Q(contract_number=words) | firm_called(words)) if words else rows
