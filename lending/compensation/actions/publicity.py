"""Publicity (公示): a claim stands on the public page for some days; an objection stops the clock until it is answered."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lending.compensation import policies, sharing
from lending.compensation.actions.moving import (
    clauses_of,
    enter,
    leave_trace,
    locked,
    require,
    require_note,
    take_step,
    tell_staff,
)
from lending.compensation.clauses.procedure import Step as Days
from lending.compensation.clauses.procedure import StepCode
from lending.compensation.models import Claim, Publicity, PublicityObjection
from lending.compensation.states import ClaimState, Step
from portal import figures
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.pages import actions as pages
from portal.pages.models import PublicRemark
from portal.periods import is_working_day
from portal.refusals import Conflict


class AlreadyResolved(Conflict):
    code = "objection_resolved"
    message = _("该异议已有处理意见，无需再次处理。")


def begin_publicity(claim: Claim, *, at: datetime) -> Publicity:
    """Called by the step before it, in its transaction."""
    today = timezone.localdate(at)
    ends_on = sharing.step_due(clauses_of(claim), StepCode.PUBLICITY, since=today) or today
    publicity = Publicity.objects.create(claim=claim, round=claim.round, begins_on=today, ends_on=ends_on)
    _publish(publicity, at=at)
    return publicity


@transaction.atomic
def collect_objections(*, at: datetime) -> list[PublicityObjection]:
    """Take what the public page received since; the clock of each claim concerned stands still from that day."""
    running = {each.reference: each for each in Publicity.objects.running().select_related("claim")}
    taken = PublicityObjection.objects.filter(publicity__in=running.values()).values("remark")
    remarks = PublicRemark.objects.filter(reference__in=running).exclude(pk__in=taken).order_by("pk")
    return [_take(running[remark.reference], remark, at=at) for remark in remarks]


@transaction.atomic
def resolve_objection(
    *, objection: PublicityObjection, is_upheld: bool, answer: str, by: User, at: datetime
) -> PublicityObjection:
    """Answer an objection. Upheld, the claim goes to the approver, who may not approve it; otherwise the clock goes on."""
    claim = locked(objection.publicity.claim)
    objection = PublicityObjection.objects.select_for_update(of=("self",)).get(pk=objection.pk)
    publicity = Publicity.objects.select_for_update(of=("self",)).get(pk=objection.publicity_id)
    require(policies.may_resolve(by, claim), by, claim)
    require_note(answer)
    if objection.resolved_at is not None or publicity.ended_at is not None:
        raise AlreadyResolved
    take_step(claim, Step.OBJECTION, by=by, at=at, note=answer)
    objection.resolved_at, objection.resolved_by = at, by
    objection.is_upheld, objection.answer = is_upheld, answer[:300]
    objection.save(update_fields=["resolved_at", "resolved_by", "is_upheld", "answer"])
    if not publicity.objections.open().exists():
        _go_on(publicity, claim, at=at)
    leave_trace("compensation.resolve_objection", claim, by=by, at=at, note=answer, upheld=is_upheld)
    return objection


def end_publicities(*, day: date, at: datetime) -> list[Claim]:
    """Every publicity whose time has run out without an open objection; each is a transaction of its own."""
    collect_objections(at=at)
    return [_end(publicity, at=at) for publicity in Publicity.objects.over(day).order_by("pk")]


def end_early(claim: Claim, *, at: datetime) -> None:
    """The claim was returned or refused while it stood on the public page."""
    for publicity in Publicity.objects.running().filter(claim=claim):
        _close(publicity, at=at)


@transaction.atomic
def _end(publicity: Publicity, *, at: datetime) -> Claim:
    claim = locked(publicity.claim)
    if claim.state == ClaimState.PUBLICITY:
        _close(publicity, at=at)
        enter(claim, "end_publicity", by=None, at=at)
        leave_trace("compensation.end_publicity", claim, by=None, at=at)
        tell_staff(claim, Permission.CLAIM_APPROVE, _("公示期满，补偿申请待审定"), at=at)
    return claim


def _take(publicity: Publicity, remark: PublicRemark, *, at: datetime) -> PublicityObjection:
    objection = PublicityObjection.objects.create(
        publicity=publicity,
        remark=remark.pk,
        name=remark.name,
        contact=remark.contact,
        text=remark.text,
        received_at=remark.submitted_at,
    )
    if publicity.stopped_on is None:
        publicity.stopped_on = timezone.localdate(remark.submitted_at)
        publicity.save(update_fields=["stopped_on"])
    claim = Claim.objects.select_related("enrolment__loan__enterprise").get(pk=publicity.claim_id)
    leave_trace("compensation.object", claim, by=None, at=at, note=gettext("收到公示异议，停止计时"))
    tell_staff(claim, Permission.CLAIM_CHECK, _("公示期收到异议，待处理"), at=at)
    return objection


def _go_on(publicity: Publicity, claim: Claim, *, at: datetime) -> None:
    """The rest of the days runs from today; after an upheld objection there is no rest."""
    today = timezone.localdate(at)
    if publicity.objections.filter(is_upheld=True).exists():
        _close(publicity, at=at)
        enter(claim, "end_publicity", by=None, at=at)
        tell_staff(claim, Permission.CLAIM_APPROVE, _("公示异议成立，补偿申请待处理"), at=at)
        return
    steps = sharing.procedure(clauses_of(claim))
    days = next((step for step in steps if step.code == StepCode.PUBLICITY), Days(StepCode.PUBLICITY, 0))
    stopped_on = publicity.stopped_on or today
    publicity.ends_on = max(today, _rest(days, stopped_on, publicity.ends_on).due_on(today))
    publicity.stopped_on = None
    publicity.save(update_fields=["ends_on", "stopped_on"])
    _publish(publicity, at=at)


def _rest(step: Days, stopped_on: date, ends_on: date) -> Days:
    """What of the step's days was left when the clock stopped."""
    left = (stopped_on + timedelta(days=number) for number in range(1, (ends_on - stopped_on).days + 1))
    counted = sum(1 for day in left if step.in_calendar_days or is_working_day(day))
    return Days(step.code, counted, step.in_calendar_days)


def _close(publicity: Publicity, *, at: datetime) -> None:
    publicity.ended_at = at
    publicity.save(update_fields=["ended_at"])
    _publish(publicity, at=at)


def _publish(publicity: Publicity, *, at: datetime) -> None:
    claim = publicity.claim
    loan = claim.enrolment.loan
    written = figures.money(claim.fund_amount)
    pages.publish_notice(
        reference=publicity.reference,
        title=gettext("%(firm)s贷款风险补偿公示") % {"firm": loan.enterprise.name},
        facts=[
            (gettext("借款企业"), loan.enterprise.name),
            (gettext("申报银行"), claim.institution.name),
            (gettext("补偿方案"), str(claim.enrolment.scheme)),
            (gettext("拟补偿金额"), f"{written.figure}{written.unit}"),
        ],
        begins_on=publicity.begins_on,
        ends_on=publicity.ends_on,
        is_over=publicity.ended_at is not None,
        at=at,
    )
