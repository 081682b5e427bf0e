import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts.roles import OfficerRole
from tests.factories import EnterpriseFactory, OfficerFactory, ProductVersionFactory

pytestmark = pytest.mark.django_db


def _text(client: Client, officer: object, pk: int) -> str:
    client.force_login(officer.user, backend="django.contrib.auth.backends.ModelBackend")  # type: ignore[attr-defined]
    return client.get(reverse("bank_product_reach", args=[pk])).content.decode()


def test_a_product_manager_sees_the_reach_by_county_and_not_the_small_cells(client: Client) -> None:
    manager = OfficerFactory(role=OfficerRole.PRODUCT_MANAGER)
    version = ProductVersionFactory(
        product__institution=manager.institution, criteria=[{"kind": "region", "value": ["640100", "640200"]}]
    )
    EnterpriseFactory.create_batch(24, county_code="640104")
    EnterpriseFactory.create_batch(7, county_code="640202")
    EnterpriseFactory.create_batch(30, county_code="640302")

    text = _text(client, manager, version.pk)

    assert all(said in text for said in ("兴庆区", "20", "大武口区", "少于 10"))
    assert "利通区" not in text


def test_criteria_nobody_fulfils_are_called_too_narrow(client: Client) -> None:
    manager = OfficerFactory(role=OfficerRole.PRODUCT_MANAGER)
    version = ProductVersionFactory(
        product__institution=manager.institution, criteria=[{"kind": "min_years", "value": 50}]
    )
    EnterpriseFactory()

    assert "没有企业符合全部条件" in _text(client, manager, version.pk)


@pytest.mark.parametrize(("role", "status"), [(OfficerRole.LOAN_OFFICER, 403), (OfficerRole.PRODUCT_MANAGER, 404)])
def test_the_reach_is_shown_to_the_products_own_managers_only(role: str, status: int, client: Client) -> None:
    client.force_login(OfficerFactory(role=role).user, backend="django.contrib.auth.backends.ModelBackend")

    answer = client.get(reverse("bank_product_reach", args=[ProductVersionFactory().pk]))

    assert answer.status_code == status
