"""The bank files a claim (补偿申请), files it again after it was returned, withdraws it, and prints its sheet."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from institutions.models import Officer
from lending.compensation import policies, queries, sharing
from lending.compensation.clauses.base import Clause, Condition, LoanFacts, Stage
from lending.compensation.clauses.claims import ClaimWindow
from lending.compensation.models import Claim, Enrolment
from lending.compensation.sharing import Computation
from lending.compensation.states import CLAIM_MOVES, EnrolmentState
from lending.loans.models import Loan
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.audit import actions as audit
from portal.documents import actions as documents
from portal.documents.models import DocumentKind, IssuedDocument, Upload
from portal.messages import actions as messages
from portal.refusals import Conflict, NotPermitted, Refusal
from portal.transitions import move

SHEET_VERSION = "1"


class NotEnrolled(Refusal):
    code = "not_enrolled"
    message = _("该笔贷款没有有效备案，不能申报补偿。请先备案。")


class ClaimNotYetOpen(Refusal):
    """Says on which day the claim opens."""

    code = "claim_not_yet_open"


class ClaimWindowClosed(Refusal):
    code = "claim_window_closed"


class LegalStepMissing(Refusal):
    code = "legal_step_missing"


class EvidenceMissing(Refusal):
    code = "evidence_missing"
    message = _("请上传证明材料（起诉状、受理通知、不良认定等，合并为一个 PDF 文件）后再申报。")


class NothingToCompensate(Refusal):
    code = "nothing_to_compensate"


class AlreadyClaimed(Conflict):
    code = "already_claimed"
    message = _("该笔贷款已有补偿申请，不能重复申报。请在补偿申请列表中查看办理进度。")


class KeyOfAnother(Conflict):
    code = "submission_key_of_another"
    message = _("表单已过期，请重新打开页面后再提交。")


@transaction.atomic
def file_claim(
    *,
    enrolment: Enrolment,
    officer: Officer,
    legal_step: str,
    statement: str,
    evidence: Upload | None,
    submission_key: UUID,
    at: datetime,
) -> Claim:
    """File the claim for an enrolled loan, with its amount computed clause by clause. The same key is the same claim."""
    enrolment = _locked(enrolment)
    if not policies.may_file(officer, enrolment):
        raise NotPermitted
    if again := Claim.objects.filter(submission_key=submission_key).first():
        if again.enrolment_id != enrolment.pk:
            raise KeyOfAnother
        return again
    if enrolment.state != EnrolmentState.ENROLLED:
        raise NotEnrolled
    if queries.live_claim(enrolment):
        raise AlreadyClaimed
    judged = _judged(enrolment, legal_step=legal_step, evidence=evidence, at=at)
    number = Claim.objects.filter(enrolment=enrolment).count() + 1
    claim = Claim.objects.create(
        number=f"BC{timezone.localtime(at):%Y}-{enrolment.pk:07d}-{number}",
        enrolment=enrolment,
        institution_id=enrolment.loan.institution_id,
        legal_step=legal_step,
        statement=statement,
        evidence=evidence,
        filed_at=at,
        filed_by=officer.user,
        submission_key=submission_key,
        **judged,
    )
    leave_trace("compensation.file", claim, by=officer.user, at=at)
    tell_staff(claim, Permission.CLAIM_CHECK, _("补偿申请待审查"), at=at)
    return claim


@transaction.atomic
def refile_claim(
    *, claim: Claim, officer: Officer, legal_step: str, statement: str, evidence: Upload | None, at: datetime
) -> Claim:
    """File a returned claim again: judged and computed anew, as a new round."""
    claim = locked(claim)
    if not policies.may_handle(officer, claim):
        raise NotPermitted
    judged = _judged(_locked(claim.enrolment), legal_step=legal_step, evidence=evidence or claim.evidence, at=at)
    changes = {
        "legal_step": legal_step,
        "statement": statement,
        "evidence": evidence or claim.evidence,
        "round": claim.round + 1,
    }
    move(claim, "refile", table=CLAIM_MOVES, by=officer.user, at=at, **changes, **judged)
    leave_trace("compensation.refile", claim, by=officer.user, at=at)
    tell_staff(claim, Permission.CLAIM_CHECK, _("补偿申请已补正，待审查"), at=at)
    return claim


@transaction.atomic
def withdraw_claim(*, claim: Claim, officer: Officer, at: datetime) -> Claim:
    """The bank takes the claim back before it was checked."""
    claim = locked(claim)
    if not policies.may_handle(officer, claim):
        raise NotPermitted
    move(claim, "withdraw", table=CLAIM_MOVES, by=officer.user, at=at)
    leave_trace("compensation.withdraw", claim, by=officer.user, at=at)
    return claim


def issue_sheet(*, claim: Claim, by: User, at: datetime) -> IssuedDocument:
    """The claim sheet (风险补偿申请表) as a PDF, with its computation line by line."""
    enrolment = claim.enrolment
    return documents.issue(
        kind=DocumentKind.CLAIM_SHEET,
        title=gettext("风险补偿申请表"),
        template="lending/compensation/sheet.html",
        template_version=SHEET_VERSION,
        context={"claim": claim, "enrolment": enrolment, "loan": enrolment.loan, "scheme": enrolment.scheme},
        subject=claim,
        enterprise_id=enrolment.loan.enterprise_id,
        by=by,
        at=at,
    )


def locked(claim: Claim) -> Claim:
    """The claim as it stands, held until the transaction ends."""
    related = ("enrolment__loan__enterprise", "enrolment__scheme__fund", "institution", "evidence")
    return Claim.objects.select_for_update(of=("self",)).select_related(*related).get(pk=claim.pk)


def recompute(claim: Claim, *, at: datetime) -> Computation:
    """The computation as of ``at``: the loss falls as the debtor pays, the cap as other claims of the firm are approved."""
    enrolment = claim.enrolment
    enrolment.loan = Loan.objects.select_related("enterprise").get(pk=enrolment.loan_id)
    facts = queries.claim_facts(enrolment, day=timezone.localdate(at), legal_step=claim.legal_step, besides=claim)
    return sharing.compute(queries.clauses_of(enrolment.scheme, enrolment.loan), facts)


def leave_trace(verb: str, claim: Claim, *, by: User, at: datetime, **facts: object) -> None:
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


def _locked(enrolment: Enrolment) -> Enrolment:
    related = ("loan__enterprise", "scheme__fund")
    return Enrolment.objects.select_for_update(of=("self",)).select_related(*related).get(pk=enrolment.pk)


def _judged(enrolment: Enrolment, *, legal_step: str, evidence: Upload | None, at: datetime) -> dict[str, Any]:
    """The columns of a claim that the clauses fill. Refuses with the first clause that is missed."""
    facts = queries.claim_facts(enrolment, day=timezone.localdate(at), legal_step=legal_step)
    clauses = queries.clauses_of(enrolment.scheme, enrolment.loan)
    _refuse_missed(clauses, facts)
    if evidence is None:
        raise EvidenceMissing
    computation = sharing.compute(clauses, facts)
    if computation.fund_amount <= 0:
        raise NothingToCompensate("".join(line.sentence for line in computation.lines))
    return {
        "verdicts": [asdict(verdict) for verdict in sharing.judge(clauses, facts, stage=Stage.CLAIM)],
        "loss_amount": computation.loss,
        "fund_amount": computation.fund_amount,
        "bank_amount": computation.bank_amount,
        "shares": [share.as_json() for share in computation.shares],
        "computation": [line.as_json() for line in computation.lines],
    }


def _refuse_missed(clauses: Sequence[Clause], facts: LoanFacts) -> None:
    for clause in clauses:
        if not isinstance(clause, Condition) or clause.stage != Stage.CLAIM:
            continue
        verdict = clause.judge(facts)
        if verdict.passed is not False:
            continue
        if not isinstance(clause, ClaimWindow):
            raise LegalStepMissing(verdict.sentence)
        raise ClaimWindowClosed(verdict.sentence) if clause.is_over(facts) else ClaimNotYetOpen(verdict.sentence)
