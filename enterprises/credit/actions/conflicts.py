"""Settle what sources disagree on, with a reason: reads and features follow until one of the sources says something new."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from enterprises.credit.actions.facts import follow
from enterprises.credit.loading import acceptance
from enterprises.credit.models import Conflict, Contact, CreditRecord, Settlement, Source
from enterprises.credit.states import CONFLICT_MOVES
from portal.accounts.models import User
from portal.audit import actions as audit
from portal.messages.actions import send
from portal.messages.models import Channel
from portal.refusals import Conflict as Stale
from portal.refusals import Refusal
from portal.transitions import move


class ReasonTooShort(Refusal):
    code = "settlement_reason_too_short"
    message = _("请写明处理理由（至少 4 个字）。")


class NotAClaimant(Refusal):
    code = "source_holds_no_such_fact"
    message = _("所选来源没有这条事实，请在列出的来源中选择。")


class ConflictGone(Stale):
    code = "conflict_gone"
    message = _("来源单位已有新的报送，该冲突已消除，无需处理。")


class DeclaredNeverWins(Refusal):
    code = "declared_never_wins"
    message = _("企业自愿填报的内容不能取代来源单位的记录，请选择其他来源或退回核实。")


@transaction.atomic
def settle_conflict(
    *,
    conflict: Conflict,
    settlement: Settlement,
    reason: str,
    source: Source | None = None,
    by: User,
    at: datetime,
) -> Conflict:
    """Decide what counts: the source that goes before, one named source for this fact, or neither until they have looked.

    Returned to the departments, the source that goes before counts in the meantime and the contacts are written to.
    """
    acceptance.wait_turn()
    conflict = Conflict.objects.select_for_update(of=("self",)).select_related("item").get(pk=conflict.pk)
    if conflict.ended_at is not None:
        raise ConflictGone
    if len(reason.strip()) < 4:
        raise ReasonTooShort
    chosen = _chosen(conflict, settlement, source)
    move(
        conflict,
        "settle",
        table=CONFLICT_MOVES,
        by=by,
        at=at,
        settlement=settlement,
        chosen_source=chosen,
        reason=reason.strip()[:300],
    )
    if chosen is not None:
        firms = CreditRecord.objects.in_force().filter(item_code=conflict.item_id, natural_key=conflict.natural_key)
        follow(set(firms.values_list("enterprise_id", flat=True)), conflict.item_id, at)
    if settlement == Settlement.RETURNED:
        _write_to_departments(conflict, at)
    audit.record(
        "conflict.settle",
        conflict,
        by=by,
        at=at,
        enterprise_id=conflict.enterprise_id,
        facts={"settlement": settlement, "source": chosen.code if chosen else "", "reason": reason.strip()[:300]},
    )
    return conflict


def _chosen(conflict: Conflict, settlement: Settlement, source: Source | None) -> Source | None:
    if settlement != Settlement.CHOICE:
        return None
    if source is None or source.pk not in conflict.source_ids:
        raise NotAClaimant
    if source.is_declared:
        raise DeclaredNeverWins
    return source


def _write_to_departments(conflict: Conflict, at: datetime) -> None:
    """No content leaves by mail: the contact is told where to look, and how many fields differ."""
    departments = Source.objects.filter(pk__in=conflict.source_ids).values("department_id")
    subject = _now("请核实“%(item)s”的一条记录") % {"item": conflict.item.name}
    body = _now("该信息项第 %(number)s 号冲突：各来源有 %(count)s 个字段不一致。请核对原始记录，有误的请报送更正。") % {
        "number": conflict.pk,
        "count": len(conflict.fields),
    }
    for contact in Contact.objects.filter(department__in=departments, ended_at=None):
        send(to=None, address=contact.address, channel=Channel.EMAIL, subject=subject, body=body, at=at)
