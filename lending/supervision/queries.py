"""What supervision reads: the funnel by responsible region, the plan's targets, which days have been touched."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import TruncDate, TruncMonth
from django.utils import timezone

from enterprises.models import Enterprise
from institutions.models import Institution
from institutions.products.models import ProductVersion
from lending.applications.models import Application
from lending.compensation.models import Claim, Fund, Recovery
from lending.loans.models import Loan
from lending.needs.models import Need
from lending.supervision.models import DayFigures
from lending.supervision.rollup import COLUMNS
from lending.supervision.rules import PLAN_ISSUED_ON
from portal import regions
from portal.money import ZERO
from portal.pages.models import FigureKey
from portal.periods import month_starts

#: A drawdown or recovery reported later than this many days is counted by ``manage.py refresh_figures --all``.
LATE_REPORT_DAYS = 120
#: What was entered while the last count ran is looked at again.
OVERLAP = timedelta(minutes=10)


@dataclass(frozen=True)
class Funnel:
    """One row of the funnel: a responsible region, or all of them together (``code`` '')."""

    code: str
    name: str
    needs: int = 0
    needs_amount: Decimal = ZERO
    applications: int = 0
    applications_amount: Decimal = ZERO
    approvals: int = 0
    approvals_amount: Decimal = ZERO
    refusals: int = 0
    loans: int = 0
    loans_amount: Decimal = ZERO
    credit_loans_amount: Decimal = ZERO
    first_loans: int = 0
    claims_paid: int = 0
    compensation_amount: Decimal = ZERO
    recovered_amount: Decimal = ZERO

    @property
    def success_rate(self) -> Decimal | None:
        """Approved of all decided; None where nothing was decided."""
        return _share(Decimal(self.approvals), Decimal(self.approvals + self.refusals))

    @property
    def credit_share(self) -> Decimal | None:
        return _share(self.credit_loans_amount, self.loans_amount)


def funnel(*, areas: frozenset[str], first: date, last: date) -> list[Funnel]:
    """The responsible regions of ``areas`` from ``first`` to ``last``, in the order of every report.

    A row belongs to one responsible region and one county, so that the regions add up to the total: what 宁东 answers
    for is registered in 灵武 and stands in 宁东's row only.
    """
    sums = {column: Sum(column) for column in COLUMNS}
    found: dict[str, dict[str, Any]] = {
        row["responsible_region"]: dict(row)
        for row in _of_areas(areas)
        .filter(day__range=(first, last))
        .order_by()
        .values("responsible_region")
        .annotate(**{f"sum_{name}": total for name, total in sums.items()})
    }
    shown = [r for r in regions.RESPONSIBLE if _shows(areas, r.code) or r.code in found]
    return [_row(region.code, region.name, found.get(region.code, {})) for region in shown]


def total(rows: Iterable[Funnel]) -> Funnel:
    counted = [field.name for field in fields(Funnel) if field.name not in {"code", "name"}]
    everything = list(rows)
    return Funnel("", "", **{name: sum((getattr(row, name) for row in everything), _zero(name)) for name in counted})


def by_month(*, areas: frozenset[str], first: date, last: date) -> list[tuple[date, Decimal]]:
    """Money lent in each month of the span, for the chart; months without loans stand with zero."""
    rows = _of_areas(areas).filter(day__range=(first, last)).order_by().annotate(month=TruncMonth("day"))
    lent = dict(rows.values_list("month").annotate(Sum("loans_amount")))
    return [(month, lent.get(month, ZERO)) for month in month_starts(first, last)]


def refreshed_at() -> datetime | None:
    """When the figures were last counted."""
    newest: datetime | None = DayFigures.objects.aggregate(newest=Max("refreshed_at"))["newest"]
    return newest


def standing_of_plan(*, areas: frozenset[str]) -> tuple[Decimal, int]:
    """Unsecured money lent since the plan came out, and the firms that have put a need to the market since."""
    lent = _of_areas(areas).filter(day__gte=PLAN_ISSUED_ON).aggregate(total=Sum("credit_loans_amount"))["total"]
    needs = Need.objects.filter(enterprise__in=Enterprise.objects.of_areas(areas))
    return lent or ZERO, needs.aggregate(firms=Count("enterprise", distinct=True))["firms"]


def funds(*, areas: frozenset[str]) -> QuerySet[Fund]:
    """The compensation funds of the regions; the province's own funds serve all of them."""
    return Fund.objects.filter(Q(region_code__in=areas) | Q(region_code=regions.PROVINCE)).order_by("code")


def public_figures() -> dict[FigureKey, Decimal]:
    lent = DayFigures.objects.aggregate(total=Sum("loans_amount"))["total"] or ZERO
    return {
        FigureKey.LENT_AMOUNT: lent,
        FigureKey.ENTERPRISES_SERVED: Decimal(Enterprise.objects.filter(bound_at__isnull=False).count()),
        FigureKey.INSTITUTIONS: Decimal(Institution.objects.admitted().count()),
        FigureKey.PRODUCTS: Decimal(ProductVersion.objects.on_shelf().count()),
    }


def days_touched(*, since: datetime) -> set[date]:
    """Days whose figures something entered after ``since`` may have changed."""
    recent = since.date() - timedelta(days=LATE_REPORT_DAYS)
    moments: list[QuerySet[Any]] = [
        Need.objects.filter(posted_at__gte=since).annotate(on=TruncDate("posted_at")),
        Application.objects.filter(submitted_at__gte=since).annotate(on=TruncDate("submitted_at")),
        Application.objects.filter(decided_at__gte=since).annotate(on=TruncDate("decided_at")),
        Loan.objects.filter(drawn_on__gte=recent, drawn_at__gte=since).annotate(on=F("drawn_on")),
        Claim.objects.filter(paid_at__gte=since).annotate(on=TruncDate("paid_at")),
        Recovery.objects.filter(reported_at__gte=since).annotate(on=F("recovered_on")),
    ]
    return {day for rows in moments for day in rows.order_by().values_list("on", flat=True).distinct()}


def days_waiting(*, at: datetime) -> set[date]:
    """What a count at ``at`` has to cover: the days touched since the last one, or all of them where there was none."""
    last = refreshed_at()
    return all_days(until=timezone.localdate(at)) if last is None else days_touched(since=last - OVERLAP)


def all_days(*, until: date) -> set[date]:
    """From the first day on which anything happened."""
    first = Need.objects.aggregate(first=Min("posted_at"))["first"]
    if first is None:
        return set()
    start = timezone.localdate(first)
    return {start + timedelta(days=count) for count in range((until - start).days + 1)}


def _of_areas(areas: frozenset[str]) -> QuerySet[DayFigures]:
    if regions.PROVINCE in areas:
        return DayFigures.objects.all()
    return DayFigures.objects.filter(Q(responsible_region__in=areas) | Q(county_code__in=areas))


def _shows(areas: frozenset[str], code: str) -> bool:
    return regions.PROVINCE in areas or code in areas


def _row(code: str, name: str, sums: dict[str, Any]) -> Funnel:
    return Funnel(code, name, **{column: sums.get(f"sum_{column}") or _zero(column) for column in COLUMNS})


def _zero(column: str) -> Any:
    return ZERO if column.endswith("_amount") else 0


def _share(part: Decimal, whole: Decimal) -> Decimal | None:
    return part / whole if whole else None
