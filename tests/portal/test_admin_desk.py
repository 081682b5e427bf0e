"""What every desk of the admin site shares."""

import re
from decimal import Decimal

import pytest
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.test import Client

from portal.accounts.roles import StaffRole
from portal.admin_desk import DeskAdmin
from tests.factories import NeedFactory, ProductVersionFactory, StaffPostFactory

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
def test_a_page_to_read_does_not_link_to_a_desk_that_is_closed_to_the_post(client: Client) -> None:
    need = NeedFactory()
    address = f"/admin/enterprises/enterprise/{need.enterprise_id}/change/"
    client.force_login(StaffPostFactory(role=StaffRole.SUPERVISOR).user)

    page = client.get(f"/admin/needs/need/{need.pk}/change/").content.decode()

    assert client.get(address).status_code == 403
    assert address not in page
    assert need.enterprise.name in page


@pytest.mark.django_db
def test_a_list_may_be_narrowed_by_every_filter_it_offers(client: Client) -> None:
    client.force_login(StaffPostFactory(role=StaffRole.DATA_STEWARD).user)

    assert client.get("/admin/evaluation/grade/?letter=AA").status_code == 200
    assert client.get("/admin/evaluation/grade/?score=900").status_code == 400


@pytest.mark.django_db
def test_a_page_to_read_writes_money_and_places_in_words(client: Client) -> None:
    need = NeedFactory(amount=Decimal("1234567.00"), responsible_region="640100")
    client.force_login(StaffPostFactory(role=StaffRole.SUPERVISOR).user)

    page = client.get(f"/admin/needs/need/{need.pk}/change/").content.decode()

    assert "1,234,567 元" in page
    assert "银川市" in page


@pytest.mark.django_db
def test_the_first_page_counts_what_waits_for_ones_own_office(client: Client) -> None:
    ProductVersionFactory(state="submitted")
    ProductVersionFactory(state="submitted")
    ProductVersionFactory(state="draft")
    client.force_login(StaffPostFactory(role=StaffRole.PRODUCT_REVIEWER).user)

    page = client.get("/admin/").content.decode()
    link = "/admin/products/productversion/?state__exact=submitted"

    assert re.search(rf'href="{re.escape(link)}">产品版本 · 待审核</a></span><span class="st-stat-value">2<', page)
    assert "待审查" not in page
    assert client.get(link).status_code == 200


@pytest.mark.parametrize("desk", [desk for desk in DESKS if desk.waiting], ids=str)
def test_what_waits_at_a_desk_is_a_state_of_its_noun_and_may_be_filtered_by(desk: DeskAdmin) -> None:
    states = {code for code, _label in desk.model._meta.get_field("state").choices}

    assert set(desk.waiting) <= states
    assert "state" in desk.list_filter
