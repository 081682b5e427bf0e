"""Two system administrators at the same moment."""

import datetime as dt

import pytest

from portal import regions
from portal.accounts import actions
from portal.accounts.roles import StaffRole
from tests.enterprises.test_races import at_once
from tests.factories import StaffPostFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_separated_duties_are_not_given_at_once(now: dt.datetime) -> None:
    user = UserFactory()
    duties = {
        role: StaffPostFactory(role=StaffRole.SYSTEM_ADMINISTRATOR).user
        for role in (StaffRole.AUDITOR, StaffRole.SECURITY_ADMINISTRATOR)
    }

    outcome = at_once(
        *(
            lambda role=role, by=by: actions.appoint_staff(  # type: ignore[misc]
                user=user, role=role, region_code=regions.PROVINCE, department="自治区数据局", by=by, at=now
            )
            for role, by in duties.items()
        )
    )

    assert outcome == ["done", "duties_separated"]
    assert user.posts.count() == 1
