"""Loans that a scheme may take in by itself: chosen set-based by what its clauses ask, before each is judged."""

from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from lending.compensation.clauses.base import Clause
from lending.compensation.clauses.eligibility import (
    EnrolledInTime,
    FirmIsLiving,
    FirmKind,
    LoanAmount,
    LoanTerm,
)
from lending.compensation.clauses.reading import read
from lending.compensation.models import Enrolment, Scheme, SchemeJudgement
from lending.loans.models import Loan
from lending.loans.states import LoanState

#: Drawdowns older than this are never looked at: no scheme leaves a bank half a year to enrol.
LONGEST = timedelta(days=190)


def candidates(scheme: Scheme, *, day: date) -> QuerySet[Loan]:
    """Drawn, in time, never enrolled and not judged under this scheme, and not plainly outside one of its clauses.

    What SQL cannot say of a clause is left to the clause: a loan may be chosen here and missed there, never the other way.
    """
    rows = Loan.objects.filter(
        ~Exists(Enrolment.objects.filter(loan=OuterRef("pk"))),
        ~Exists(SchemeJudgement.objects.filter(loan=OuterRef("pk"), scheme=scheme)),
        state=LoanState.DRAWN,
        overdue_since=None,
        drawn_on__gte=max(scheme.in_force_from, day - LONGEST),
    )
    if scheme.in_force_until:
        rows = rows.filter(drawn_on__lte=scheme.in_force_until)
    for clause in read(scheme.clauses, day=day):
        rows = rows.filter(_preselection(clause, day))
    return rows.order_by("pk")


def _preselection(clause: Clause, day: date) -> Q:
    if isinstance(clause, LoanTerm):
        return Q(term_months__lte=clause.most_months)
    if isinstance(clause, LoanAmount):
        return Q(drawn_amount__lte=max(clause.limits.values()))
    if isinstance(clause, FirmIsLiving):
        return Q(enterprise__status="living")
    if isinstance(clause, FirmKind):
        return Q(enterprise__kind__in=clause.kinds)
    if isinstance(clause, EnrolledInTime):
        # Working days are at most 7 calendar days for 5, and the longest holidays add a fortnight.
        return Q(drawn_on__gte=day - timedelta(days=clause.within_working_days * 7 // 5 + 16))
    return Q()
