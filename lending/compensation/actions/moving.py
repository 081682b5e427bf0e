"""What every verb of a claim does alike: hold the row, know its officers, compute it again, move it, leave a trace."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from institutions.models import Officer
from lending.compensation import policies, queries, sharing
from lending.compensation.clauses.base import Clause, Stage
from lending.compensation.clauses.facts import LoanFacts, PoolFacts
from lending.compensation.models import Claim, ClaimStep, Enrolment
from lending.compensation.sharing import Computation
from lending.compensation.states import CLAIM_MOVES, Step
from lending.ledger import actions as ledger
from lending.ledger.postings import Posting
from lending.loans.models import Loan
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.audit import actions as audit
from portal.messages import actions as messages
from portal.refusals import Conflict, NotPermitted, Refusal
from portal.transitions import IllegalMove, move


class SameOfficer(NotPermitted):
    code = "same_officer"
    message = _("一份申请的各个环节须由不同人员办理（含退回前的各轮），您已办理过本申请，请由其他同事办理。")


class NoteMissing(Refusal):
    code = "note_missing"
    message = _("请填写意见（退回、不予补偿须说明原因，拨付须填写凭证号）后再提交。")


class AmountHasChanged(Conflict):
    code = "amount_has_changed"
    message = _(
        "申报后贷款有新的还款，或该企业其他补偿已占用单户上限，补偿金额须重新计算。请退回银行重新申报后再办理。"
    )


class UnderSuspicion(Conflict):
    code = "under_suspicion"
    message = _("本申请已标记涉嫌骗补，核实解除前不能审定或拨付。")


@dataclass(frozen=True)
class Judged:
    """A claim as its clauses see it on one day."""

    clauses: list[Clause]
    facts: LoanFacts
    pool: PoolFacts
    computation: Computation

    def columns(self) -> dict[str, Any]:
        """The columns of a claim that the clauses fill."""
        found = self.computation
        return {
            "verdicts": [asdict(verdict) for verdict in sharing.judge(self.clauses, self.facts, stage=Stage.CLAIM)],
            "loss_amount": found.loss,
            "fund_amount": found.fund_amount,
            "bank_amount": found.bank_amount,
            "other_amount": found.other_amount,
            "shares": [share.as_json() for share in found.shares],
            "computation": [line.as_json() for line in found.lines],
            "facts": {"loan": queries.freeze(self.facts), "pool": queries.freeze(self.pool)},
        }


def locked(claim: Claim) -> Claim:
    """The claim as it stands, held until the transaction ends."""
    related = ("enrolment__loan__enterprise", "enrolment__scheme__fund", "institution", "evidence")
    return Claim.objects.select_for_update(of=("self",)).select_related(*related).get(pk=claim.pk)


def clauses_of(claim: Claim) -> list[Clause]:
    return queries.clauses_of(claim.enrolment.scheme, claim.enrolment.loan)


def judged(
    enrolment: Enrolment,
    *,
    legal_step: str,
    at: datetime,
    claim: Claim | None = None,
    faults: Collection[str] = (),
) -> Judged:
    """The computation as of ``at``: the loss falls as the debtor pays, the caps as other claims are approved."""
    loan = Loan.objects.select_related("enterprise", "product_version").get(pk=enrolment.loan_id)
    enrolment.loan, day = loan, timezone.localdate(at)
    clauses = queries.clauses_of(enrolment.scheme, loan, today=day)
    facts = queries.claim_facts(enrolment, day=day, legal_step=legal_step, besides=claim)
    pool = queries.pool_facts(enrolment.scheme.fund, clauses, loan, day=day, besides=claim)
    return Judged(clauses, facts, pool, sharing.compute(clauses, facts, pool=pool, faults=faults))


def require_same_amount(claim: Claim, at: datetime) -> Judged:
    """What is approved and paid is what was filed, on the day it is."""
    today = judged(claim.enrolment, legal_step=claim.legal_step, at=at, claim=claim, faults=claim.faults)
    if (today.computation.loss, today.computation.fund_amount) != (claim.loss_amount, claim.fund_amount):
        raise AmountHasChanged
    return today


def require(is_allowed: bool, by: User | None = None, claim: Claim | None = None) -> None:
    if is_allowed:
        return
    if by and claim and policies.has_handled(by, claim):
        raise SameOfficer
    raise NotPermitted


def require_move(claim: Claim, verb: str) -> None:
    """Somebody else may have moved it while we waited for the row: said first, before anything is judged or posted."""
    if not CLAIM_MOVES.allows(verb, claim.state):
        raise IllegalMove


def require_note(note: str) -> None:
    if not note.strip():
        raise NoteMissing


def require_no_suspicion(claim: Claim) -> None:
    if claim.is_suspect:
        raise UnderSuspicion


def take_step(claim: Claim, step: Step, *, by: User, at: datetime, note: str = "") -> None:
    """Write down that ``by`` had this step. Somebody who sends a second instalment stands there already."""
    known = ClaimStep.objects.filter(claim=claim, taken_by=by).first()
    if known and (known.step != step or step not in {Step.PAY, Step.PREPARE}):
        raise SameOfficer
    if known is None:
        ClaimStep.objects.create(
            claim=claim, round=claim.round, step=step, note=note[:300], due_on=claim.due_on, taken_at=at, taken_by=by
        )


def enter(claim: Claim, verb: str, *, by: User | None, at: datetime, to: Any = None, **changes: Any) -> None:
    """Move the claim and start the clock of the step it then waits for."""
    state = CLAIM_MOVES[verb].leads_to(to)
    due_on = queries.due_on(clauses_of(claim), state, since=timezone.localdate(at))
    move(claim, verb, table=CLAIM_MOVES, by=by, at=at, to=to, **{"due_on": due_on, **changes})


def leave_trace(verb: str, claim: Claim, *, by: User | None, at: datetime, **facts: object) -> None:
    audit.record(
        verb,
        claim,
        by=by,
        at=at,
        enterprise_id=claim.enrolment.loan.enterprise_id,
        institution_id=claim.institution_id,
        facts={"state": claim.state, "round": claim.round, "fund_amount": claim.fund_amount, **facts},
    )


def tell_staff(claim: Claim, permission: Permission, subject: Any, *, at: datetime) -> None:
    """Whoever may take the next step hears of it."""
    link = reverse("admin:compensation_claim_change", args=[claim.pk])
    users = queries.staff_for(claim, permission)
    messages.notify(users=users, subject=f"{subject} {claim.number}", link=link, at=at)


def tell_bank(claim: Claim, subject: Any, *, at: datetime) -> None:
    """The officers of the bank who file claims hear how it went."""
    officers = Officer.objects.serving().filter(institution=claim.institution).select_related("user", "institution")
    users = [officer.user for officer in officers if officer.may(Permission.CLAIM_FILE)]
    link = reverse("bank_claim", args=[claim.pk])
    messages.notify(users=users, subject=f"{subject} {claim.number}", link=link, at=at)


def book_of(claim: Claim) -> str:
    return str(claim.enrolment.scheme.fund.code)


def post(
    claim: Claim, event: str, memo: str, lines: list[Posting], *, by: User | None, at: datetime, subject: str = ""
) -> None:
    with transaction.atomic():
        ledger.post(
            event=event,
            subject=subject or f"claim:{claim.pk}/{claim.round}",
            memo=memo % {"claim": claim.number},
            booked_on=timezone.localdate(at),
            lines=lines,
            by=by,
            at=at,
        )
