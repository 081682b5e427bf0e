import datetime as dt

import pytest
from django.db import ProgrammingError, transaction
from django.test import Client
from django.urls import reverse

from enterprises.consent import actions, gate, queries
from enterprises.consent.models import Authorization, DeletionDuty
from enterprises.consent.states import DutyState
from institutions.models import Officer
from portal.accounts.roles import OfficerRole, StaffRole
from portal.audit.models import AuditEvent
from portal.messages.models import Message
from portal.refusals import NotPermitted
from tests.factories import AuthorizationFactory, DeletionDutyFactory, OfficerFactory, StaffPostFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


@pytest.fixture
def officer() -> Officer:
    return OfficerFactory()


@pytest.fixture
def duty(officer: Officer) -> DeletionDuty:
    return DeletionDutyFactory(authorization__institution=officer.institution)


def used(officer: Officer, at: dt.datetime, **terms: object) -> Authorization:
    authorization = AuthorizationFactory(institution=officer.institution, **terms)
    gate.open_file(authorization_id=authorization.pk, officer=officer, door="page", at=at)
    authorization.refresh_from_db()
    return authorization


# --- Raised ---------------------------------------------------------------------------------------------------------------


def test_a_revocation_raises_a_duty_at_once_and_tells_the_bank(officer: Officer, now: dt.datetime) -> None:
    authorization = used(officer, now)

    actions.revoke(
        authorization=authorization, member=authorization.enterprise.members.get(), at=now + dt.timedelta(days=1)
    )

    duty = DeletionDuty.objects.get()
    assert (duty.state, duty.acknowledge_due_on, duty.delete_due_on) == (
        DutyState.PENDING,
        dt.date(2026, 11, 25),
        dt.date(2027, 11, 20),
    )
    assert Message.objects.filter(recipient=officer.user, subject__contains="请确认并按期删除").count() == 1


def test_a_consent_never_used_is_to_be_acknowledged_and_has_nothing_to_delete(
    officer: Officer, now: dt.datetime
) -> None:
    authorization = AuthorizationFactory(institution=officer.institution)

    actions.revoke(authorization=authorization, member=authorization.enterprise.members.get(), at=now)

    assert DeletionDuty.objects.get().delete_due_on == dt.date(2026, 11, 20)


def test_consents_that_ended_by_time_or_use_get_their_duty_at_night_once(officer: Officer, now: dt.datetime) -> None:
    once = used(officer, now, fetch_kind="once")
    over = used(officer, now, ends_at=now + dt.timedelta(hours=1))
    AuthorizationFactory(state="expired")  # never used
    AuthorizationFactory(state="declined")
    actions.expire_due(at=now + dt.timedelta(hours=2))

    raised = [actions.raise_due_duties(at=now + dt.timedelta(days=1), size=1) for _ in range(2)]

    assert raised == [2, 0]
    assert set(DeletionDuty.objects.values_list("authorization_id", flat=True)) == {once.pk, over.pk}


def test_institutions_are_reminded_of_what_is_due_or_late(
    officer: Officer, duty: DeletionDuty, now: dt.datetime
) -> None:
    DeletionDutyFactory(authorization__institution=officer.institution, state=DutyState.PENDING)

    assert actions.remind(at=now) == 0
    assert actions.remind(at=now + dt.timedelta(days=4)) == 2
    assert actions.remind(at=now + dt.timedelta(days=360)) == 2


# --- Fulfilled ------------------------------------------------------------------------------------------------------------


def test_a_duty_is_acknowledged_then_fulfilled_and_the_firm_is_told(
    officer: Officer, duty: DeletionDuty, now: dt.datetime
) -> None:
    actions.acknowledge(duty=duty, officer=officer, at=now)
    done = actions.confirm_deletion(duty=duty, officer=officer, statement="信贷系统与备份均已删除", at=now)

    assert (done.state, done.acknowledged_by, done.deleted_by) == (DutyState.DELETED, officer.user, officer.user)
    member = duty.enterprise.members.get()
    assert "已确认删除" in Message.objects.get(recipient=member.user).subject
    assert AuditEvent.objects.filter(verb__startswith="duty.").count() == 2


