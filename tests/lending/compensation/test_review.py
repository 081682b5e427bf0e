import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.transaction import atomic

from institutions.models import Officer
from lending.compensation import actions, queries
from lending.compensation.actions.moving import AmountHasChanged, NoteMissing, SameOfficer
from lending.compensation.models import Claim
from lending.compensation.states import CLAIM_MOVES, ClaimState
from lending.ledger import queries as ledger
from lending.ledger.models import Entry
from portal.accounts.models import StaffPost, User
from portal.accounts.roles import StaffRole
from portal.audit.models import AuditEvent
from portal.messages.models import Message
from portal.refusals import NotPermitted, Refusal
from portal.transitions import IllegalMove
from tests.factories import ClaimFactory, EnrolmentFactory, FundFactory, SchemeFactory, StaffPostFactory

WAN_20 = Decimal("200000.00")
REVIEW: dict[str, Callable[..., Claim]] = {
    "check": actions.check_claim,
    "return": actions.return_claim,
    "approve": actions.approve_claim,
    "refuse": actions.refuse_claim,
    "pay": actions.pay_claim,
    "close": actions.close_claim,
}


def standing(claim: Claim) -> queries.FundStanding:
    return queries.standing(claim.enrolment.scheme.fund)


# --- The way to payment ---------------------------------------------------------------------------------------------------


def test_check_stamps_the_checker_and_tells_the_approver(
    filed: Claim, checker: User, approver: User, now: dt.datetime
) -> None:
    claim = actions.check_claim(claim=filed, note="材料齐全", by=checker, at=now)

    assert (claim.state, claim.checked_by, claim.check_note) == ("checked", checker, "材料齐全")
    assert Message.objects.filter(recipient=approver).count() == 1


def test_approve_reserves_the_money_and_stores_what_the_fund_had(approved: Claim) -> None:
    now_in_fund = standing(approved)

    assert (now_in_fund.available, now_in_fund.reserved, now_in_fund.paid) == (
        Decimal("9800000.00"),
        WAN_20,
        Decimal("0.00"),
    )
    assert approved.computation[-1]["clause"] == "FundRoom"
    assert approved.computation[-1]["figures"]["可用余额"] == "1,000万元"


def test_pay_spends_what_was_reserved_and_the_books_stay_balanced(paid: Claim) -> None:
    now_in_fund = standing(paid)

    assert (paid.state, paid.pay_note) == ("paid", "拨付凭证 2026-001")
    assert (now_in_fund.available, now_in_fund.reserved, now_in_fund.paid) == (
        Decimal("9800000.00"),
        Decimal("0.00"),
        WAN_20,
    )
    assert ledger.trial_balance().is_sound


def test_every_step_leaves_exactly_one_trace(paid: Claim) -> None:
    verbs = AuditEvent.objects.filter(subject_kind="compensation.claim").order_by("pk").values_list("verb", flat=True)

    assert list(verbs) == ["compensation.file", "compensation.check", "compensation.approve", "compensation.pay"]


def test_the_bank_hears_of_the_approval_and_the_payment(paid: Claim, officer: Officer) -> None:
    heard = Message.objects.filter(recipient=officer.user).order_by("pk").values_list("subject", flat=True)

    assert list(heard) == [f"补偿申请已审定 {paid.number}", f"补偿资金已拨付 {paid.number}"]


# --- Three officers -------------------------------------------------------------------------------------------------------


def with_posts(user: User, *roles: str) -> User:
    for role in roles:
        StaffPostFactory(user=user, role=role)
    return User.objects.get(pk=user.pk)


def test_the_checker_may_not_approve(checked: Claim, checker: User, now: dt.datetime) -> None:
    both = with_posts(checker, StaffRole.CLAIM_APPROVER)

    with pytest.raises(SameOfficer):
        actions.approve_claim(claim=checked, note="同意", by=both, at=now)


@pytest.mark.parametrize("before", ["checker", "approver"])
def test_neither_the_checker_nor_the_approver_may_pay(
    approved: Claim, before: str, request: pytest.FixtureRequest, now: dt.datetime
) -> None:
    both = with_posts(request.getfixturevalue(before), StaffRole.TREASURER)

    with pytest.raises(SameOfficer):
        actions.pay_claim(claim=approved, note="凭证", by=both, at=now)


