"""A bank enrols a loan under a scheme (备案), or takes it out again."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from institutions.models import Officer
from lending.compensation import policies, queries, sharing
from lending.compensation.clauses.base import Stage, Verdict
from lending.compensation.clauses.breakers import BreakerAction
from lending.compensation.models import Enrolment, Fund, Scheme, SchemeJudgement
from lending.compensation.states import ENROLMENT_MOVES
from lending.loans.models import Loan
from lending.loans.states import LoanState
from portal.accounts.models import User
from portal.audit import actions as audit
from portal.refusals import Conflict, NotPermitted, Refusal
from portal.transitions import move


class LoanNotDrawn(Refusal):
    code = "loan_not_drawn"
    message = _("贷款尚未放款或已不在还款中，不能备案。请先登记放款。")


class LoanOverdue(Refusal):
    code = "loan_overdue"
    message = _("贷款已经逾期，不能备案：补偿分担的是备案之后发生的风险。结清逾期后可再办理。")


class SchemeNotInForce(Refusal):
    code = "scheme_not_in_force"
    message = _("所选补偿方案在放款日不适用，请选择放款日有效的方案。")


class ClausesNotMet(Refusal):
    """Carries the sentence of every clause that was missed."""

    code = "clauses_not_met"

    def __init__(self, verdicts: Collection[Verdict]) -> None:
        missed = "".join(f"{v.number}:{v.sentence}" for v in verdicts if v.passed is False)
        super().__init__(gettext("不符合补偿方案，未能备案。%(missed)s") % {"missed": missed})
        self.verdicts = list(verdicts)


class EnrolmentStopped(Conflict):
    """Carries the sentence of the breaker."""

    code = "enrolment_stopped"


class AlreadyEnrolled(Conflict):
    code = "already_enrolled"
    message = _("该笔贷款已经备案。一笔贷款只能备案于一个补偿方案，请在备案列表中查看。")


class EnrolmentClaimed(Conflict):
    code = "enrolment_claimed"
    message = _("该备案已有补偿申请，不能撤销。如需撤销请先撤回补偿申请。")


@transaction.atomic
def enrol(
    *,
    loan: Loan,
    scheme: Scheme,
    officer: Officer,
    at: datetime,
    collateral_share: Decimal | None = None,
    marks: Collection[str] = (),
) -> Enrolment:
    """Register ``loan`` under ``scheme``; the verdict of every clause is stored. Refuses with the clauses missed."""
    loan = Loan.objects.select_for_update(of=("self",)).select_related("enterprise").get(pk=loan.pk)
    if not policies.may_enrol(officer, loan):
        raise NotPermitted
    if loan.state != LoanState.DRAWN or loan.drawn_on is None:
        raise LoanNotDrawn
    if loan.overdue_since is not None:
        raise LoanOverdue
    if not Scheme.objects.open_to(drawn_on=loan.drawn_on, today=timezone.localdate(at)).filter(pk=scheme.pk).exists():
        raise SchemeNotInForce
    if Enrolment.objects.live().filter(loan=loan).exists():
        raise AlreadyEnrolled
    verdicts = _judged(loan, scheme, at=at, collateral_share=collateral_share, marks=marks)
    if any(verdict.passed is False for verdict in verdicts):
        raise ClausesNotMet(verdicts)
    _require_open(scheme, loan, at)
    enrolment = _enrolled(loan, scheme, verdicts, by=officer.user, at=at, share=collateral_share, marks=marks)
    audit.record(
        "compensation.enrol",
        enrolment,
        by=officer.user,
        at=at,
        enterprise_id=loan.enterprise_id,
        institution_id=loan.institution_id,
        facts={"loan": loan.contract_number, "scheme": str(scheme)},
    )
    return enrolment


@transaction.atomic
def enrol_by_itself(*, loan: Loan, scheme: Scheme, at: datetime) -> SchemeJudgement:
    """免申即享: a loan that meets every clause is enrolled without anybody asking. What the clauses said is kept either way:
    where the bank must declare something, or a clause is missed, it reads here which."""
    loan = Loan.objects.select_for_update(of=("self",)).select_related("enterprise").get(pk=loan.pk)
    known = SchemeJudgement.objects.filter(loan=loan, scheme=scheme).first()
    if known:
        return known
    verdicts = _judged(loan, scheme, at=at, collateral_share=None, marks=())
    answers = {verdict.passed for verdict in verdicts}
    is_met = False if False in answers else (None if None in answers else True)
    judgement = SchemeJudgement.objects.create(
        loan=loan, scheme=scheme, is_met=is_met, verdicts=[asdict(verdict) for verdict in verdicts], judged_at=at
    )
    is_free = loan.state == LoanState.DRAWN and loan.overdue_since is None
    if is_met and is_free and not _is_stopped(scheme, loan, at) and not Enrolment.objects.filter(loan=loan).exists():
        enrolment = _enrolled(loan, scheme, verdicts, by=None, at=at, share=None, marks=())
        audit.record(
            "compensation.enrol",
            enrolment,
            by=None,
            at=at,
            enterprise_id=loan.enterprise_id,
            institution_id=loan.institution_id,
            facts={"loan": loan.contract_number, "scheme": str(scheme), "automatic": True},
        )
    return judgement


def sweep(*, at: datetime, most: int = 2000) -> int:
    """Judge every loan that may be enrolled and was not judged yet, each in a transaction of its own; how many were enrolled."""
    day, before = timezone.localdate(at), Enrolment.objects.count()
    for scheme in Scheme.objects.in_force(day).select_related("fund").order_by("code"):
        for loan in queries.candidates(scheme, day=day)[:most]:
            enrol_by_itself(loan=loan, scheme=scheme, at=at)
    return Enrolment.objects.count() - before


def _enrolled(
    loan: Loan,
    scheme: Scheme,
    verdicts: list[Verdict],
    *,
    by: User | None,
    at: datetime,
    share: Decimal | None,
    marks: Collection[str],
) -> Enrolment:
    before = Enrolment.objects.filter(loan=loan).count()
    return Enrolment.objects.create(
        number=f"BA{timezone.localtime(at):%Y}-{loan.pk:07d}-{before + 1}",
        loan=loan,
        scheme=scheme,
        collateral_share=share,
        marks=sorted(marks),
        verdicts=[asdict(verdict) for verdict in verdicts],
        enrolled_at=at,
        enrolled_by=by,
    )


def _is_stopped(scheme: Scheme, loan: Loan, at: datetime) -> str:
    """What a breaker says that stops new enrolments; empty where none does."""
    clauses = queries.clauses_of(scheme, loan, today=timezone.localdate(at))
    verdicts = queries.breaker_verdicts(scheme.fund, clauses, loan, day=timezone.localdate(at))
    return "".join(verdict.sentence for verdict in sharing.stops(verdicts, BreakerAction.STOP_NEW))


def _require_open(scheme: Scheme, loan: Loan, at: datetime) -> None:
    stopped = _is_stopped(scheme, loan, at)
    if stopped:
        raise EnrolmentStopped(stopped)


@transaction.atomic
def cancel_enrolment(*, enrolment: Enrolment, officer: Officer, at: datetime) -> Enrolment:
    """Take the loan out of the scheme, as long as nothing is claimed for it."""
    enrolment = Enrolment.objects.select_for_update(of=("self",)).select_related("loan").get(pk=enrolment.pk)
    if not policies.may_file(officer, enrolment):
        raise NotPermitted
    if queries.live_claim(enrolment):
        raise EnrolmentClaimed
    move(enrolment, "cancel", table=ENROLMENT_MOVES, by=officer.user, at=at)
    audit.record(
        "compensation.cancel_enrolment",
        enrolment,
        by=officer.user,
        at=at,
        enterprise_id=enrolment.loan.enterprise_id,
        institution_id=enrolment.loan.institution_id,
    )
    return enrolment


def _judged(
    loan: Loan, scheme: Scheme, *, at: datetime, collateral_share: Decimal | None, marks: Collection[str]
) -> list[Verdict]:
    """The verdict of every clause. One loan at a time for each fund: its leverage is judged on all that is enrolled."""
    fund = Fund.objects.select_for_update(of=("self",), no_key=True).get(pk=scheme.fund_id)
    facts = queries.loan_facts(
        loan,
        fund,
        day=timezone.localdate(at),
        dishonest_records=queries.dishonest_records(loan.enterprise_id, at=at),
        collateral_share=collateral_share,
        marks=marks,
    )
    return sharing.judge(queries.clauses_of(scheme, loan, today=timezone.localdate(at)), facts, stage=Stage.ENROLMENT)
