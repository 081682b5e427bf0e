"""Two staff or two managers at the same moment."""

import datetime as dt

import pytest

from institutions.products import actions
from institutions.products.models import ProductVersion
from portal.accounts.roles import OfficerRole, StaffRole
from tests.enterprises.test_races import at_once
from tests.factories import OfficerFactory, ProductVersionFactory, StaffPostFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_reviewers_one_lists_and_the_other_is_told(now: dt.datetime) -> None:
    version = ProductVersionFactory(submitted=True)
    first, second = (StaffPostFactory(role=StaffRole.PRODUCT_REVIEWER).user for _reviewer in range(2))

    outcome = at_once(
        lambda: actions.list_version(version=version, by=first, at=now),
        lambda: actions.return_version(version=version, note="请修改", by=second, at=now),
    )

    assert outcome == ["done", "illegal_move"]


def test_of_two_managers_one_starts_the_next_version(now: dt.datetime) -> None:
    version = ProductVersionFactory(number=1)
    managers = [
        OfficerFactory(role=OfficerRole.PRODUCT_MANAGER, institution=version.product.institution) for _one in range(2)
    ]

    outcome = at_once(
        *(
            lambda manager=manager: actions.draft_next(product=version.product, officer=manager, at=now)  # type: ignore[misc]
            for manager in managers
        )
    )

    assert outcome == ["already_in_the_making", "done"]
    assert ProductVersion.objects.filter(product=version.product).count() == 2
