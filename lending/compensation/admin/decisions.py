"""What a member of the staff may do with a claim on the finance desk, and with which words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lending.compensation import actions, policies
from lending.compensation.forms import NoteForm
from lending.compensation.models import Claim, Recovery
from lending.compensation.states import CLAIM_MOVES, ClaimState
from portal.accounts.models import User


@dataclass(frozen=True)
class Decision:
    """A verb of the desk: its button, what is said when it is done, the words it asks for, and who may."""

    title: str | Promise
    label: str | Promise
    done: str | Promise
    note_label: str | Promise
    kind: str
    asks_note: bool
    act: Callable[..., Claim]
    may: Callable[[User, Claim], bool]


@dataclass(frozen=True)
class OpenDecision:
    """A decision that can be taken now, as a form."""

    title: str | Promise
    label: str | Promise
    kind: str
    url: str
    form: NoteForm


#: By the verb of the move table.
DECISIONS: dict[str, Decision] = {
    "check": Decision(
        gettext_lazy("形式审查"),
        gettext_lazy("审查通过"),
        gettext_lazy("审查通过，已转审定。"),
        gettext_lazy("审查意见"),
        "primary",
        False,
        actions.check_claim,
        policies.may_check,
    ),
    "approve": Decision(
        gettext_lazy("审定"),
        gettext_lazy("同意补偿"),
        gettext_lazy("已审定，资金已预留，待拨付。"),
        gettext_lazy("审定意见"),
        "primary",
        False,
        actions.approve_claim,
        policies.may_approve,
    ),
    "pay": Decision(
        gettext_lazy("拨付"),
        gettext_lazy("确认已拨付"),
        gettext_lazy("已登记拨付并记账。"),
        gettext_lazy("拨付凭证号"),
        "primary",
        True,
        actions.pay_claim,
        policies.may_pay,
    ),
    "close": Decision(
        gettext_lazy("结案"),
        gettext_lazy("结案"),
        gettext_lazy("已结案。"),
        gettext_lazy("结案说明"),
        "plain",
        True,
        actions.close_claim,
        policies.may_close,
    ),
    "return": Decision(
        gettext_lazy("退回补正"),
        gettext_lazy("退回银行"),
        gettext_lazy("已退回银行补正。"),
        gettext_lazy("退回原因"),
        "plain",
        True,
        actions.return_claim,
        policies.may_turn_down,
    ),
    "refuse": Decision(
        gettext_lazy("不予补偿"),
        gettext_lazy("不予补偿"),
        gettext_lazy("已作出不予补偿的决定，银行可查看原因。"),
        gettext_lazy("不予补偿原因"),
        "danger",
        True,
        actions.refuse_claim,
        policies.may_turn_down,
    ),
}


def open_decisions(claim: Claim, user: User, recoveries: Sequence[Recovery]) -> list[OpenDecision]:
    """What ``user`` may decide now, the way forward first; then the remittances that wait for the treasury."""
    verbs = set(CLAIM_MOVES.verbs_from(claim.state))
    found = [_open(claim, verb) for verb, decision in DECISIONS.items() if verb in verbs and decision.may(user, claim)]
    if policies.may_receive(user, claim):
        found += [_receipt(claim, row) for row in recoveries if row.received_at is None and row.fund_amount > 0]
    return found


def waits_for(claim: Claim) -> str:
    """Whose turn it is."""
    waiting = {
        ClaimState.FILED: _("等待补偿审查员审查。"),
        ClaimState.CHECKED: _("等待补偿审定员审定。"),
        ClaimState.APPROVED: _("等待资金拨付员拨付。"),
        ClaimState.RETURNED: _("已退回银行，等待补正。"),
    }
    return str(waiting.get(ClaimState(claim.state), _("本申请已办结。")))


def is_barred(claim: Claim, user: User) -> bool:
    """Whether the next step is closed to ``user`` for having had an earlier one."""
    return claim.state in {ClaimState.CHECKED, ClaimState.APPROVED} and policies.has_handled(user, claim)


def _open(claim: Claim, verb: str) -> OpenDecision:
    decision = DECISIONS[verb]
    form = NoteForm(
        prefix=verb, label=str(decision.note_label), is_required=decision.asks_note, is_voucher=verb == "pay"
    )
    url = reverse("admin:compensation_claim_decide", args=[claim.pk, verb])
    return OpenDecision(decision.title, decision.label, decision.kind, url, form)


def _receipt(claim: Claim, recovery: Recovery) -> OpenDecision:
    form = NoteForm(prefix=f"receive-{recovery.pk}", label=_("到账凭证号"), is_voucher=True)
    url = reverse("admin:compensation_claim_receive", args=[claim.pk, recovery.pk])
    title = _("追偿款到账 %(reference)s") % {"reference": recovery.reference}
    return OpenDecision(title, _("确认到账"), "primary", url, form)
