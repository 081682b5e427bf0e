"""The one screen of roles."""

import datetime as dt

import pytest
from django.db import IntegrityError

from portal.accounts.models import StaffPost, User
from portal.accounts.roles import ROLES, SEPARATED, EnterpriseRole, OfficerRole, Permission, StaffRole, allows


def test_every_role_stands_on_the_screen_and_every_permission_is_carried_by_somebody() -> None:
    roles = {*EnterpriseRole.values, *OfficerRole.values, *StaffRole.values}

    assert set(ROLES) == roles
    assert set().union(*ROLES.values()) == set(Permission)


def test_an_unknown_role_carries_nothing() -> None:
    assert not any(allows("emperor", permission) for permission in Permission)


def test_the_three_administrators_share_nothing_but_the_desk() -> None:
    system, security, audit = (ROLES[role] for role in sorted(SEPARATED))

    assert system & security == system & audit == security & audit == {Permission.DESK_VIEW}


def test_no_role_checks_and_approves_and_pays() -> None:
    money = {Permission.CLAIM_CHECK, Permission.CLAIM_APPROVE, Permission.CLAIM_PAY}

    assert all(len(ROLES[role] & money) <= 1 for role in StaffRole)


@pytest.mark.django_db
def test_a_post_that_ended_carries_nothing(now: dt.datetime) -> None:
    person = User.objects.create_user("staff", is_staff=True)
    post = StaffPost.objects.create(user=person, role=StaffRole.AUDITOR, department="审计", started_at=now)
    assert User.objects.get(pk=person.pk).may(Permission.AUDIT_READ)

    post.ended_at = now
    post.save()

    assert not User.objects.get(pk=person.pk).may(Permission.AUDIT_READ)


@pytest.mark.django_db
def test_a_post_without_the_staff_mark_carries_nothing(now: dt.datetime) -> None:
    person = User.objects.create_user("person")
    StaffPost.objects.create(user=person, role=StaffRole.AUDITOR, department="审计", started_at=now)

    assert not person.may(Permission.AUDIT_READ)


@pytest.mark.django_db
def test_the_region_of_one_post_lends_no_reach_to_another(now: dt.datetime) -> None:
    """A checker of 银川 who also supervises the whole province checks in 银川 only."""
    person = User.objects.create_user("staff", is_staff=True)
    for role, region in ((StaffRole.CLAIM_CHECKER, "640100"), (StaffRole.SUPERVISOR, "640000")):
        StaffPost.objects.create(user=person, role=role, region_code=region, department="财政", started_at=now)

    assert person.areas_of(Permission.CLAIM_CHECK) == {"640100"}
    assert person.areas_of(Permission.SUPERVISION_READ) == {"640000"}
    assert person.areas_of(Permission.LEDGER_READ) == {"640100", "640000"}
    assert person.areas_of(Permission.CLAIM_PAY) == frozenset()


@pytest.mark.django_db
def test_nobody_holds_the_same_post_twice(now: dt.datetime) -> None:
    person = User.objects.create_user("staff", is_staff=True)
    StaffPost.objects.create(user=person, role=StaffRole.AUDITOR, department="审计", started_at=now)

    with pytest.raises(IntegrityError, match="one_post_of_a_kind_per_person"):
        StaffPost.objects.create(user=person, role=StaffRole.AUDITOR, department="审计", started_at=now)
