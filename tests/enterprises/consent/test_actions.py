import datetime as dt
import itertools
import uuid
from collections.abc import Callable
from typing import Any

import pgtrigger
import pytest
from django.db import ProgrammingError, transaction

from enterprises.consent import actions, gate, signing
from enterprises.consent.models import Authorization, AuthorizedItem, DisputedRecord, FairUse, Purpose
from enterprises.consent.states import AuthorizationState as S
from enterprises.evaluation import queries as evaluation
from enterprises.models import Member
from institutions.models import Institution
from institutions.states import InstitutionState
from portal.accounts.models import User
from portal.accounts.roles import EnterpriseRole, OfficerRole, StaffRole
from portal.audit.models import AuditEvent
from portal.documents.models import IssuedDocument
from portal.messages.models import Message
from portal.refusals import NotPermitted, Refusal
from portal.transitions import IllegalMove
from tests.factories import (
    AuthorizationFactory,
    InstitutionFactory,
    MemberFactory,
    OfficerFactory,
    StaffPostFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]

Grant = Callable[..., Authorization]


@pytest.fixture
def member() -> Member:
    return MemberFactory()


@pytest.fixture
def bank() -> Institution:
    return InstitutionFactory()


@pytest.fixture
def grant(member: Member, bank: Institution, now: dt.datetime) -> Grant:
    """Sign a sound consent; a test names what differs."""

    def sign(**changes: Any) -> Authorization:
        terms: dict[str, Any] = {
            "member": member,
            "institution": bank,
            "purpose_code": "loan_approval",
            "items": {"TX_RATING": "detail", "SF_INSURED": "summary"},
            "fetch_kind": "periodic",
            "frequency": (10, "month"),
            "ends_at": now + dt.timedelta(days=90),
            "data_months": 24,
            "submission_key": uuid.uuid4(),
            "at": now,
        }
        return actions.grant(**(terms | changes))

    return sign


# --- Granting -----------------------------------------------------------------------------------------------------------


def test_grant_signs_the_terms_and_takes_force_at_once(grant: Grant, member: Member, now: dt.datetime) -> None:
    authorization = grant()

    assert (authorization.state, authorization.granted_at, authorization.granted_by) == (S.GRANTED, now, member.user)
    assert (authorization.signer_role, authorization.signature_scheme.partition(":")[0]) == (
        "legal_representative",
        "software-sm2-sm3",
    )
    assert (authorization.data_from, authorization.data_until) == (dt.date(2024, 11, 20), dt.date(2027, 2, 18))
    assert {item.item_code: item.mode for item in authorization.items.all()} == {
        "TX_RATING": "detail",
        "SF_INSURED": "summary",
    }
    assert signing.is_genuine(authorization)


def test_grant_leaves_one_audit_event(grant: Grant) -> None:
    authorization = grant()

    event = AuditEvent.objects.get(subject_kind="consent.authorization")
    assert (event.verb, event.subject_id, event.enterprise_id) == (
        "authorization.grant",
        str(authorization.pk),
        authorization.enterprise_id,
    )


def test_the_purpose_is_kept_in_the_words_that_were_shown(grant: Grant) -> None:
    authorization = grant()
    Purpose.objects.filter(code="loan_approval").update(text="后来改过的文字")

    authorization.refresh_from_db()

    assert authorization.purpose_text.startswith("用于审核本企业向该机构提出的贷款申请")
    assert signing.is_genuine(authorization)


def test_the_same_form_sent_twice_gives_one_consent(grant: Grant) -> None:
    key = uuid.uuid4()

    assert grant(submission_key=key) == grant(submission_key=key)
    assert Authorization.objects.count() == 1


def test_grant_refuses_a_key_of_another_firm(grant: Grant) -> None:
    first = grant()

    with pytest.raises(actions.KeyOfAnother):
        grant(member=MemberFactory(), submission_key=first.submission_key)

    assert Authorization.objects.get() == first


