from typing import Any

import pytest
from django.test import Client

from lending.needs.models import Need
from portal.accounts.roles import EnterpriseRole
from tests.factories import ApplicationFactory, MemberFactory, NeedFactory, ProductVersionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def need(client: Client) -> Any:
    member = MemberFactory()
    client.force_login(member.user)
    return NeedFactory(member=member)


def test_a_match_shows_its_terms_reasons_and_the_way_to_apply(client: Client, need: Need) -> None:
    version = ProductVersionFactory(
        product__name="税信贷", criteria=[{"kind": "min_years", "value": 2}, {"kind": "tax_grade", "value": ["A", "B"]}]
    )

    page = client.get(f"/enterprise/needs/{need.pk}/").content.decode()

    assert "税信贷" in page
    assert "1 项待核实" in page
    assert "要求纳税信用级别为A级、B级；信息不足，授权后可判断" in page
    assert "参考额度" in page
    assert f"/enterprise/needs/{need.pk}/apply/{version.pk}/" in page


def test_a_near_miss_says_what_is_lacking(client: Client, need: Need) -> None:
    ProductVersionFactory(product__name="小额贷", max_amount="300000.00")

    page = client.get(f"/enterprise/needs/{need.pk}/?fit=near").content.decode()

    assert "小额贷" in page
    assert "超出上限20万元" in page


def test_a_product_applied_for_says_so(client: Client, need: Need) -> None:
    application = ApplicationFactory(need=need)

    page = client.get(f"/enterprise/needs/{need.pk}/").content.decode()

    assert "本需求已申请" in page
    assert "待受理" in page
    assert f'href="/enterprise/applications/{application.pk}/"' in page
    assert f"/apply/{application.product_version_id}/" not in page


def test_an_ended_need_shows_no_matches(client: Client, need: Need) -> None:
    ProductVersionFactory(product__name="税信贷")
    type(need).objects.filter(pk=need.pk).update(state="met")

    page = client.get(f"/enterprise/needs/{need.pk}/").content.decode()

    assert "该需求已结束" in page
    assert "税信贷" not in page


def test_twenty_products_a_page(client: Client, need: Need) -> None:
    ProductVersionFactory.create_batch(21)

    first = client.get(f"/enterprise/needs/{need.pk}/").content.decode()
    second = client.get(f"/enterprise/needs/{need.pk}/?after=20").content.decode()

    assert (first.count("/apply/"), second.count("/apply/")) == (20, 1)


def test_a_viewer_sees_the_matches_but_may_not_apply(client: Client, need: Need) -> None:
    ProductVersionFactory(product__name="税信贷")
    client.force_login(MemberFactory(enterprise=need.enterprise, role=EnterpriseRole.VIEWER).user)

    page = client.get(f"/enterprise/needs/{need.pk}/").content.decode()

    assert "税信贷" in page
    assert "/apply/" not in page