@pytest.mark.parametrize(
    ("column", "constraint"),
    [
        ("approved_by_id", "nobody_approves_the_claim_they_checked"),
        ("paid_by_id", "nobody_pays_the_claim_they_checked_or_approved"),
    ],
)
def test_the_database_too_keeps_the_officers_apart(paid: Claim, column: str, constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE compensation_claim SET {column} = checked_by_id")


@pytest.mark.parametrize("verb", sorted(REVIEW))
def test_nobody_without_the_post_moves_a_claim(verb: str, now: dt.datetime, db: None) -> None:
    """Each verb is tried in a state it is legal from, by somebody with every right but the one it asks."""
    state = next(iter(CLAIM_MOVES[verb].sources))
    stamps: dict[str, Any] = {"checked_by": StaffPostFactory().user, "approved_by": StaffPostFactory().user}
    claim = ClaimFactory(state=state, **stamps, paid_by=StaffPostFactory().user)
    supervisor = StaffPostFactory(role=StaffRole.SUPERVISOR).user

    with pytest.raises(NotPermitted):
        REVIEW[verb](claim=claim, note="意见", by=supervisor, at=now)


def test_staff_of_another_region_may_not_check(filed: Claim, now: dt.datetime) -> None:
    elsewhere = StaffPostFactory(role=StaffRole.CLAIM_CHECKER, region_code="640300").user

    with pytest.raises(NotPermitted):
        actions.check_claim(claim=filed, note="", by=elsewhere, at=now)


def test_staff_of_the_firms_city_may_check(filed: Claim, now: dt.datetime) -> None:
    local = StaffPostFactory(role=StaffRole.CLAIM_CHECKER, region_code="640100").user

    assert actions.check_claim(claim=filed, note="", by=local, at=now).checked_by == local


# --- Refusals -------------------------------------------------------------------------------------------------------------


ILLEGAL = [
    (verb, state) for verb in sorted(REVIEW) for state in ClaimState.values if not CLAIM_MOVES.allows(verb, state)
]


@pytest.mark.parametrize(("verb", "state"), ILLEGAL)
def test_a_verb_from_a_state_it_does_not_lead_from_is_refused(
    verb: str, state: str, now: dt.datetime, db: None
) -> None:
    posts = (StaffRole.CLAIM_CHECKER, StaffRole.CLAIM_APPROVER, StaffRole.TREASURER)
    everything = with_posts(StaffPostFactory().user, *posts)
    stamps = {"checked_by": StaffPostFactory().user, "approved_by": StaffPostFactory().user}
    claim = ClaimFactory(state=state, **stamps, paid_by=StaffPostFactory().user)

    with pytest.raises(IllegalMove):
        REVIEW[verb](claim=claim, note="意见", by=everything, at=now)


def test_approve_defers_what_the_fund_cannot_bear_and_says_what_is_missing(
    checked: Claim, approver: User, now: dt.datetime
) -> None:
    poor = FundFactory(deposited="199999.99")
    checked.enrolment.scheme = SchemeFactory(fund=poor)
    checked.enrolment.save(update_fields=["scheme"])

    claim = actions.approve_claim(claim=checked, note="同意", by=approver, at=now)

    assert "资金池可用余额不足:可用199,999.99元,本次需20万元" in claim.deferral_note
    assert (claim.state, standing(claim).reserved) == ("deferred", Decimal("0.00"))


@pytest.mark.parametrize(("step", "verb"), [("filed", "check"), ("checked", "approve"), ("approved", "pay")])
def test_a_step_refuses_when_the_debtor_has_paid_since_the_claim_was_filed(
    step: str, verb: str, request: pytest.FixtureRequest, staff: dict[str, User], now: dt.datetime
) -> None:
    claim = request.getfixturevalue(step)
    loan = claim.enrolment.loan
    loan.principal_balance = Decimal("499999.99")
    loan.save(update_fields=["principal_balance"])

    with pytest.raises(AmountHasChanged):
        REVIEW[verb](claim=claim, note="意见", by=staff[verb], at=now)


@pytest.mark.parametrize(("step", "verb"), [("filed", "return"), ("filed", "refuse"), ("approved", "pay")])
def test_a_decision_that_needs_words_is_refused_without(
    step: str, verb: str, request: pytest.FixtureRequest, staff: dict[str, User], now: dt.datetime
) -> None:
    with pytest.raises(NoteMissing):
        REVIEW[verb](claim=request.getfixturevalue(step), note=" ", by=staff[verb], at=now)


# --- Back to the bank -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["return", "refuse"])
def test_turning_down_an_approved_claim_releases_what_was_reserved(
    approved: Claim, verb: str, now: dt.datetime
) -> None:
    claim = REVIEW[verb](
        claim=approved, note="发现材料有误", by=StaffPostFactory(role=StaffRole.CLAIM_APPROVER).user, at=now
    )

    assert (standing(claim).available, standing(claim).reserved) == (Decimal("10000000.00"), Decimal("0.00"))
    assert claim.state == {"return": "returned", "refuse": "refused"}[verb]


def test_whoever_had_a_claim_in_one_round_has_none_of_the_next(
    approved: Claim, officer: Officer, staff: dict[str, User], now: dt.datetime
) -> None:
    other = StaffPostFactory(role=StaffRole.CLAIM_APPROVER).user
    claim = actions.return_claim(claim=approved, note="发现材料有误", by=other, at=now)
    corrected = {"legal_step": "judged", "statement": "已更正", "evidence": None}
    claim = actions.refile_claim(claim=claim, officer=officer, at=now, **corrected)

    with pytest.raises(SameOfficer):
        actions.check_claim(claim=claim, note="", by=staff["check"], at=now)


def test_a_second_round_reserves_and_pays_on_its_own(
    approved: Claim, officer: Officer, staff: dict[str, User], now: dt.datetime
) -> None:
    other = StaffPostFactory(role=StaffRole.CLAIM_APPROVER).user
    claim = actions.return_claim(claim=approved, note="材料有误", by=other, at=now)
    corrected = {"legal_step": "judged", "statement": "已更正", "evidence": None}
    claim = actions.refile_claim(claim=claim, officer=officer, at=now, **corrected)
    checker, approver = (
        StaffPostFactory(role=role).user for role in (StaffRole.CLAIM_CHECKER, StaffRole.CLAIM_APPROVER)
    )
    for verb, by in (("check", checker), ("approve", approver), ("pay", staff["pay"])):
        claim = REVIEW[verb](claim=claim, note="凭证 2", by=by, at=now)

    assert (standing(claim).paid, standing(claim).reserved) == (WAN_20, Decimal("0.00"))
    subjects = Entry.objects.filter(subject__startswith="claim:").order_by("pk").values_list("event", "subject")
    assert [(event, subject.partition("/")[2]) for event, subject in subjects] == [
        ("claim_approved", "1"),
        ("claim_released", "1"),
        ("claim_approved", "2"),
        ("claim_paid", "2/1"),
    ]


def test_a_refused_claim_lets_the_bank_file_anew(
    filed: Claim, checker: User, file_claim: Callable[..., Claim], now: dt.datetime
) -> None:
    actions.refuse_claim(claim=filed, note="不属于补偿范围", by=checker, at=now)

    assert file_claim().state == "filed"


def test_the_reason_reaches_the_bank(filed: Claim, checker: User, officer: Officer, now: dt.datetime) -> None:
    claim = actions.refuse_claim(claim=filed, note="不属于补偿范围", by=checker, at=now)

    assert claim.refusal_note == "不属于补偿范围"
    assert Message.objects.filter(recipient=officer.user, subject__startswith="补偿申请未获通过").exists()


# --- Constraints ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"bank_amount": Decimal("300000.01")}, "a_loss_is_shared_to_the_fen"),
        ({"fund_amount": Decimal("-1.00"), "bank_amount": Decimal("500001.00")}, "a_loss_is_shared_to_the_fen"),
        ({"state": "dreaming"}, "a_claim_is_in_a_known_state"),
        ({"legal_step": "dreaming"}, "a_claim_names_its_legal_step"),
        ({"recovered_amount": Decimal("500000.01")}, "a_claim_recovers_at_most_its_loss"),
        ({"state": "approved"}, "an_approved_claim_was_checked"),
    ],
)
def test_the_database_refuses_a_claim_that_contradicts_itself(
    change: dict[str, Any], constraint: str, db: None
) -> None:
    with pytest.raises(IntegrityError, match=constraint), atomic():
        ClaimFactory(**change)