def test_grant_for_approval_makes_the_full_grade_and_other_purposes_do_not(grant: Grant) -> None:
    approval, post_loan = grant(), grant(purpose_code="post_loan", frequency=(5, "month"), parent=("loan", 3))

    assert evaluation.full_grade(approval.pk) is not None
    assert evaluation.full_grade(post_loan.pk) is None


@pytest.mark.parametrize(
    ("changes", "refusal", "words"),
    [
        ({"ends_at_days": 181}, actions.TooLong, "180 天"),
        ({"frequency": (31, "month")}, actions.TooOften, "每自然月最多 30 次"),
        ({"frequency": (1, "hour")}, actions.TooOften, "每自然月最多 30 次"),
        ({"data_life": (4, "year")}, actions.KeptTooLong, "3 年"),
        ({"data_life": (0, "day")}, actions.EmptySpan, "至少 1 天"),
        ({"fetch_kind": "once"}, actions.TooLong, "31 天"),
        ({"purpose_code": "post_loan", "frequency": (1, "month")}, actions.WrongParent, "必须关联"),
        ({"parent": ("loan", None)}, actions.WrongParent, "必须关联"),
        ({"data_months": 37}, actions.TooFarBack, "36 个月"),
        ({"ends_at_days": 0}, actions.AlreadyEnded, "晚于现在"),
        ({"frequency": (0, "month")}, actions.EmptySpan, "至少 1 次"),
        ({"data_months": 0}, actions.EmptySpan, "至少 1 个月"),
        ({"items": {}}, actions.NothingAuthorized, "至少勾选一项"),
        ({"items": {"NO_SUCH_ITEM": "detail"}}, actions.UnknownItem, "不在目录中"),
        ({"items": {"TX_RATING": "everything"}}, actions.UnknownItem, "使用方式有误"),
        ({"purpose_code": "marketing"}, actions.UnknownPurpose, "没有这种授权用途"),
    ],
)
def test_grant_refuses_what_the_purpose_does_not_bear_and_says_which_bound(
    changes: dict[str, Any], refusal: type[Refusal], words: str, grant: Grant, now: dt.datetime
) -> None:
    if "ends_at_days" in changes:
        changes = {"ends_at": now + dt.timedelta(days=changes["ends_at_days"])}

    with pytest.raises(refusal) as caught:
        grant(**changes)

    assert words in str(caught.value)
    assert Authorization.objects.count() == 0


def test_grant_accepts_exactly_the_bounds(grant: Grant, now: dt.datetime) -> None:
    authorization = grant(
        ends_at=now + dt.timedelta(days=180), frequency=(30, "month"), data_months=36, data_life=(36, "month")
    )

    assert authorization.state == S.GRANTED


def test_grant_refuses_a_viewer(grant: Grant) -> None:
    with pytest.raises(NotPermitted):
        grant(member=MemberFactory(role=EnterpriseRole.VIEWER))


def test_grant_refuses_an_institution_that_is_not_admitted(grant: Grant) -> None:
    with pytest.raises(actions.GranteeNotAdmitted):
        grant(institution=InstitutionFactory(state=InstitutionState.SUSPENDED))


# --- What is signed stays ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"ends_at": dt.datetime(2030, 1, 1, tzinfo=dt.UTC)},
        {"uses_per_unit": 999},
        {"frequency_unit": "hour"},
        {"data_life": 99},
        {"signing_proof": "webauthn"},
        {"purpose_text": "任何用途"},
        {"data_from": dt.date(2000, 1, 1)},
        {"fetch_kind": "once"},
        {"digest": "f" * 64},
        {"signature": "forged"},
        {"granted_at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)},
    ],
)
def test_the_database_refuses_to_change_signed_terms(change: dict[str, Any], grant: Grant) -> None:
    authorization = grant()

    with pytest.raises(ProgrammingError, match="signed_terms_are_frozen"), transaction.atomic():
        Authorization.objects.filter(pk=authorization.pk).update(**change)


