"""Breakers (熔断) that trip and come back; two persons may lift one, with a reason."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lending.compensation import policies, queries
from lending.compensation.actions.moving import NoteMissing
from lending.compensation.clauses.breakers import BreakerVerdict
from lending.compensation.clauses.facts import Scope
from lending.compensation.models import BreakerTrip, Enrolment, Scheme
from lending.loans.models import Loan
from portal.accounts.models import User
from portal.audit import actions as audit
from portal.refusals import Conflict, NotPermitted


class NotStanding(Conflict):
    code = "breaker_not_standing"
    message = _("该熔断已恢复或已解除，无需再次办理。")


class LiftedBySelf(NotPermitted):
    code = "lifted_by_self"
    message = _("解除熔断须由申请人以外的人员批准，请由其他同事办理。")


def note_trips(scheme: Scheme, loan: Loan, verdicts: Sequence[BreakerVerdict], *, at: datetime) -> None:
    """Remember that these breakers act now; what stands already stays as it is."""
    for verdict in verdicts:
        bank = loan.institution if verdict.scope == Scope.BANK else None
        BreakerTrip.objects.get_or_create(
            scheme=scheme,
            clause_number=verdict.number,
            institution=bank,
            reset_at=None,
            defaults={"scope": verdict.scope, "sentence": verdict.sentence[:300], "tripped_at": at},
        )


@transaction.atomic
def watch_breakers(*, scheme: Scheme, at: datetime) -> int:
    """Judge the breakers of a scheme for every bank under it: trips are written down, those that are back are closed."""
    day, changed = timezone.localdate(at), 0
    banks = Enrolment.objects.live().filter(scheme=scheme).order_by("loan__institution", "pk")
    for enrolment in banks.distinct("loan__institution").select_related("loan__product_version"):
        loan = enrolment.loan
        verdicts = queries.breaker_verdicts(scheme.fund, queries.clauses_in(scheme), loan, day=day)
        note_trips(scheme, loan, [verdict for verdict in verdicts if verdict.actions], at=at)
        quiet = [each.number for each in verdicts if not each.actions and not each.is_held and not each.is_overridden]
        changed += (
            BreakerTrip.objects.standing()
            .filter(scheme=scheme, clause_number__in=quiet, institution__in=[loan.institution_id, None])
            .update(reset_at=at)
        )
    return changed


@transaction.atomic
def ask_to_lift(*, trip: BreakerTrip, reason: str, by: User, at: datetime) -> BreakerTrip:
    trip = _standing(trip)
    if not policies.may_lift(by, trip):
        raise NotPermitted
    if not reason.strip():
        raise NoteMissing
    trip.asked_at, trip.asked_by, trip.reason = at, by, reason[:300]
    trip.save(update_fields=["asked_at", "asked_by", "reason"])
    audit.record("compensation.ask_to_lift", trip, by=by, at=at, facts={"reason": reason[:300]})
    return trip


@transaction.atomic
def lift_breaker(*, trip: BreakerTrip, by: User, at: datetime) -> BreakerTrip:
    """The second person agrees: until the breaker resets it holds nobody."""
    trip = _standing(trip)
    if not policies.may_lift(by, trip):
        raise NotPermitted
    if trip.asked_by_id is None or trip.asked_by_id == by.pk:
        raise LiftedBySelf
    trip.lifted_at, trip.lifted_by = at, by
    trip.save(update_fields=["lifted_at", "lifted_by"])
    audit.record("compensation.lift_breaker", trip, by=by, at=at)
    return trip


def _standing(trip: BreakerTrip) -> BreakerTrip:
    held = BreakerTrip.objects.select_for_update(of=("self",)).select_related("scheme__fund").get(pk=trip.pk)
    if held.reset_at is not None or held.lifted_by_id is not None:
        raise NotStanding
    return held
