"""Two institutions that want one person at the same moment."""

import datetime as dt
from collections.abc import Callable

import pytest

from institutions import actions
from institutions.models import Officer
from portal.accounts.roles import OfficerRole
from tests.enterprises.test_races import at_once
from tests.factories import OfficerFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_institutions_one_appoints_and_the_other_is_told(now: dt.datetime) -> None:
    person = UserFactory()

    def appoint(admin: Officer) -> Callable[[], object]:
        return lambda: actions.appoint(
            institution=admin.institution,
            address=person.phone,
            role=OfficerRole.LOAN_OFFICER,
            branch=None,
            by=admin.user,
            at=now,
        )

    outcome = at_once(*(appoint(OfficerFactory(role=OfficerRole.ADMINISTRATOR)) for _institution in range(2)))

    assert outcome == ["already_in_post", "done"]
    assert Officer.objects.serving().filter(user=person).count() == 1