def test_the_database_refuses_to_add_or_change_items_of_a_signed_consent(grant: Grant) -> None:
    authorization = grant()

    with pytest.raises(Exception, match="do not change"), transaction.atomic():
        AuthorizedItem.objects.create(authorization=authorization, item_code="TX_PAYMENT", mode="detail")
    with pytest.raises(ProgrammingError, match="append_only"), transaction.atomic():
        authorization.items.update(mode="detail")
    with pytest.raises(ProgrammingError, match="append_only"), transaction.atomic():
        AuthorizedItem.objects.filter(authorization=authorization)._raw_delete("default")


def test_the_database_refuses_to_delete_a_consent_or_to_revive_one(
    grant: Grant, member: Member, now: dt.datetime
) -> None:
    authorization = grant()
    actions.revoke(authorization=authorization, member=member, at=now)

    with pytest.raises(ProgrammingError, match="never_deleted"), transaction.atomic():
        Authorization.objects.filter(pk=authorization.pk)._raw_delete("default")
    with pytest.raises(ProgrammingError, match="an_ended_consent_stays_ended"), transaction.atomic():
        Authorization.objects.filter(pk=authorization.pk).update(state=S.GRANTED)


def test_a_forged_item_is_found_by_the_signature(grant: Grant) -> None:
    authorization = grant()

    with pgtrigger.ignore("consent.AuthorizedItem:append_only"):  # what somebody with every right could do
        authorization.items.filter(item_code="SF_INSURED").update(mode="detail")

    assert not signing.is_genuine(Authorization.objects.get(pk=authorization.pk))


# --- Moves --------------------------------------------------------------------------------------------------------------

VERBS = {
    "decline": (actions.decline, {S.REQUESTED}),
    "pause": (actions.pause, {S.GRANTED}),
    "resume": (actions.resume, {S.PAUSED}),
    "revoke": (actions.revoke, {S.GRANTED, S.PAUSED}),
    "agree": (actions.agree, {S.REQUESTED}),
}
ILLEGAL = [(verb, state) for verb, state in itertools.product(VERBS, S) if state not in VERBS[verb][1]]
TARGETS = {"decline": S.DECLINED, "pause": S.PAUSED, "resume": S.GRANTED, "revoke": S.REVOKED, "agree": S.GRANTED}


@pytest.mark.parametrize(("verb", "state"), [(verb, state) for verb in VERBS for state in sorted(VERBS[verb][1])])
def test_the_firm_moves_its_consent(verb: str, state: str, member: Member, now: dt.datetime) -> None:
    authorization = AuthorizationFactory(member=member, state=state)

    moved = VERBS[verb][0](authorization=authorization, member=member, at=now)

    assert moved.state == TARGETS[verb]
    assert AuditEvent.objects.filter(subject_id=str(authorization.pk)).count() == 1


@pytest.mark.parametrize(("verb", "state"), ILLEGAL)
def test_an_illegal_move_is_refused_and_leaves_nothing(verb: str, state: str, member: Member, now: dt.datetime) -> None:
    authorization = AuthorizationFactory(member=member, state=state)

    with pytest.raises(IllegalMove) as refused:
        VERBS[verb][0](authorization=authorization, member=member, at=now)

    assert refused.value.code == f"{verb}_of_{state}"

    authorization.refresh_from_db()
    assert authorization.state == state
    assert AuditEvent.objects.count() == 4  # the scorecards of the catalogue, put in force


@pytest.mark.parametrize("verb", VERBS)
def test_a_member_of_another_firm_moves_nothing(verb: str, now: dt.datetime) -> None:
    authorization = AuthorizationFactory(state=min(VERBS[verb][1]))

    with pytest.raises(NotPermitted):
        VERBS[verb][0](authorization=authorization, member=MemberFactory(), at=now)


