"""Joint meetings (联席会议): a list of claims on one sheet, decided one by one."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lending.compensation import policies
from lending.compensation.actions.moving import locked, require, require_move, require_note
from lending.compensation.actions.review import pass_on, refuse_claim, return_claim
from lending.compensation.models import Claim, Decision, Meeting, MeetingItem
from lending.compensation.states import MEETING_MOVES, ClaimState, MeetingState, Step
from portal.accounts.models import User
from portal.audit import actions as audit
from portal.documents import actions as documents
from portal.documents.models import DocumentKind, IssuedDocument
from portal.refusals import NotPermitted, Refusal
from portal.transitions import move

MEETING_SHEET_VERSION = "1"


class NoClaimsToMeet(Refusal):
    code = "no_claims_to_meet"
    message = _("没有待联席会议的申请可以列入。请至少选择一份状态为“待联席会议”且未列入其他会议的申请。")


class DecisionMissing(Refusal):
    code = "decision_missing"
    message = _("请为每份申请选择决定；退回和不予补偿须写明原因。")


@transaction.atomic
def call_meeting(*, claims: Sequence[Claim], meets_on: date, region_code: str, by: User, at: datetime) -> Meeting:
    """Put the claims that wait for a joint meeting on one sheet, in the order of their filing."""
    if not policies.may_call(by, region_code):
        raise NotPermitted
    waiting = Claim.objects.filter(pk__in=[claim.pk for claim in claims], state=ClaimState.MEETING)
    listed = [
        claim
        for claim in waiting.exclude(meeting_items__decision="").order_by("filed_at", "number")
        if policies.may_meet(by, claim)
    ]
    if not listed:
        raise NoClaimsToMeet
    meeting = Meeting.objects.create(
        number=f"LX{timezone.localtime(at):%Y%m%d}-{Meeting.objects.count() + 1:04d}",
        region_code=region_code,
        meets_on=meets_on,
        called_at=at,
        called_by=by,
    )
    MeetingItem.objects.bulk_create(
        MeetingItem(meeting=meeting, claim=claim, position=position, amount=claim.fund_amount)
        for position, claim in enumerate(listed, start=1)
    )
    audit.record("compensation.call_meeting", meeting, by=by, at=at, facts={"claims": len(listed)})
    return meeting


@transaction.atomic
def hold_meeting(
    *, meeting: Meeting, decisions: Mapping[int, tuple[str, str]], minutes: str, by: User, at: datetime
) -> Meeting:
    """Record what the meeting decided of each claim: ``decisions`` by the key of the item, as (decision, note)."""
    meeting = Meeting.objects.select_for_update(of=("self",)).get(pk=meeting.pk)
    if not policies.may_call(by, meeting.region_code):
        raise NotPermitted
    items = list(meeting.items.select_related("claim").order_by("position"))
    if meeting.state == MeetingState.CALLED and any(item.pk not in decisions for item in items):
        raise DecisionMissing
    move(meeting, "hold", table=MEETING_MOVES, by=by, at=at, minutes=minutes[:4000])
    for item in items:
        decision, note = decisions[item.pk]
        _decide(item, decision, note, by=by, at=at)
    audit.record("compensation.hold_meeting", meeting, by=by, at=at, facts={"claims": len(items)})
    return meeting


def issue_meeting_sheet(*, meeting: Meeting, by: User, at: datetime) -> IssuedDocument:
    """The sheet (联席会议审议表) that the members have before them and sign."""
    items = meeting.items.select_related("claim__enrolment__loan__enterprise", "claim__institution").order_by(
        "position"
    )
    return documents.issue(
        kind=DocumentKind.CLAIM_SHEET,
        title=gettext("风险补偿联席会议审议表"),
        template="lending/compensation/meeting_sheet.html",
        template_version=MEETING_SHEET_VERSION,
        context={"meeting": meeting, "items": list(items), "total": sum(item.amount for item in items)},
        subject=meeting,
        enterprise_id=None,
        by=by,
        at=at,
    )


def _decide(item: MeetingItem, decision: str, note: str, *, by: User, at: datetime) -> None:
    if decision not in Decision.values or (decision in {Decision.RETURNED, Decision.REFUSED} and not note.strip()):
        raise DecisionMissing
    item.decision, item.note = decision, note[:300]
    item.save(update_fields=["decision", "note"])
    if decision == Decision.RETURNED:
        return_claim(claim=item.claim, note=note, by=by, at=at)
    elif decision == Decision.REFUSED:
        refuse_claim(claim=item.claim, note=note, by=by, at=at)
    elif decision == Decision.AGREED:
        _agree(item.claim, note or gettext("联席会议同意"), by=by, at=at)


def _agree(claim: Claim, note: str, *, by: User, at: datetime) -> None:
    claim = locked(claim)
    require(policies.may_meet(by, claim), by, claim)
    require_move(claim, "meet")
    require_note(note)
    pass_on(claim, "meet", Step.MEETING, note=note, by=by, at=at)
