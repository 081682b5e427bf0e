"""Which version and which clauses bind a loan: by the day the scheme declares (drawdown, enrolment or claim)."""

from datetime import date

from django.utils import timezone

from lending.compensation import sharing
from lending.compensation.clauses.base import Clause
from lending.compensation.clauses.reading import read
from lending.compensation.models import Claim, Enrolment, Scheme
from lending.compensation.states import DEAD, BindsOn
from lending.loans.models import Loan


def clauses_of(scheme: Scheme, loan: Loan, *, today: date | None = None) -> list[Clause]:
    """The clauses that bind the loan. ``today`` stands for the day of what has not happened yet, enrolment or claim.

    A scheme that binds by the claim is judged by the version in force on the day the claim was filed.
    """
    if scheme.binds_on == BindsOn.DISBURSEMENT:
        return read(scheme.clauses, day=loan.drawn_on)
    enrolment = Enrolment.objects.filter(loan=loan, scheme=scheme).order_by("-pk").first()
    enrolled_on = timezone.localdate(enrolment.enrolled_at) if enrolment else today
    claimed_on = _claimed_on(enrolment) or today if enrolment else None
    day = sharing.binding_day(
        scheme.binds_on,
        drawn_on=loan.drawn_on or date.min,
        enrolled_on=enrolled_on or loan.drawn_on or date.min,
        claimed_on=claimed_on,
    )
    return read(scheme.version_on(day).clauses, day=day)


def _claimed_on(enrolment: Enrolment) -> date | None:
    """The day the standing claim was first filed."""
    claims = Claim.objects.filter(enrolment=enrolment, filed_at__isnull=False).exclude(state__in=DEAD)
    filed_at = claims.order_by("pk").values_list("filed_at", flat=True).first()
    return timezone.localdate(filed_at) if filed_at else None
