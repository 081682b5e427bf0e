import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from institutions import actions
from institutions.models import Institution, InstitutionKind, Officer
from institutions.products.models import ProductVersion
from institutions.states import InstitutionState
from portal.accounts.models import User
from portal.accounts.roles import OfficerRole, Permission, StaffRole
from portal.audit.models import AuditEvent
from portal.messages.models import Message
from portal.refusals import NotPermitted
from portal.transitions import IllegalMove
from tests.factories import (
    BranchFactory,
    InstitutionFactory,
    OfficerFactory,
    ProductVersionFactory,
    StaffPostFactory,
    UserFactory,
    uscc,
)

pytestmark = pytest.mark.django_db

REVIEW = {"security_reviewed_on": dt.date(2026, 11, 1), "security_valid_until": dt.date(2028, 10, 31)}


def _staff() -> User:
    return StaffPostFactory(role=StaffRole.PRODUCT_REVIEWER).user


def _applied(**fields: object) -> Institution:
    unseen = {"state": InstitutionState.APPLIED, "security_reviewed_on": None, "admitted_at": None}
    return InstitutionFactory(**(unseen | fields))


def _verbs() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("verb", flat=True))


def test_an_institution_is_registered_and_waits_for_admission(now: dt.datetime) -> None:
    institution = Institution(
        kind=InstitutionKind.FACTOR, code="F1", name="宁夏保理有限公司", short_name="宁夏保理", uscc=uscc(1)
    )

    actions.register(institution=institution, by=_staff(), at=now)

    assert (institution.state, institution.applied_at) == (InstitutionState.APPLIED, now)
    assert _verbs() == ["institution.register"]


def test_admission_stamps_the_review_and_tells_the_officers(now: dt.datetime) -> None:
    staff, officer = _staff(), OfficerFactory(institution=_applied())

    institution = actions.admit(institution=officer.institution, by=staff, at=now, **REVIEW)

    assert (institution.state, institution.admitted_at, institution.admitted_by) == ("admitted", now, staff)
    assert institution.security_valid_until == dt.date(2028, 10, 31)
    assert Message.objects.get().recipient == officer.user


@pytest.mark.parametrize(
    "review",
    [
        {"security_reviewed_on": dt.date(2026, 11, 21), "security_valid_until": dt.date(2028, 1, 1)},
        {"security_reviewed_on": dt.date(2024, 1, 1), "security_valid_until": dt.date(2026, 11, 19)},
    ],
)
def test_admission_without_a_valid_security_review_is_refused(review: dict[str, dt.date], now: dt.datetime) -> None:
    with pytest.raises(actions.SecurityReviewMissing):
        actions.admit(institution=_applied(), by=_staff(), at=now, **review)


def test_the_database_itself_refuses_admission_without_review() -> None:
    institution = _applied()

    with pytest.raises(IntegrityError, match="passed_its_security_review"), transaction.atomic():
        Institution.objects.filter(pk=institution.pk).update(state=InstitutionState.ADMITTED)


def test_a_suspended_institution_leaves_the_shelf_its_officers_may_nothing_and_it_may_come_back(
    now: dt.datetime,
) -> None:
    staff, version = _staff(), ProductVersionFactory()
    officer = OfficerFactory(institution=version.product.institution)

    actions.suspend(institution=officer.institution, reason="安全整改", by=staff, at=now)
    officer = Officer.objects.select_related("institution").get(pk=officer.pk)
    assert (officer.may(Permission.INSTITUTION_VIEW), ProductVersion.objects.on_shelf().count()) == (False, 0)

    actions.readmit(institution=officer.institution, by=staff, at=now, **REVIEW)
    assert ProductVersion.objects.on_shelf().count() == 1
    assert _verbs() == ["institution.suspend", "institution.readmit"]


def test_a_withdrawn_institution_does_not_come_back(now: dt.datetime) -> None:
    staff, institution = _staff(), InstitutionFactory()
    actions.withdraw(institution=institution, reason="停业", by=staff, at=now)

    with pytest.raises(IllegalMove):
        actions.readmit(institution=institution, by=staff, at=now, **REVIEW)


def test_suspension_needs_a_reason_and_the_right_post(now: dt.datetime) -> None:
    institution = InstitutionFactory()

    with pytest.raises(actions.ReasonMissing):
        actions.suspend(institution=institution, reason="", by=_staff(), at=now)
    for by in (StaffPostFactory(role=StaffRole.SUPERVISOR).user, OfficerFactory(institution=institution).user):
        with pytest.raises(NotPermitted):
            actions.suspend(institution=institution, reason="安全整改", by=by, at=now)


def test_a_correction_names_the_columns_and_leaves_the_state(now: dt.datetime) -> None:
    institution = InstitutionFactory()
    institution.service_phone, institution.state = "0951-96555", InstitutionState.WITHDRAWN

    actions.correct(institution=institution, by=_staff(), at=now)

    institution.refresh_from_db()
    assert (institution.service_phone, institution.state) == ("0951-96555", InstitutionState.ADMITTED)
    assert AuditEvent.objects.get().facts == {"columns": ["service_phone"]}


