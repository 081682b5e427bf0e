"""The bank drafts a claim (补偿申请), files it, completes it after it was returned, appeals, withdraws it, prints its sheet."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from institutions.models import Officer
from lending.compensation import policies, queries, sharing
from lending.compensation.actions.moving import (
    Judged,
    NoteMissing,
    book_of,
    clauses_of,
    enter,
    judged,
    leave_trace,
    locked,
    post,
    tell_staff,
)
from lending.compensation.clauses.base import Clause, Condition, LoanFacts, Stage
from lending.compensation.clauses.claims import ClaimWindow
from lending.compensation.models import Claim, Enrolment, Payment
from lending.compensation.states import CLAIM_MOVES, PAYMENT_MOVES, ClaimState, EnrolmentState, PaymentState
from lending.ledger import postings
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.documents import actions as documents
from portal.documents.models import DocumentKind, IssuedDocument, Upload
from portal.money import ZERO
from portal.refusals import Conflict, NotPermitted, Refusal
from portal.transitions import move

SHEET_VERSION = "2"


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


class PaymentUnderWay(Conflict):
    code = "payment_under_way"
    message = _("拨付已送国库，须待回单后再办理。")


class NothingToAppeal(Conflict):
    code = "nothing_to_appeal"
    message = _("本申请没有可以申诉的决定。只有不予补偿或有扣减的决定可以申诉，每份申请申诉一次。")


class AppealTooLate(Refusal):
    code = "appeal_too_late"


@transaction.atomic
def draft_claim(
    *,
    enrolment: Enrolment,
    officer: Officer,
    legal_step: str,
    statement: str,
    evidence: Upload | None,
    submission_key: UUID,
    at: datetime,
) -> Claim:
    """Keep what the bank has so far, with the amount as of today; nobody but the bank sees it. Saving again changes it."""
    enrolment = _held(enrolment)
    if not policies.may_file(officer, enrolment):
        raise NotPermitted
    if enrolment.state != EnrolmentState.ENROLLED:
        raise NotEnrolled
    found = judged(enrolment, legal_step=legal_step, at=at)
    if found.computation.loss <= 0:
        raise NothingToCompensate(gettext("贷款没有未收回的本金，无须起草补偿申请。"))
    claim = queries.live_claim(enrolment)
    if claim is None:
        claim = _create(enrolment, submission_key, state=ClaimState.DRAFT, drafted_at=at, drafted_by=officer.user)
    elif claim.state != ClaimState.DRAFT:
        raise AlreadyClaimed
    told = {"legal_step": legal_step, "statement": statement, "evidence": evidence or claim.evidence}
    columns = {**told, **found.columns(), "sources": queries.source_rows(enrolment, claim)}
    for name, value in columns.items():
        setattr(claim, name, value)
    if claim.pk is None:
        _insert(claim)
    else:
        claim.save(update_fields=list(columns))
    leave_trace("compensation.draft", claim, by=officer.user, at=at)
    return claim


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
    """File the claim for an enrolled loan, with its amount computed clause by clause. The same key is the same claim.

    A draft of the bank becomes the claim.
    """
    enrolment = _held(enrolment)
    if not policies.may_file(officer, enrolment):
        raise NotPermitted
    again = Claim.objects.filter(submission_key=submission_key).exclude(state=ClaimState.DRAFT).first()
    if again:
        if again.enrolment_id != enrolment.pk:
            raise KeyOfAnother
        return again
    if enrolment.state != EnrolmentState.ENROLLED:
        raise NotEnrolled
    draft = queries.live_claim(enrolment)
    if draft and draft.state != ClaimState.DRAFT:
        raise AlreadyClaimed
    evidence = evidence or (draft.evidence if draft else None)
    found = _sound(enrolment, legal_step=legal_step, evidence=evidence, at=at)
    told = {"legal_step": legal_step, "statement": statement, "evidence": evidence, **found.columns()}
    if draft:
        told["sources"] = queries.source_rows(enrolment, draft)
        claim = locked(draft)
        enter(claim, "file", by=officer.user, at=at, **told)
    else:
        claim = _create(enrolment, submission_key, filed_at=at, filed_by=officer.user, **told)
        claim.due_on = queries.due_on(found.clauses, ClaimState.FILED, since=timezone.localdate(at))
        claim.sources = queries.source_rows(enrolment)
        _insert(claim)
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
    found = _sound(
        _held(claim.enrolment), legal_step=legal_step, evidence=evidence or claim.evidence, at=at, claim=claim
    )
    changes: dict[str, Any] = {
        "legal_step": legal_step,
        "statement": statement,
        "evidence": evidence or claim.evidence,
        "round": claim.round + 1,
        "faults": [],
    }
    enter(claim, "refile", by=officer.user, at=at, **changes, **found.columns())
    leave_trace("compensation.refile", claim, by=officer.user, at=at)
    tell_staff(claim, Permission.CLAIM_CHECK, _("补偿申请已补正，待审查"), at=at)
    return claim


@transaction.atomic
def withdraw_claim(*, claim: Claim, officer: Officer, at: datetime) -> Claim:
    """The bank takes the claim back before it was checked; a draft is thrown away."""
    claim = locked(claim)
    if not policies.may_handle(officer, claim):
        raise NotPermitted
    move(claim, "withdraw", table=CLAIM_MOVES, by=officer.user, at=at, due_on=None)
    leave_trace("compensation.withdraw", claim, by=officer.user, at=at)
    return claim


@transaction.atomic
def appeal_claim(*, claim: Claim, officer: Officer, note: str, at: datetime) -> Claim:
    """The bank asks to look again at a refusal or a reduction, in the time the scheme gives; once. What was reserved is freed."""
    claim = locked(claim)
    if not policies.may_handle(officer, claim):
        raise NotPermitted
    if not note.strip():
        raise NoteMissing
    is_reduced = claim.state in {ClaimState.APPROVED, ClaimState.DEFERRED} and claim.faults
    decided = claim.refused_at if claim.state == ClaimState.REFUSED else claim.approved_at
    if claim.answered_at or decided is None or not (is_reduced or claim.state == ClaimState.REFUSED):
        raise NothingToAppeal
    if claim.state == ClaimState.REFUSED and queries.live_claim(claim.enrolment):
        raise AlreadyClaimed
    closes = sharing.appeal_closes(clauses_of(claim), timezone.localdate(decided))
    if closes is None or timezone.localdate(at) > closes:
        said = gettext("方案没有规定申诉。") if closes is None else gettext("已过申诉期限 %(day)s。") % {"day": closes}
        raise AppealTooLate(said)
    release_reserved(claim, by=officer.user, at=at)
    # A new round: what is approved after the answer is reserved anew.
    enter(claim, "appeal", by=officer.user, at=at, appeal_note=note[:2000], round=claim.round + 1)
    leave_trace("compensation.appeal", claim, by=officer.user, at=at, note=note[:200])
    tell_staff(claim, Permission.CLAIM_APPROVE, _("补偿申诉待处理"), at=at)
    return claim


def release_reserved(claim: Claim, *, by: User | None, at: datetime) -> None:
    """What was promised and not paid is free again. Payments that are with the treasury must come back first."""
    still_open = list(Payment.objects.select_for_update(of=("self",)).filter(claim=claim).open())
    if any(payment.state == PaymentState.SENT for payment in still_open):
        raise PaymentUnderWay
    total = sum((payment.amount for payment in still_open), start=ZERO)
    if total > 0:
        lines = postings.release(book_of(claim), total)
        post(claim, "claim_released", gettext("解除审定 %(claim)s"), lines, by=by, at=at)
    for payment in still_open:
        move(payment, "cancel", table=PAYMENT_MOVES, by=by, at=at, batch=None)


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


def _held(enrolment: Enrolment) -> Enrolment:
    related = ("loan__enterprise", "scheme__fund")
    return Enrolment.objects.select_for_update(of=("self",)).select_related(*related).get(pk=enrolment.pk)


def _create(enrolment: Enrolment, key: UUID, **columns: Any) -> Claim:
    number = Claim.objects.filter(enrolment=enrolment).count() + 1
    year = timezone.localtime(columns.get("filed_at") or columns["drafted_at"])
    return Claim(
        number=f"BC{year:%Y}-{enrolment.pk:07d}-{number}",
        enrolment=enrolment,
        institution_id=enrolment.loan.institution_id,
        submission_key=key,
        **columns,
    )


def _insert(claim: Claim) -> None:
    """The key of a form that was sent twice for two loans at once belongs to whoever came first."""
    try:
        with transaction.atomic():
            claim.save(force_insert=True)
    except IntegrityError as error:
        if "submission_key" not in str(error):
            raise
        raise KeyOfAnother from error


def _sound(
    enrolment: Enrolment, *, legal_step: str, evidence: Upload | None, at: datetime, claim: Claim | None = None
) -> Judged:
    """The claim as computed today. Refuses with the first clause that is missed."""
    found = judged(enrolment, legal_step=legal_step, at=at, claim=claim)
    _refuse_missed(found.clauses, found.facts)
    if evidence is None:
        raise EvidenceMissing
    if found.computation.fund_amount <= 0:
        raise NothingToCompensate("".join(line.sentence for line in found.computation.lines))
    return found


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