def test_the_database_refuses_a_paid_claim_without_a_payer(approved: Claim) -> None:
    with pytest.raises(IntegrityError, match="a_paid_claim_names_who_paid"), atomic():
        Claim.objects.filter(pk=approved.pk).update(state="paid")


def test_the_database_refuses_two_live_claims_for_one_enrolment(filed: Claim) -> None:
    with pytest.raises(IntegrityError, match="one_live_claim_per_enrolment"), atomic():
        ClaimFactory(enrolment=filed.enrolment)


def test_the_database_refuses_two_live_enrolments_for_one_loan(filed: Claim) -> None:
    with pytest.raises(IntegrityError, match="one_live_enrolment_per_loan"), atomic():
        EnrolmentFactory(loan=filed.enrolment.loan)


# --- Who sees it ----------------------------------------------------------------------------------------------------------


def test_a_claim_is_seen_by_its_bank_and_by_staff_of_its_region_only(filed: Claim, officer: Officer) -> None:
    viewers = {
        "the bank": officer.user,
        "another bank": EnrolmentFactory().loan.signed_by,
        "the province": StaffPostFactory(role=StaffRole.SUPERVISOR).user,
        "its city": StaffPostFactory(role=StaffRole.CLAIM_CHECKER, region_code="640100").user,
        "another city": StaffPostFactory(role=StaffRole.CLAIM_CHECKER, region_code="640300").user,
        "another desk": StaffPostFactory(role=StaffRole.DATA_STEWARD).user,
    }

    seen = {name for name, user in viewers.items() if Claim.objects.visible_to(user).filter(pk=filed.pk).exists()}

    assert seen == {"the bank", "the province", "its city"}


def test_an_ended_post_sees_and_may_nothing(filed: Claim, checker: User, now: dt.datetime) -> None:
    StaffPost.objects.filter(user=checker).update(ended_at=now)
    former = User.objects.get(pk=checker.pk)

    with pytest.raises(Refusal):
        actions.check_claim(claim=filed, note="", by=former, at=now)

    assert not Claim.objects.visible_to(former).exists()