# Posts and branches


@pytest.mark.parametrize("address", ["13800138000", "+86 138-0013-8000", "Li@Example.com"])
def test_an_administrator_appoints_whoever_holds_the_address(address: str, now: dt.datetime) -> None:
    admin = OfficerFactory(role=OfficerRole.ADMINISTRATOR)
    person = UserFactory(phone="+8613800138000", email="li@example.com")
    _proved(person)
    branch = BranchFactory(institution=admin.institution)

    officer = actions.appoint(
        institution=admin.institution, address=address, role=OfficerRole.APPROVER, branch=branch, by=admin.user, at=now
    )

    assert (officer.user, officer.role, officer.branch, officer.started_at) == (person, "approver", branch, now)
    assert Message.objects.get().recipient == person


def _proved(*people: User) -> None:
    for person in people:
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)


def _appoint(admin: Officer, now: dt.datetime, **fields: object) -> Officer:
    asked = {"address": "13800138000", "role": OfficerRole.APPROVER, "branch": None, "by": admin.user} | fields
    return actions.appoint(institution=admin.institution, at=now, **asked)  # type: ignore[arg-type]


def test_nobody_can_be_appointed_who_has_not_proved_the_number(now: dt.datetime) -> None:
    admin = OfficerFactory(role=OfficerRole.ADMINISTRATOR)
    UserFactory(phone="+8613800138000", phone_verified=False)

    with pytest.raises(actions.NobodyAtAddress):
        _appoint(admin, now)


def test_nobody_can_be_appointed_by_an_address_somebody_only_typed(now: dt.datetime) -> None:
    """Whoever registers with a colleague's address must not receive the post that is meant for the colleague."""
    admin = OfficerFactory(role=OfficerRole.ADMINISTRATOR)
    impostor = UserFactory(email="li@bank.example")
    EmailAddress.objects.create(user=impostor, email=impostor.email, verified=False, primary=True)

    with pytest.raises(actions.NobodyAtAddress):
        _appoint(admin, now, address="li@bank.example")


def test_one_person_holds_one_post_and_staff_hold_none(now: dt.datetime) -> None:
    admin, elsewhere = OfficerFactory(role=OfficerRole.ADMINISTRATOR), OfficerFactory()
    staff = StaffPostFactory().user
    _proved(elsewhere.user, staff)

    with pytest.raises(actions.AlreadyInPost):
        _appoint(admin, now, address=elsewhere.user.email)
    with pytest.raises(actions.StaffCannotServe):
        _appoint(admin, now, address=staff.email)


def test_a_branch_of_another_institution_is_refused(now: dt.datetime) -> None:
    admin = OfficerFactory(role=OfficerRole.ADMINISTRATOR)
    UserFactory(phone="+8613800138000")

    with pytest.raises(actions.BranchElsewhere):
        _appoint(admin, now, branch=BranchFactory())


@pytest.mark.parametrize("role", [OfficerRole.LOAN_OFFICER, OfficerRole.APPROVER, OfficerRole.PRODUCT_MANAGER])
def test_only_administrators_of_the_institution_appoint(role: str, now: dt.datetime) -> None:
    admin = OfficerFactory(role=OfficerRole.ADMINISTRATOR)
    UserFactory(phone="+8613800138000")

    for by in (OfficerFactory(institution=admin.institution, role=role), OfficerFactory(role="administrator")):
        with pytest.raises(NotPermitted):
            _appoint(admin, now, by=by.user)


def test_the_last_administrator_stays_until_there_is_another(now: dt.datetime) -> None:
    admin = OfficerFactory(role=OfficerRole.ADMINISTRATOR)

    with pytest.raises(actions.LastAdministrator):
        actions.end_post(officer=admin, by=admin.user, at=now)
    second = OfficerFactory(role=OfficerRole.ADMINISTRATOR, institution=admin.institution)
    actions.end_post(officer=admin, by=second.user, at=now)

    admin.refresh_from_db()
    assert admin.ended_at == now
    with pytest.raises(actions.PostEnded):
        actions.end_post(officer=admin, by=second.user, at=now)


def test_an_administrator_of_another_institution_ends_nothing(now: dt.datetime) -> None:
    with pytest.raises(NotPermitted):
        actions.end_post(officer=OfficerFactory(), by=OfficerFactory(role="administrator").user, at=now)


def test_a_branch_is_opened_once_per_name(now: dt.datetime) -> None:
    admin = OfficerFactory(role=OfficerRole.ADMINISTRATOR)
    asked = {"name": "兴庆支行", "region_code": "640104", "address": "", "phone": "", "by": admin.user, "at": now}

    branch = actions.open_branch(institution=admin.institution, **asked)

    assert (branch.name, branch.institution) == ("兴庆支行", admin.institution)
    with pytest.raises(actions.BranchNameTaken):
        actions.open_branch(institution=admin.institution, **asked)
