from collections.abc import Callable

import pytest
from django.test import Client

from portal.accounts.models import User
from tests.factories import MemberFactory, OfficerFactory, StaffPostFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("person", "address"),
    [
        (lambda: StaffPostFactory().user, "/admin/"),
        (lambda: OfficerFactory().user, "/bank/"),
        (lambda: MemberFactory().user, "/enterprise/"),
        (UserFactory, "/enterprise/bind/"),
    ],
    ids=["staff", "officer", "member", "nobody yet"],
)
def test_everybody_begins_on_the_first_page_of_their_audience(
    client: Client, person: Callable[[], User], address: str
) -> None:
    client.force_login(person())

    assert client.get("/after-login/")["Location"] == address