@pytest.mark.parametrize(
    ("state", "verb"),
    [("pending", "delete"), ("acknowledged", "acknowledge"), ("deleted", "acknowledge"), ("deleted", "delete")],
)
def test_a_duty_moves_step_by_step(state: str, verb: str, officer: Officer, now: dt.datetime) -> None:
    duty = DeletionDutyFactory(authorization__institution=officer.institution)
    if state != "pending":
        actions.acknowledge(duty=duty, officer=officer, at=now)
    if state == "deleted":
        actions.confirm_deletion(duty=duty, officer=officer, statement="已全部删除", at=now)

    moves = {
        "delete": lambda: actions.confirm_deletion(duty=duty, officer=officer, statement="已全部删除", at=now),
        "acknowledge": lambda: actions.acknowledge(duty=duty, officer=officer, at=now),
    }
    with pytest.raises(actions.DutyAlreadyMoved):
        moves[verb]()


def test_only_the_institutions_own_people_of_that_work_may_say_so(duty: DeletionDuty, now: dt.datetime) -> None:
    stranger = OfficerFactory()
    colleague = OfficerFactory(institution=duty.institution, role=OfficerRole.PRODUCT_MANAGER)

    for officer in (stranger, colleague):
        with pytest.raises(NotPermitted):
            actions.acknowledge(duty=duty, officer=officer, at=now)


def test_a_deletion_without_a_word_is_refused(officer: Officer, duty: DeletionDuty, now: dt.datetime) -> None:
    actions.acknowledge(duty=duty, officer=officer, at=now)

    with pytest.raises(actions.StatementMissing):
        actions.confirm_deletion(duty=duty, officer=officer, statement="  ", at=now)


def test_the_database_keeps_duties(duty: DeletionDuty) -> None:
    with pytest.raises(ProgrammingError, match="never_deleted"), transaction.atomic():
        DeletionDuty.objects.filter(pk=duty.pk).delete()


def test_late_duties_are_those_whose_next_step_is_overdue(duty: DeletionDuty) -> None:
    rows = DeletionDuty.objects.all()

    found = [queries.overdue(rows, day=duty.acknowledge_due_on + dt.timedelta(days=days)).count() for days in (0, 1)]

    assert found == [0, 1]
    assert duty.is_overdue_on(duty.acknowledge_due_on + dt.timedelta(days=1))


# --- Pages ----------------------------------------------------------------------------------------------------------------


def test_a_bank_works_off_its_duties_on_one_page(client: Client, officer: Officer, duty: DeletionDuty) -> None:
    DeletionDutyFactory()  # another bank's
    client.force_login(officer.user)

    listed = client.get(reverse("bank_duties")).content.decode()
    client.post(reverse("bank_duty_acknowledge", args=[duty.pk]))
    refused = client.post(reverse("bank_duty_delete", args=[duty.pk]), {"statement": ""})
    client.post(reverse("bank_duty_delete", args=[duty.pk]), {"statement": "信贷系统已删除"})

    duty.refresh_from_db()
    assert listed.count("确认已知悉") == 1
    assert refused.status_code == 422
    assert duty.state == DutyState.DELETED
    assert "信贷系统已删除" in client.get(reverse("bank_duties") + "?show=done").content.decode()


def test_the_duty_of_another_bank_does_not_exist(client: Client, officer: Officer) -> None:
    client.force_login(officer.user)

    assert client.post(reverse("bank_duty_acknowledge", args=[DeletionDutyFactory().pk])).status_code == 404


def test_the_firm_sees_how_far_the_bank_has_come(client: Client, duty: DeletionDuty) -> None:
    client.force_login(duty.enterprise.members.get().user)

    shown = client.get(reverse("enterprise_authorization", args=[duty.authorization_id])).content.decode()

    assert "机构的删除义务" in shown
    assert "待确认" in shown


def test_the_security_desk_lists_who_is_late(client: Client, duty: DeletionDuty) -> None:
    DeletionDuty.objects.update(acknowledge_due_on=dt.date(2020, 1, 1))
    client.force_login(StaffPostFactory(role=StaffRole.SECURITY_ADMINISTRATOR).user)

    shown = client.get(reverse("admin:consent_deletionduty_changelist") + "?late=yes").content.decode()

    assert duty.enterprise.name in shown
