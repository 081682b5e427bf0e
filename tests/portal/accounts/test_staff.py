"""Who becomes staff, and who decides it: the verbs of the system administrator."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal import regions
from portal.accounts import actions
from portal.accounts.models import StaffPost, User
from portal.accounts.roles import SEPARATED, Permission, StaffRole
from portal.audit.models import AuditEvent
from portal.refusals import NotPermitted, Refusal
from tests.factories import OfficerFactory, StaffPostFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator() -> User:
    return StaffPostFactory(role=StaffRole.SYSTEM_ADMINISTRATOR).user


def appoint(user: User, by: User, at: datetime, **changes: Any) -> StaffPost:
    post = {"role": StaffRole.SUPERVISOR, "region_code": regions.PROVINCE, "department": "自治区财政厅"}
    return actions.appoint_staff(user=user, by=by, at=at, **(post | changes))


def verbs() -> list[str]:
    return list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))


# Opening an account


def test_an_account_is_opened_without_a_password(administrator: User, now: datetime) -> None:
    user = actions.open_staff_account(
        full_name="李明", username="liming", email=" LiMing@Example.com", by=administrator, at=now
    )

    assert (user.is_staff, user.has_usable_password(), user.email) == (True, False, "liming@example.com")
    assert verbs() == ["account.open"]
    assert not user.may(Permission.DESK_VIEW)


def test_the_holder_sets_the_password_by_letter(
    administrator: User, now: datetime, client: Client, mailoutbox: list[Any]
) -> None:
    actions.open_staff_account(full_name="李明", username="liming", email="lm@example.com", by=administrator, at=now)

    client.post(reverse("account_reset_password"), {"email": "lm@example.com"})
    link = next(word for word in mailoutbox[0].body.split() if "/password/reset/key/" in word)
    page = client.get("/" + link.split("/", 3)[3], follow=True)
    client.post(page.request["PATH_INFO"], {"password1": "correct horse", "password2": "correct horse"})

    assert User.objects.get(username="liming").check_password("correct horse")


def test_a_login_name_is_given_once_whatever_its_case(administrator: User, now: datetime) -> None:
    UserFactory(username="LiMing")

    with pytest.raises(actions.UsernameTaken):
        actions.open_staff_account(full_name="李明", username="liming", email="a@b.cn", by=administrator, at=now)


def test_an_address_has_one_account(administrator: User, now: datetime) -> None:
    UserFactory(email="Taken@example.com")

    with pytest.raises(actions.EmailTaken):
        actions.open_staff_account(
            full_name="李明", username="liming", email="taken@example.com", by=administrator, at=now
        )


# Appointing


def test_an_appointment_makes_staff_with_the_rights_of_the_post(administrator: User, now: datetime) -> None:
    user = UserFactory()

    post = appoint(user, administrator, now, role=StaffRole.TREASURER, region_code="640100")

    user = User.objects.get(pk=user.pk)
    assert user.is_staff
    assert user.areas_of(Permission.CLAIM_PAY) == {"640100"}
    assert (post.started_at, post.department) == (now, "自治区财政厅")
    event = AuditEvent.objects.get()
    assert (event.verb, event.actor_id, event.facts["role"]) == ("staff.appoint", administrator.pk, "treasurer")


def test_the_first_post_ends_the_sessions_opened_before_it(client: Client, administrator: User, now: datetime) -> None:
    user = UserFactory()
    client.force_login(user)

    appoint(user, administrator, now)

    assert client.get("/accounts/email/").status_code == 302


def test_oneself_is_not_appointed(administrator: User, now: datetime) -> None:
    with pytest.raises(actions.OneselfNotAppointed):
        appoint(administrator, administrator, now)


@pytest.mark.parametrize("region", ["", "110000", "640103"])
def test_an_unknown_or_withdrawn_region_is_refused(administrator: User, now: datetime, region: str) -> None:
    with pytest.raises(actions.RegionUnknown):
        appoint(UserFactory(), administrator, now, region_code=region)


@pytest.mark.parametrize("role", ["", "legal_representative", "king"])
def test_only_government_roles_are_given(administrator: User, now: datetime, role: str) -> None:
    with pytest.raises(actions.RoleUnknown):
        appoint(UserFactory(), administrator, now, role=role)


@pytest.mark.parametrize(("held", "asked"), [(a, b) for a in sorted(SEPARATED) for b in sorted(SEPARATED) if a != b])
def test_nobody_holds_two_of_the_separated_duties(administrator: User, now: datetime, held: str, asked: str) -> None:
    user = StaffPostFactory(role=held, region_code="640100").user

    with pytest.raises(actions.DutiesSeparated):
        appoint(user, administrator, now, role=asked)

    assert user.posts.count() == 1


def test_a_separated_duty_that_has_ended_bars_nothing(administrator: User, now: datetime) -> None:
    user = StaffPostFactory(role=StaffRole.AUDITOR, ended_at=now - timedelta(days=1)).user

    assert appoint(user, administrator, now, role=StaffRole.SECURITY_ADMINISTRATOR).ended_at is None


def test_the_same_separated_duty_may_be_held_in_two_regions(administrator: User, now: datetime) -> None:
    user = StaffPostFactory(role=StaffRole.AUDITOR, region_code="640100").user

    appoint(user, administrator, now, role=StaffRole.AUDITOR, region_code="640200")

    assert user.posts.count() == 2


def test_the_same_post_is_not_given_twice(administrator: User, now: datetime) -> None:
    user = StaffPostFactory(role=StaffRole.SUPERVISOR).user

    with pytest.raises(actions.AlreadyAppointed):
        appoint(user, administrator, now)


def test_a_closed_account_is_not_appointed(administrator: User, now: datetime) -> None:
    with pytest.raises(actions.AccountClosed):
        appoint(UserFactory(is_active=False), administrator, now)


def test_an_officer_of_a_bank_does_not_govern(administrator: User, now: datetime) -> None:
    with pytest.raises(actions.OfficerCannotGovern):
        appoint(OfficerFactory().user, administrator, now)


# Ending a post


def test_staff_ends_with_the_last_post(administrator: User, now: datetime) -> None:
    first = StaffPostFactory(role=StaffRole.SUPERVISOR)
    second = StaffPostFactory(role=StaffRole.TREASURER, user=first.user)

    actions.end_staff_post(post=first, by=administrator, at=now)
    assert User.objects.get(pk=first.user_id).is_staff

    ended = actions.end_staff_post(post=second, by=administrator, at=now)
    assert ended.ended_at == now
    assert not User.objects.get(pk=first.user_id).is_staff
    assert verbs() == ["staff.end", "staff.end"]


def test_ones_own_post_is_not_ended(administrator: User, now: datetime) -> None:
    with pytest.raises(actions.OwnPostNotEnded):
        actions.end_staff_post(post=administrator.posts.get(), by=administrator, at=now)


def test_a_post_ends_once(administrator: User, now: datetime) -> None:
    post = StaffPostFactory()
    actions.end_staff_post(post=post, by=administrator, at=now)

    with pytest.raises(actions.PostEnded):
        actions.end_staff_post(post=post, by=administrator, at=now)


# Closing and opening an account


def test_a_closed_account_is_signed_out_and_stays_out_when_it_reopens(
    client: Client, administrator: User, now: datetime
) -> None:
    user = StaffPostFactory().user
    client.force_login(user)
    assert client.get("/admin/").status_code == 200

    actions.deactivate(user=user, by=administrator, at=now)
    assert client.get("/admin/").status_code == 302

    actions.reactivate(user=user, by=administrator, at=now)
    assert client.get("/admin/").status_code == 302
    assert User.objects.get(pk=user.pk).is_active
    assert verbs() == ["account.deactivate", "account.reactivate"]


def test_the_sessions_of_others_go_on(client: Client, administrator: User, now: datetime) -> None:
    client.force_login(administrator)

    actions.deactivate(user=UserFactory(), by=administrator, at=now)

    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("act", [actions.deactivate, actions.reactivate])
def test_ones_own_account_is_left_alone(act: Callable[..., User], administrator: User, now: datetime) -> None:
    with pytest.raises(actions.OwnAccount):
        act(user=administrator, by=administrator, at=now)


@pytest.mark.parametrize(
    ("act", "is_active", "refusal"),
    [(actions.deactivate, False, actions.AlreadyInactive), (actions.reactivate, True, actions.AlreadyActive)],
)
def test_an_account_is_closed_or_opened_once(
    act: Callable[..., User], is_active: bool, refusal: type[Refusal], administrator: User, now: datetime
) -> None:
    with pytest.raises(refusal):
        act(user=UserFactory(is_active=is_active), by=administrator, at=now)


# Who may


def attempts(by: User, at: datetime) -> dict[str, Callable[[], object]]:
    staff, closed = StaffPostFactory(), UserFactory(is_active=False)
    new = {"full_name": "李明", "username": "liming", "email": "a@b.cn"}
    return {
        "open": lambda: actions.open_staff_account(by=by, at=at, **new),
        "appoint": lambda: appoint(UserFactory(), by, at),
        "end": lambda: actions.end_staff_post(post=staff, by=by, at=at),
        "deactivate": lambda: actions.deactivate(user=staff.user, by=by, at=at),
        "reactivate": lambda: actions.reactivate(user=closed, by=by, at=at),
    }


@pytest.mark.parametrize("verb", ["open", "appoint", "end", "deactivate", "reactivate"])
@pytest.mark.parametrize("role", [role for role in StaffRole if role != StaffRole.SYSTEM_ADMINISTRATOR])
def test_no_other_post_manages_staff(role: str, verb: str, now: datetime) -> None:
    by = StaffPostFactory(role=role).user

    with pytest.raises(NotPermitted):
        attempts(by, now)[verb]()

    assert verbs() == []


@pytest.mark.parametrize("verb", ["appoint", "end", "deactivate"])
def test_a_citys_administrator_leaves_the_province_alone(verb: str, now: datetime) -> None:
    by = StaffPostFactory(role=StaffRole.SYSTEM_ADMINISTRATOR, region_code="640100").user

    with pytest.raises(NotPermitted):
        attempts(by, now)[verb]()


def test_a_citys_administrator_staffs_its_counties(now: datetime) -> None:
    by = StaffPostFactory(role=StaffRole.SYSTEM_ADMINISTRATOR, region_code="640100").user

    assert appoint(UserFactory(), by, now, region_code="640104").region_code == "640104"
