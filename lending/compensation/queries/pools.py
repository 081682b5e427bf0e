"""The pool beside one loan: what was registered, lost, paid and recovered, by bank and by fund; and its breakers."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from lending.compensation import sharing
from lending.compensation.clauses.base import Clause
from lending.compensation.clauses.breakers import Breaker, BreakerVerdict
from lending.compensation.clauses.facts import PoolFacts, Scope, Tally, Window
from lending.compensation.models import BreakerTrip, Claim, Enrolment, Fund, Recovery
from lending.compensation.models.schemes import FundBudget
from lending.compensation.states import AFTER_PAYMENT, ClaimState, EnrolmentState
from lending.loans.models import Loan
from lending.loans.states import RiskClass
from portal.money import ZERO
from portal.periods import add_months

#: Claims whose amount the fund has promised or paid.
COMMITTED = (ClaimState.APPROVED, *AFTER_PAYMENT)
BAD = (RiskClass.SUBSTANDARD, RiskClass.DOUBTFUL, RiskClass.LOSS)
#: Closed quarters that are looked at for a breaker's reset.
QUARTERS = 4


def pool_facts(fund: Fund, clauses: list[Clause], loan: Loan, *, day: date, besides: Claim | None = None) -> PoolFacts:
    """The tallies that the clauses read. ``besides`` is the claim at hand, which is not in what was paid."""
    wanted = sharing.needs(clauses)
    if not wanted:
        return PoolFacts()
    budget = FundBudget.objects.filter(fund=fund, year=day.year).first()
    looks_back = any(isinstance(clause, Breaker) and clause.reset_quarters for clause in clauses)
    scopes = {scope for scope, _window in wanted}
    return PoolFacts(
        tallies={(scope, window): _tally(fund, loan, scope, _span(window, day), besides) for scope, window in wanted},
        quarters={scope: _quarters(fund, loan, scope, day, besides) for scope in scopes} if looks_back else {},
        trips={scope: _trips(fund, loan, scope, day) for scope in scopes},
        budget=budget.amount if budget else ZERO,
    )


def breaker_verdicts(fund: Fund, clauses: list[Clause], loan: Loan, *, day: date) -> list[BreakerVerdict]:
    """Where the breakers of a loan's scheme stand for its bank, with what tripped before and what two persons lifted."""
    if not any(isinstance(clause, Breaker) for clause in clauses):
        return []
    standing = list(
        BreakerTrip.objects.standing()
        .filter(scheme__fund=fund)
        .filter(Q(institution=None) | Q(institution_id=loan.institution_id))
    )
    return sharing.breakers(
        clauses,
        pool_facts(fund, clauses, loan, day=day),
        tripped={trip.clause_number for trip in standing},
        overridden={trip.clause_number for trip in standing if trip.is_lifted},
    )


def _span(window: Window, day: date) -> tuple[date, date]:
    begins = {
        Window.YEAR: date(day.year, 1, 1),
        Window.LAST_YEAR: date(day.year - 1, 1, 1),
        Window.FIVE_YEARS: add_months(day, -60),
        Window.ALL: date.min,
    }[window]
    return begins, date(day.year - 1, 12, 31) if window == Window.LAST_YEAR else day


def _quarters(fund: Fund, loan: Loan, scope: Scope, day: date, besides: Claim | None) -> tuple[Tally, ...]:
    """The closed quarters, newest first."""
    begins = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    spans = [
        (add_months(begins, -3 * back), add_months(begins, -3 * (back - 1)) - timedelta(days=1))
        for back in range(1, QUARTERS + 1)
    ]
    return tuple(_tally(fund, loan, scope, span, besides) for span in spans)


def _tally(fund: Fund, loan: Loan, scope: Scope, span: tuple[date, date], besides: Claim | None) -> Tally:
    since, until = span
    ours = _of_scope(scope, loan)
    enrolments = Enrolment.objects.filter(ours, scheme__fund=fund, state=EnrolmentState.ENROLLED)
    entered = enrolments.filter(enrolled_at__date__gte=since, enrolled_at__date__lte=until)
    registered = entered.aggregate(amount=Sum("loan__drawn_amount"), count=Count("pk"))
    late = enrolments.filter(loan__overdue_since__gte=since, loan__overdue_since__lte=until)
    owed = late.aggregate(
        overdue=Sum("loan__principal_balance"),
        loss=Sum("loan__principal_balance", filter=Q(loan__risk_class__in=BAD)),
        bad=Count("pk", filter=Q(loan__risk_class__in=BAD)),
    )
    of_claim = _of_scope(scope, loan, "enrolment__")
    claims = Claim.objects.filter(of_claim, enrolment__scheme__fund=fund, state__in=COMMITTED)
    claims = claims.filter(approved_at__date__gte=since, approved_at__date__lte=until)
    paid = (claims.exclude(pk=besides.pk) if besides else claims).aggregate(
        amount=Sum("fund_amount"), others=Sum("other_amount")
    )
    back = Recovery.objects.filter(
        _of_scope(scope, loan, "claim__enrolment__"),
        claim__enrolment__scheme__fund=fund,
        received_at__date__gte=since,
        received_at__date__lte=until,
    ).aggregate(amount=Sum("fund_amount"))
    return Tally(
        registered=_or_zero(registered["amount"]),
        count=registered["count"],
        loss=_or_zero(owed["loss"]),
        bad_count=owed["bad"],
        overdue=_or_zero(owed["overdue"]),
        paid=_or_zero(paid["amount"]),
        paid_by_others=_or_zero(paid["others"]),
        recovered=_or_zero(back["amount"]),
    )


def _of_scope(scope: Scope, loan: Loan, path: str = "") -> Q:
    if scope == Scope.BANK:
        return Q(**{f"{path}loan__institution": loan.institution_id})
    if scope == Scope.PRODUCT:
        return Q(**{f"{path}loan__product_version__product": loan.product_version.product_id})
    return Q()


def _trips(fund: Fund, loan: Loan, scope: Scope, day: date) -> int:
    trips = BreakerTrip.objects.filter(scheme__fund=fund, scope=scope, tripped_at__date__gte=add_months(day, -60))
    return trips.filter(institution=loan.institution_id).count() if scope == Scope.BANK else trips.count()


def _or_zero(amount: Any) -> Decimal:
    return ZERO if amount is None else Decimal(amount)