def test_revoke_ends_the_grade_voids_the_letter_and_tells_the_bank(
    grant: Grant, member: Member, bank: Institution, now: dt.datetime
) -> None:
    officer, authorization = OfficerFactory(institution=bank), grant()
    letter = actions.letter(authorization=authorization, by=member.user, at=now)

    actions.revoke(authorization=authorization, member=member, at=now)

    letter.refresh_from_db()
    assert evaluation.full_grade(authorization.pk) is None
    assert letter.revoked_at == now
    assert Message.objects.filter(recipient=officer.user, subject__contains="撤回了授权").count() == 1


def test_the_letter_is_issued_once(grant: Grant, member: Member, now: dt.datetime) -> None:
    authorization = grant()

    first = actions.letter(authorization=authorization, by=member.user, at=now)

    assert actions.letter(authorization=authorization, by=member.user, at=now + dt.timedelta(days=1)) == first
    assert IssuedDocument.objects.count() == 1


def test_expire_due_ends_what_is_over_and_nothing_else(now: dt.datetime) -> None:
    over = [AuthorizationFactory(state=state, ends_at=now) for state in (S.REQUESTED, S.GRANTED, S.PAUSED)]
    AuthorizationFactory(ends_at=now + dt.timedelta(seconds=1))
    AuthorizationFactory(state=S.REVOKED, ends_at=now)

    assert actions.expire_due(at=now, size=2) == 3
    assert set(Authorization.objects.filter(state=S.EXPIRED)) == set(over)


# --- Asking -------------------------------------------------------------------------------------------------------------


def ask(now: dt.datetime, **changes: Any) -> Authorization:
    terms: dict[str, Any] = {
        "officer": OfficerFactory(),
        "enterprise": MemberFactory().enterprise,
        "purpose_code": "post_loan",
        "items": {"TX_PAYMENT": "summary"},
        "fetch_kind": "periodic",
        "frequency": (2, "month"),
        "ends_at": now + dt.timedelta(days=365),
        "data_months": 12,
        "parent": ("loan", 3),
        "submission_key": uuid.uuid4(),
        "at": now,
    }
    return actions.request(**(terms | changes))


def test_a_bank_asks_and_the_firm_agrees(member: Member, now: dt.datetime) -> None:
    authorization = ask(now, enterprise=member.enterprise)
    assert (authorization.state, authorization.signature) == (S.REQUESTED, "")
    assert Message.objects.get(recipient=member.user).link == f"/enterprise/authorizations/{authorization.pk}/"

    agreed = actions.agree(authorization=authorization, member=member, at=now + dt.timedelta(hours=1))

    assert (agreed.state, agreed.granted_by, signing.is_genuine(agreed)) == (S.GRANTED, member.user, True)


def test_an_unanswered_request_opens_nothing(now: dt.datetime) -> None:
    officer = OfficerFactory()
    authorization = ask(now, officer=officer)

    with pytest.raises(gate.NotYetGranted):
        gate.open_file(authorization_id=authorization.pk, officer=officer, door="page", at=now)


def test_a_request_whose_time_is_over_cannot_be_agreed_to(member: Member, now: dt.datetime) -> None:
    authorization = ask(now, enterprise=member.enterprise)

    with pytest.raises(actions.AlreadyEnded):
        actions.agree(authorization=authorization, member=member, at=now + dt.timedelta(days=365))


def test_a_request_sent_twice_is_one_request(now: dt.datetime) -> None:
    key, officer, enterprise = uuid.uuid4(), OfficerFactory(), MemberFactory().enterprise

    first = ask(now, submission_key=key, officer=officer, enterprise=enterprise)

    assert ask(now, submission_key=key, officer=officer, enterprise=enterprise) == first


def test_ask_refuses_a_key_of_another_bank_or_firm(now: dt.datetime) -> None:
    key, officer, enterprise = uuid.uuid4(), OfficerFactory(), MemberFactory().enterprise
    first = ask(now, submission_key=key, officer=officer, enterprise=enterprise)

    for sender in ({"enterprise": enterprise}, {"officer": officer}):
        with pytest.raises(actions.KeyOfAnother):
            ask(now, submission_key=key, **sender)

    assert Authorization.objects.get() == first


