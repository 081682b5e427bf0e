"""Other ends of a paid claim: bought back when the borrower is cured, written off, or taken back for fraud or fault."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from institutions.models import Officer
from lending.compensation import policies, queries, sharing
from lending.compensation.actions.filing import release_reserved
from lending.compensation.actions.moving import (
    book_of,
    clauses_of,
    enter,
    leave_trace,
    locked,
    require,
    require_move,
    require_note,
    tell_bank,
)
from lending.compensation.actions.recoveries import RemittanceOutstanding, post_recovery, tell_treasury
from lending.compensation.actions.review import UnknownFault
from lending.compensation.clauses.base import Stage
from lending.compensation.clauses.facts import Share, Side
from lending.compensation.models import Claim, Recovery
from lending.compensation.states import RecoveryKind
from lending.ledger import postings
from lending.loans import actions as loans
from portal.accounts.models import User
from portal.money import ZERO, split
from portal.periods import whole_months
from portal.refusals import NotPermitted, Refusal


class NotCured(Refusal):
    """Carries what the scheme asks of a cure."""

    code = "not_cured"
    message = _("方案没有规定恢复正常后回购，或借款人尚未满足条件。")


class NotToWriteOff(Refusal):
    """Carries what the scheme asks before a write-off."""

    code = "not_to_write_off"
    message = _("方案没有规定核销，不能核销。请继续追偿或结案。")


class NothingToGiveBack(Refusal):
    code = "nothing_to_give_back"
    message = _("资金池已全部收回，没有应退回的金额。")


@transaction.atomic
def repurchase_claim(*, claim: Claim, officer: Officer, cured_since: date, at: datetime) -> Claim:
    """The borrower serves the loan again: the bank gives back what the fund paid and still misses, and keeps the loan."""
    claim = locked(claim)
    if not policies.may_handle(officer, claim):
        raise NotPermitted
    require_move(claim, "repurchase")
    day = timezone.localdate(at)
    facts = queries.claim_facts(claim.enrolment, day=day, legal_step=claim.legal_step, besides=claim)
    cured = replace(facts, overdue_since=None, cured_months=max(0, whole_months(cured_since, day)))
    verdicts = sharing.judge(clauses_of(claim), cured, stage=Stage.CURE)
    if not verdicts or any(verdict.passed is not True for verdict in verdicts):
        raise NotCured("".join(verdict.sentence for verdict in verdicts) or None)
    recovery = _owed_back(claim, RecoveryKind.REPURCHASE, still_missing(claim), by=officer.user, at=at)
    enter(claim, "repurchase", by=officer.user, at=at)
    post_recovery(
        recovery, "claim_repurchased", postings.clawback(book_of(claim), recovery.fund_amount), by=officer.user, at=at
    )
    loans.unmark_compensated(loan=claim.enrolment.loan, by=officer.user, at=at)
    leave_trace("compensation.repurchase", claim, by=officer.user, at=at, amount=recovery.fund_amount)
    tell_treasury(claim, at=at)
    return claim


@transaction.atomic
def write_off_claim(*, claim: Claim, note: str, by: User, at: datetime) -> Claim:
    """What never came back is given up, as the scheme allows; what comes all the same is shared (账销案存)."""
    claim = locked(claim)
    require_move(claim, "write_off")
    require(policies.may_close(by, claim))
    require_note(note)
    if Recovery.objects.outstanding().filter(claim=claim).exists():
        raise RemittanceOutstanding
    facts = queries.claim_facts(claim.enrolment, day=timezone.localdate(at), legal_step=claim.legal_step, besides=claim)
    verdicts = sharing.judge(clauses_of(claim), facts, stage=Stage.WRITE_OFF)
    if not verdicts or any(verdict.passed is not True for verdict in verdicts):
        raise NotToWriteOff("".join(verdict.sentence for verdict in verdicts) or None)
    enter(claim, "write_off", by=by, at=at, write_off_note=note[:300])
    release_reserved(claim, by=by, at=at)
    leave_trace("compensation.write_off", claim, by=by, at=at, note=note, missing=still_missing(claim))
    return claim


@transaction.atomic
def claw_back_claim(*, claim: Claim, faults: Collection[str], note: str, by: User, at: datetime) -> Claim:
    """Fraud or a fault came out after the payment: the bank owes it back. Named faults cost their part, none the whole."""
    claim = locked(claim)
    require_move(claim, "claw_back")
    require(policies.may_claw_back(by, claim))
    require_note(note)
    due = min(still_missing(claim), claim.paid_amount - _deserved(claim, faults))
    recovery = _owed_back(claim, RecoveryKind.CLAWBACK, due, by=by, at=at)
    enter(claim, "claw_back", by=by, at=at, claw_back_note=note[:300])
    release_reserved(claim, by=by, at=at)
    post_recovery(recovery, "claim_clawed_back", postings.clawback(book_of(claim), recovery.fund_amount), by=by, at=at)
    leave_trace("compensation.claw_back", claim, by=by, at=at, note=note, amount=due)
    tell_bank(claim, _("补偿资金须退回"), at=at)
    return claim


def still_missing(claim: Claim) -> Decimal:
    """What the fund has paid for the claim and not got back, or been promised back."""
    back = Recovery.objects.filter(claim=claim).values_list("fund_amount", flat=True)
    missing: Decimal = claim.paid_amount - sum(back, ZERO)
    return missing


def _deserved(claim: Claim, faults: Collection[str]) -> Decimal:
    """What the fund would have paid with these faults, on the facts the claim was computed by."""
    if not faults or not claim.facts:
        return ZERO
    loan, pool = queries.thaw(claim.facts["loan"]), queries.thaw(claim.facts["pool"])
    try:
        found = sharing.compute(clauses_of(claim), loan, pool=pool, faults=sorted({*claim.faults, *faults}))
    except (KeyError, ValueError) as error:
        raise UnknownFault from error
    deserved: Decimal = min(found.fund_amount, claim.paid_amount)
    return deserved


def _owed_back(claim: Claim, kind: RecoveryKind, amount: Decimal, *, by: User, at: datetime) -> Recovery:
    """The bank owes ``amount`` to the fund: its payers have it back, and the bank has borne that much more."""
    if amount <= 0:
        raise NothingToGiveBack
    day = timezone.localdate(at)
    held = [Share.of(row) for row in claim.shares]
    fund = [share for share in held if share.side == Side.FUND]
    parts = split(amount, [share.amount for share in fund])
    got = [Share(share.code, share.name, share.side, part) for share, part in zip(fund, parts, strict=True)]
    bank = next(share for share in held if share.side == Side.BANK)
    rows = [*got, Share(bank.code, bank.name, bank.side, -amount)]
    return Recovery.objects.create(
        claim=claim,
        kind=kind,
        reference=f"{kind}-{claim.number}-{claim.recoveries.count() + 1}",
        recovered_on=day,
        gross_amount=amount,
        cost_amount=ZERO,
        fund_amount=amount,
        bank_amount=ZERO,
        shares=[share.as_json() for share in rows],
        remit_by=sharing.remit_by(clauses_of(claim), day),
        reported_at=at,
        reported_by=by,
    )
