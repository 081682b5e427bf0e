"""Supervisors read what their regions answer for, and nothing may be typed over."""

from typing import Any

import pytest
from django.test import Client

from portal.accounts.roles import StaffRole
from tests.factories import (
    ApplicationFactory,
    EnterpriseFactory,
    LoanFactory,
    MemberFactory,
    NeedFactory,
    StaffPostFactory,
)

pytestmark = pytest.mark.django_db

LISTS = {
    "needs/need": lambda member: NeedFactory(member=member),
    "applications/application": lambda member: ApplicationFactory(need=NeedFactory(member=member)),
    "loans/loan": lambda member: LoanFactory(application__need=NeedFactory(member=member)),
}


def firm(name: str, county: Any) -> Any:
    return MemberFactory(enterprise=EnterpriseFactory(name=name, county_code=county))


@pytest.mark.parametrize("path", LISTS)
def test_a_supervisor_sees_the_rows_of_the_region_only(client: Client, path: str) -> None:
    LISTS[path](firm("银川测试公司", "640104"))
    LISTS[path](firm("固原测试公司", "640402"))
    client.force_login(StaffPostFactory(role=StaffRole.SUPERVISOR, region_code="640100").user)

    page = client.get(f"/admin/{path}/").content.decode()

    assert "银川测试公司" in page
    assert "固原测试公司" not in page


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("needs/need", {"responsible_region": "640400", "state": "open", "posted_at__date__gte": "2026-11-01"}),
        ("applications/application", {"responsible_region": "640400", "submitted_at__date__lte": "2026-11-30"}),
        ("loans/loan", {"responsible_region": "640400", "state": "drawn", "drawn_on__gte": "2026-11-01"}),
    ],
)
def test_the_dashboard_drills_down_by_address(client: Client, path: str, query: Any) -> None:
    LISTS[path](firm("银川测试公司", "640104"))
    LISTS[path](firm("固原测试公司", "640402"))
    client.force_login(StaffPostFactory(role=StaffRole.SUPERVISOR).user)

    page = client.get(f"/admin/{path}/", query).content.decode()

    assert "固原测试公司" in page
    assert "银川测试公司" not in page


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("role", [StaffRole.DATA_STEWARD, StaffRole.CLAIM_CHECKER, StaffRole.SYSTEM_ADMINISTRATOR])
def test_other_posts_do_not_see_the_lists(client: Client, path: str, role: str) -> None:
    client.force_login(StaffPostFactory(role=role).user)

    assert client.get(f"/admin/{path}/").status_code == 403


@pytest.mark.parametrize("path", LISTS)
def test_a_row_is_read_not_written_and_hides_whom_to_call(client: Client, path: str) -> None:
    row = LISTS[path](firm("银川测试公司", "640104"))
    client.force_login(StaffPostFactory(role=StaffRole.SUPERVISOR).user)

    shown = client.get(f"/admin/{path}/{row.pk}/change/")

    assert shown.status_code == 200
    assert "13909510001" not in shown.content.decode()
    assert client.post(f"/admin/{path}/{row.pk}/change/", {"state": "settled"}).status_code == 403
    assert client.post(f"/admin/{path}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"/admin/{path}/add/").status_code == 403