def test_officers_who_do_not_lend_may_not_ask(now: dt.datetime) -> None:
    with pytest.raises(NotPermitted):
        ask(now, officer=OfficerFactory(role=OfficerRole.PRODUCT_MANAGER))


# --- Bounds and marks -----------------------------------------------------------------------------------------------------


@pytest.fixture
def watcher() -> User:
    return StaffPostFactory(role=StaffRole.SECURITY_ADMINISTRATOR).user


def test_staff_tighten_the_bounds_of_a_purpose(grant: Grant, watcher: User, now: dt.datetime) -> None:
    row = FairUse.objects.get(purpose__code="loan_approval", fetch_kind="")

    actions.set_fair_use(row=row, max_days=30, by=watcher, at=now)

    with pytest.raises(actions.TooLong) as refused:
        grant()
    assert (refused.value.code, refused.value.status) == ("above_max_period", 412)
    assert AuditEvent.objects.filter(verb="fair_use.set").count() == 1


def test_a_row_for_one_bank_and_item_wins_over_the_row_of_the_purpose(
    grant: Grant, bank: Institution, watcher: User, now: dt.datetime
) -> None:
    key = {"purpose": Purpose.objects.get(code="loan_approval"), "institution": bank, "item_code": "TX_RATING"}
    actions.set_fair_use(row=FairUse(), **key, max_mode="verify", by=watcher, at=now)

    with pytest.raises(actions.TooMuchShown) as refused:
        grant()

    assert ("核验" in str(refused.value), refused.value.status) == (True, 412)
    assert grant(institution=InstitutionFactory()).state == S.GRANTED
    assert grant(items={"TX_RATING": "verify"}).state == S.GRANTED


def test_bounds_are_set_by_the_security_office_only(now: dt.datetime) -> None:
    row = FairUse.objects.get(purpose__code="post_loan")

    with pytest.raises(NotPermitted):
        actions.set_fair_use(row=row, max_days=1, by=StaffPostFactory().user, at=now)


@pytest.mark.parametrize(
    "values",
    [{"max_days": 0}, {"max_uses": None}, {"data_life_unit": ""}, {"max_uses": -1}],
)
def test_a_row_that_makes_no_sense_is_refused(values: dict[str, Any], watcher: User, now: dt.datetime) -> None:
    with pytest.raises(actions.BoundTooSmall):
        actions.set_fair_use(row=FairUse.objects.get(purpose__code="post_loan"), **values, by=watcher, at=now)


def test_a_row_that_says_nothing_is_refused(watcher: User, now: dt.datetime) -> None:
    with pytest.raises(actions.BoundTooSmall):
        actions.set_fair_use(row=FairUse(item_code="TX_RATING"), by=watcher, at=now)


def test_a_second_row_of_the_same_key_is_refused(watcher: User, now: dt.datetime) -> None:
    purpose = Purpose.objects.get(code="post_loan")

    with pytest.raises(actions.BoundExists):
        actions.set_fair_use(row=FairUse(), purpose=purpose, max_days=3, by=watcher, at=now)


def test_loading_the_purposes_again_keeps_the_bounds_staff_have_set() -> None:
    FairUse.objects.filter(purpose__code="post_loan").update(max_days=7)

    assert actions.load_purposes() == 0
    assert FairUse.objects.get(purpose__code="post_loan").max_days == 7


def test_a_record_is_marked_once_and_the_mark_is_lifted(member: Member, now: dt.datetime) -> None:
    for _ in range(2):
        actions.mark_disputed(enterprise_id=member.enterprise_id, item_code="AP_PENALTY", record_id=5, at=now)
    assert DisputedRecord.objects.filter(lifted_at=None).count() == 1

    actions.lift_mark(item_code="AP_PENALTY", record_id=5, at=now)

    assert DisputedRecord.objects.get().lifted_at == now
