"""What every desk of the admin site shares."""

import re
from decimal import Decimal

import pytest
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.test import Client

from portal.accounts.roles import StaffRole
from portal.admin_desk import DeskAdmin
from tests.factories import NeedFactory, StaffPostFactory

DESKS = [desk for desk in admin.site._registry.values() if isinstance(desk, DeskAdmin)]
CHINESE = re.compile(r"[一-鿿]")


@pytest.mark.parametrize("desk", DESKS, ids=str)
def test_every_column_of_a_list_has_a_name_in_chinese(desk: DeskAdmin) -> None:
    columns = {str(name): str(label_for_field(name, desk.model, desk)) for name in desk.list_display}

    assert {name: label for name, label in columns.items() if not CHINESE.search(label) and label != "ID"} == {}


@pytest.mark.django_db
def test_a_list_is_called_by_what_it_lists(client: Client) -> None:
    client.force_login(StaffPostFactory(role=StaffRole.SUPERVISOR).user)

    page = client.get("/admin/needs/need/").content.decode()

    assert re.search(r"<title>\s*融资需求 \|", page)


@pytest.mark.django_db
def test_a_page_to_read_leaves_out_fields_without_a_name(client: Client) -> None:
    need = NeedFactory()
    client.force_login(StaffPostFactory(role=StaffRole.SUPERVISOR).user)

    page = client.get(f"/admin/needs/need/{need.pk}/change/").content.decode()

    assert "发布人" in page
    assert "结束人" not in page
    assert str(need.submission_key) not in page


@pytest.mark.django_db
def test_a_page_to_read_writes_money_and_places_in_words(client: Client) -> None:
    need = NeedFactory(amount=Decimal("1234567.00"), responsible_region="640100")
    client.force_login(StaffPostFactory(role=StaffRole.SUPERVISOR).user)

    page = client.get(f"/admin/needs/need/{need.pk}/change/").content.decode()

    assert "1,234,567 元" in page
    assert "银川市" in page
