import datetime as dt
from typing import Any

import pytest

from enterprises.consent import gate
from enterprises.consent.models import AccessRecord, Authorization, FetchKind
from enterprises.consent.states import AuthorizationState
from enterprises.models import Enterprise, Member
from institutions.models import Officer
from institutions.states import InstitutionState
from portal.accounts.roles import OfficerRole, StaffRole
from portal.audit.models import AuditEvent
from tests.enterprises.records import keep
from tests.factories import (
    AuthorizationFactory,
    EnterpriseFactory,
    InstitutionFactory,
    MemberFactory,
    OfficerFactory,
    StaffPostFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


@pytest.fixture
def officer() -> Officer:
    return OfficerFactory()


def consent(officer: Officer, **terms: Any) -> Authorization:
    return AuthorizationFactory(institution=officer.institution, **terms)


def look(authorization: Authorization, officer: Officer, at: dt.datetime, door: str = "page") -> gate.CreditFile:
    return gate.open_file(
        authorization_id=authorization.pk, officer=officer, door=door, parent=("application", 7), at=at
    )


def texts(file: gate.CreditFile) -> str:
    """Every word that leaves the gate."""
    return repr(file)


# --- What is recorded ---------------------------------------------------------------------------------------------------


def test_an_allowed_look_leaves_one_record_with_who_what_why(officer: Officer, now: dt.datetime) -> None:
    authorization = consent(officer, items={"TX_RATING": "detail", "MR_BASIC": "verify"})

    look(authorization, officer, now)

    record = AccessRecord.objects.get()
    assert (record.enterprise_id, record.institution_id) == (authorization.enterprise_id, officer.institution_id)
    assert (record.actor_id, record.actor_role, record.purpose) == (officer.user_id, "信贷员", "贷款审批")
    assert (record.authorization_id, record.item_codes, record.mode) == (
        authorization.pk,
        ["MR_BASIC", "TX_RATING"],
        "detail",
    )
    assert (record.is_allowed, record.door, record.parent_kind, record.parent_id) == (True, "page", "application", 7)


def test_a_look_counts_as_one_use(officer: Officer, now: dt.datetime) -> None:
    authorization = consent(officer)

    look(authorization, officer, now)
    look(authorization, officer, now)

    authorization.refresh_from_db()
    assert (authorization.use_count, authorization.last_used_at) == (2, now)


def test_without_a_record_no_data_leaves(officer: Officer, now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    authorization = consent(officer)

    def broken(**_values: Any) -> None:
        raise RuntimeError("the record cannot be written")

    monkeypatch.setattr(AccessRecord.objects, "create", broken)

    with pytest.raises(RuntimeError):
        look(authorization, officer, now)
    authorization.refresh_from_db()
    assert authorization.use_count == 0


# --- What is refused ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "refusal"),
    [
        (AuthorizationState.REQUESTED, gate.NotYetGranted),
        (AuthorizationState.DECLINED, gate.Declined),
        (AuthorizationState.PAUSED, gate.Paused),
        (AuthorizationState.REVOKED, gate.Revoked),
        (AuthorizationState.EXPIRED, gate.Expired),
        (AuthorizationState.USED_UP, gate.UsedUp),
    ],
)
def test_a_consent_that_is_not_granted_opens_nothing(
    state: str, refusal: type[gate.AccessRefused], officer: Officer, now: dt.datetime
) -> None:
    authorization = consent(officer, state=state)

    with pytest.raises(refusal):
        look(authorization, officer, now)

    record = AccessRecord.objects.get()
    assert (record.is_allowed, record.refusal_code) == (False, refusal.code)


@pytest.mark.parametrize("state", [s for s in AuthorizationState if s != AuthorizationState.GRANTED])
def test_every_state_but_granted_has_its_refusal(state: str) -> None:
    assert state in gate.BY_STATE


def test_an_unknown_consent_opens_nothing_and_is_audited(officer: Officer, now: dt.datetime) -> None:
    with pytest.raises(gate.AuthorizationNotFound):
        gate.open_file(authorization_id=999_999, officer=officer, door="page", at=now)

    assert AuditEvent.objects.filter(verb="file.refuse", actor_id=officer.user_id).count() == 1


def test_a_consent_given_to_another_institution_opens_nothing(officer: Officer, now: dt.datetime) -> None:
    authorization = AuthorizationFactory()

    with pytest.raises(gate.WrongInstitution):
        look(authorization, officer, now)

    assert AccessRecord.objects.get().institution_id == officer.institution_id


@pytest.mark.parametrize(
    ("moment", "refusal"),
    [
        (dt.timedelta(days=-2), gate.NotStarted),
        (dt.timedelta(days=364), gate.Expired),
        (dt.timedelta(days=400), gate.Expired),
    ],
)
def test_a_look_before_the_start_or_at_the_end_is_refused(
    moment: dt.timedelta, refusal: type[gate.AccessRefused], officer: Officer, now: dt.datetime
) -> None:
    authorization = consent(officer)

    with pytest.raises(refusal):
        look(authorization, officer, now + moment)


def test_the_bound_counts_allowed_looks_of_the_calendar_month(officer: Officer, now: dt.datetime) -> None:
    authorization = consent(officer, uses_per_unit=2)
    look(authorization, officer, now)
    look(authorization, officer, now)

    with pytest.raises(gate.OverFrequency) as refusal:
        look(authorization, officer, now + dt.timedelta(days=10))

    assert "2 次" in str(refusal.value)
    assert look(authorization, officer, now + dt.timedelta(days=11)).enterprise.name == authorization.enterprise.name


@pytest.mark.parametrize(
    ("unit", "last", "first"),
    [
        ("month", "2026-11-30T15:59:59+00:00", "2026-11-30T16:00:00+00:00"),
        ("day", "2026-11-25T15:59:59+00:00", "2026-11-25T16:00:00+00:00"),
        ("hour", "2026-11-25T02:59:59+00:00", "2026-11-25T03:00:00+00:00"),
        ("year", "2026-12-31T15:59:59+00:00", "2026-12-31T16:00:00+00:00"),
    ],
)
def test_a_new_calendar_unit_opens_at_the_stations_midnight_not_a_moment_before(
    unit: str, last: str, first: str, officer: Officer
) -> None:
    authorization = consent(officer, uses_per_unit=1, frequency_unit=unit)
    before, after = dt.datetime.fromisoformat(last), dt.datetime.fromisoformat(first)
    look(authorization, officer, before)

    with pytest.raises(gate.OverFrequency):
        look(authorization, officer, before)
    look(authorization, officer, after)
    with pytest.raises(gate.OverFrequency):  # a clock a little behind counts in the newer unit
        look(authorization, officer, before)

    authorization.refresh_from_db()
    assert (authorization.use_count, authorization.unit_uses) == (2, 1)


def test_a_consent_for_one_look_is_used_up_by_it(officer: Officer, now: dt.datetime) -> None:
    authorization = consent(officer, fetch_kind=FetchKind.ONCE)
    look(authorization, officer, now)

    with pytest.raises(gate.UsedUp):
        look(authorization, officer, now)

    authorization.refresh_from_db()
    assert (authorization.state, authorization.ended_at) == (AuthorizationState.USED_UP, now)


@pytest.mark.parametrize("role", [OfficerRole.PRODUCT_MANAGER, OfficerRole.ADMINISTRATOR])
def test_officers_who_do_not_lend_may_not_look(role: str, now: dt.datetime) -> None:
    officer = OfficerFactory(role=role)

    with pytest.raises(gate.OfficerMayNotLook):
        look(consent(officer), officer, now)


def test_officers_of_a_suspended_institution_may_not_look(now: dt.datetime) -> None:
    officer = OfficerFactory(institution=InstitutionFactory(state=InstitutionState.SUSPENDED))

    with pytest.raises(gate.OfficerMayNotLook):
        look(consent(officer), officer, now)


# --- What is shown ------------------------------------------------------------------------------------------------------


@pytest.fixture
def firm(now: dt.datetime) -> Enterprise:
    enterprise: Enterprise = EnterpriseFactory()
    keep(
        enterprise,
        "SF_INSURED",
        occurred_on=dt.date(2026, 9, 1),
        org_no="CANARY-NO-SHARE",
        ym="2026-09",
        insured_pension=17,
        insure_status="CANARY-AUTHORIZED",
    )
    return enterprise


@pytest.mark.parametrize(
    ("mode", "shown"),
    [
        ("detail", (True, [])),
        ("summary", (False, [("记录数", "1"), ("最近发生", "2026-09-01")])),
        ("verify", (False, [("是否有记录", "有")])),
        ("outcome", (False, [])),
    ],
)
def test_the_mode_decides_what_of_an_item_is_seen(
    mode: str, shown: tuple[bool, list[Any]], officer: Officer, firm: Enterprise, now: dt.datetime
) -> None:
    authorization = consent(officer, member=MemberFactory(enterprise=firm), items={"SF_INSURED": mode})

    file = look(authorization, officer, now)

    lines = [(line.label, line.text) for line in file.sections[0].lines]
    assert ("CANARY-AUTHORIZED" in texts(file), lines) == shown
    assert "CANARY-NO-SHARE" not in texts(file)


def test_an_item_outside_the_consent_is_not_there(officer: Officer, firm: Enterprise, now: dt.datetime) -> None:
    authorization = consent(officer, member=MemberFactory(enterprise=firm), items={"MR_BASIC": "detail"})

    file = look(authorization, officer, now)

    assert [section.code for section in file.sections] == ["MR_BASIC"]
    assert "CANARY" not in texts(file)


def test_records_of_another_firm_never_appear(officer: Officer, firm: Enterprise, now: dt.datetime) -> None:
    authorization = consent(officer, items={"SF_INSURED": "detail"})

    assert "CANARY" not in texts(look(authorization, officer, now))


def test_sums_are_of_amounts_only(officer: Officer, now: dt.datetime) -> None:
    enterprise = EnterpriseFactory()
    for month, due in (("2026-08-01", "1000.50"), ("2026-09-01", "2000.00")):
        day = dt.date.fromisoformat(month)
        keep(enterprise, "SF_PAYMENT", occurred_on=day, period_from=month, due_amount=due, insurance_type="CANARY")
    authorization = consent(officer, member=MemberFactory(enterprise=enterprise), items={"SF_PAYMENT": "summary"})

    file = look(authorization, officer, now)

    lines = {line.label: line.text for line in file.sections[0].lines}
    assert lines["记录数"] == "2"
    assert lines["应缴金额合计"] == "3,000.5 元"
    assert "CANARY" not in texts(file)


def test_periods_outside_the_span_agreed_to_are_left_out(officer: Officer, now: dt.datetime) -> None:
    enterprise = EnterpriseFactory()
    keep(enterprise, "SF_INSURED", occurred_on=dt.date(2020, 1, 1), ym="2020-01")
    keep(enterprise, "SF_INSURED", occurred_on=dt.date(2026, 1, 1), ym="2026-01")
    authorization = consent(officer, member=MemberFactory(enterprise=enterprise), items={"SF_INSURED": "detail"})

    file = look(authorization, officer, now)

    assert [row.occurred_on for row in file.sections[0].rows] == [dt.date(2026, 1, 1)]


def test_a_stale_record_and_a_disputed_one_are_marked(officer: Officer, now: dt.datetime) -> None:
    from enterprises.consent import actions

    enterprise = EnterpriseFactory()
    old = keep(enterprise, "MR_BASIC", received_at=now - dt.timedelta(days=90))
    actions.mark_disputed(enterprise_id=enterprise.pk, item_code="MR_BASIC", record_id=old, at=now)
    authorization = consent(officer, member=MemberFactory(enterprise=enterprise))

    (row,) = look(authorization, officer, now).sections[0].rows

    assert (row.is_stale, row.has_open_objection) == (True, True)


# --- The firm's own look, and staff ---------------------------------------------------------------------------------------


def test_the_firm_sees_everything_but_what_is_shared_with_nobody(firm: Enterprise, now: dt.datetime) -> None:
    member: Member = MemberFactory(enterprise=firm)

    file = gate.own_file(member=member, at=now)

    assert len(file.sections) == 37
    assert "CANARY-AUTHORIZED" in texts(file)
    assert "CANARY-NO-SHARE" not in texts(file)
    assert AccessRecord.objects.get().purpose == "信用信息自查"


def test_staff_look_for_a_reason_that_the_firm_can_read(firm: Enterprise, now: dt.datetime) -> None:
    steward = StaffPostFactory(role=StaffRole.DATA_STEWARD).user

    file = gate.staff_file(user=steward, enterprise=firm, reason="核对社保数据", at=now)

    record = AccessRecord.objects.get()
    assert "CANARY-AUTHORIZED" in texts(file)
    assert (record.actor_id, record.reason, record.institution_name) == (steward.pk, "核对社保数据", "自治区发展改革委")


@pytest.mark.parametrize(
    ("post", "reason", "refusal"),
    [
        ({"role": StaffRole.AUDITOR}, "核对社保数据", gate.StaffMayNotLook),
        ({"role": StaffRole.DATA_STEWARD, "region_code": "640300"}, "核对社保数据", gate.StaffMayNotLook),
        ({"role": StaffRole.DATA_STEWARD}, "看看", gate.ReasonMissing),
    ],
)
def test_staff_without_office_region_or_reason_see_nothing(
    post: dict[str, Any], reason: str, refusal: type[gate.AccessRefused], firm: Enterprise, now: dt.datetime
) -> None:
    user = StaffPostFactory(**post).user

    with pytest.raises(refusal):
        gate.staff_file(user=user, enterprise=firm, reason=reason, at=now)

    assert AccessRecord.objects.get().refusal_code == refusal.code


# --- Questions and facts --------------------------------------------------------------------------------------------------


def test_a_live_consent_is_found_by_firm_institution_and_purpose(officer: Officer, now: dt.datetime) -> None:
    authorization = consent(officer)
    asked: dict[str, Any] = {"enterprise_id": authorization.enterprise_id, "institution_id": officer.institution_id}

    assert gate.live_authorization(**asked, purpose_code="loan_approval", at=now) == authorization.pk
    assert gate.live_authorization(**asked, purpose_code="post_loan", at=now) is None
    assert gate.live_authorization(**asked, purpose_code="loan_approval", at=now + dt.timedelta(days=365)) is None


@pytest.mark.parametrize("state", [s for s in AuthorizationState if s != AuthorizationState.GRANTED])
def test_check_live_refuses_every_state_but_granted(state: str, officer: Officer, now: dt.datetime) -> None:
    authorization = consent(officer, state=state)

    with pytest.raises(gate.AuthorizationNotLive):
        gate.check_live(
            authorization_id=authorization.pk,
            enterprise_id=authorization.enterprise_id,
            institution_id=officer.institution_id,
            at=now,
        )


def test_check_live_asks_for_the_purpose_and_the_loan_it_is_told(officer: Officer, now: dt.datetime) -> None:
    authorization = consent(officer, parent_kind="loan", parent_id=3)
    known: dict[str, Any] = {
        "authorization_id": authorization.pk,
        "enterprise_id": authorization.enterprise_id,
        "institution_id": officer.institution_id,
        "at": now,
    }

    gate.check_live(**known, purpose_code="loan_approval", parent=("loan", 3))

    with pytest.raises(gate.AuthorizationNotLive):
        gate.check_live(**known, purpose_code="post_loan")
    with pytest.raises(gate.AuthorizationNotLive):
        gate.check_live(**known, parent=("loan", 4))


def test_check_live_refuses_the_consent_of_another_firm(officer: Officer, now: dt.datetime) -> None:
    authorization, other = consent(officer), EnterpriseFactory()
    asked: dict[str, Any] = {"authorization_id": authorization.pk, "institution_id": officer.institution_id, "at": now}

    gate.check_live(**asked, enterprise_id=authorization.enterprise_id)
    with pytest.raises(gate.AuthorizationNotLive):
        gate.check_live(**asked, enterprise_id=other.pk)


def test_matching_facts_hold_registry_features_and_grade(now: dt.datetime) -> None:
    from enterprises.credit.models import FeatureRow
    from enterprises.evaluation import actions as evaluation
    from tests.enterprises.evaluation.test_actions import CLEAN

    enterprise = EnterpriseFactory()
    FeatureRow.objects.create(enterprise=enterprise, refreshed_at=now, **CLEAN)
    evaluation.grade(enterprise_ids=None, kind="base", at=now)

    facts = gate.matching_facts(enterprise_id=enterprise.pk, at=now)

    assert (facts["county_code"], facts["kind"], facts["executed_open"]) == ("640104", "company", 0)
    assert (facts["grade"], facts["tax_grade"]) == ("AA", None)


def test_the_facts_of_many_firms_cost_as_much_as_those_of_one(now: dt.datetime, django_assert_num_queries: Any) -> None:
    ids = [EnterpriseFactory().pk for _ in range(5)]

    with django_assert_num_queries(3):
        assert set(gate.matching_facts_many(enterprise_ids=ids)) == set(ids)
