"""A firm posts and withdraws a need; a drawn loan meets it; time lapses it."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from enterprises.models import Enterprise, Member, RegistrationStatus
from lending.needs import policies, rules
from lending.needs.models import Need
from lending.needs.states import MOVES, NeedState
from portal.accounts.models import User
from portal.audit import actions as audit
from portal.refusals import Conflict, NotPermitted, Refusal
from portal.transitions import move


class FirmNotLiving(Refusal):
    code = "firm_not_living"
    message = _(
        "登记状态不是“存续”的市场主体不能申请融资；如登记信息有误，请先到市场监管部门办理或在“我的档案”提出异议。"
    )


class NeedOutOfBounds(Refusal):
    code = "need_out_of_bounds"
    message = _("金额、期限或利率超出平台允许的范围，请检查单位（万元、月、%）后重新填写。")


class KeyOfAnother(Conflict):
    code = "submission_key_of_another"
    message = _("表单已过期，请重新打开页面后再提交。")


@transaction.atomic
def post(
    *,
    member: Member,
    amount: Decimal,
    term_months: int,
    use: str,
    guarantees: Sequence[str],
    highest_rate: Decimal | None,
    is_first_loan: bool,
    contact_name: str,
    contact_phone: str,
    note: str,
    submission_key: UUID,
    at: datetime,
) -> Need:
    """Post a need. The same ``submission_key`` again is the same need."""
    if not policies.may_post(member):
        raise NotPermitted
    firm = Enterprise.objects.get(pk=member.enterprise_id)
    if firm.status != RegistrationStatus.LIVING:
        raise FirmNotLiving
    _check_bounds(amount, term_months, highest_rate)
    need, is_new = Need.objects.get_or_create(
        submission_key=submission_key,
        defaults={
            "enterprise": firm,
            "amount": amount,
            "term_months": term_months,
            "use": use,
            "guarantees": list(guarantees),
            "highest_rate": highest_rate,
            "is_first_loan": is_first_loan,
            "contact_name": contact_name,
            "contact_phone": contact_phone,
            "note": note,
            "responsible_region": firm.responsible_region,
            "county_code": firm.county_code,
            "posted_at": at,
            "posted_by": member.user,
            "expires_on": rules.expires_on(timezone.localdate(at)),
        },
    )
    if need.enterprise_id != firm.pk:
        raise KeyOfAnother
    if is_new:
        audit.record("need.post", need, by=member.user, at=at, enterprise_id=firm.pk, facts={"amount": amount})
    return need


@transaction.atomic
def withdraw(*, need: Need, member: Member, at: datetime) -> Need:
    """Close a need the firm no longer has. Applications already made run on; each is withdrawn by itself."""
    if not policies.may_withdraw(member, need):
        raise NotPermitted
    return _move(need, "withdraw", by=member.user, at=at)


@transaction.atomic
def meet(*, need: Need, by: User, at: datetime) -> Need:
    """A loan for it was drawn. A need that has ended already stays as it is."""
    need = Need.objects.select_for_update(of=("self",)).get(pk=need.pk)
    return _move(need, "meet", by=by, at=at) if MOVES.allows("meet", need.state) else need


@transaction.atomic
def lapse_due(*, day: date, at: datetime) -> int:
    """Lapse the open needs whose last day is over; how many there were."""
    due = Need.objects.filter(state=NeedState.OPEN, expires_on__lt=day).select_for_update(
        of=("self",), skip_locked=True
    )
    needs = list(due.order_by("pk"))
    for need in needs:
        _move(need, "lapse", by=None, at=at)
    return len(needs)


def _move(need: Need, verb: str, *, by: User | None, at: datetime) -> Need:
    need = Need.objects.select_for_update(of=("self",)).get(pk=need.pk)
    move(need, verb, table=MOVES, by=by, at=at)
    audit.record(f"need.{verb}", need, by=by, at=at, enterprise_id=need.enterprise_id)
    return need


def _check_bounds(amount: Decimal, term_months: int, highest_rate: Decimal | None) -> None:
    fits = (
        rules.LEAST_AMOUNT <= amount <= rules.GREATEST_AMOUNT
        and 1 <= term_months <= rules.LONGEST_TERM_MONTHS
        and (highest_rate is None or 0 < highest_rate <= rules.GREATEST_RATE)
    )
    if not fits:
        raise NeedOutOfBounds
