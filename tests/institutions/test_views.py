import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from institutions.models import Branch, Institution, Officer
from institutions.states import InstitutionState
from portal.accounts.roles import OfficerRole, StaffRole
from tests.factories import (
    BranchFactory,
    InstitutionFactory,
    OfficerFactory,
    ProductVersionFactory,
    StaffPostFactory,
    UserFactory,
    uscc,
)

pytestmark = pytest.mark.django_db


def _signed_in(client: Client, user: object) -> Client:
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")  # type: ignore[arg-type]
    return client


# For everybody


def test_the_public_sees_admitted_institutions_with_their_products_and_no_others(client: Client) -> None:
    version = ProductVersionFactory()
    ProductVersionFactory(product__institution=version.product.institution, draft=True)
    InstitutionFactory(short_name="停业银行", state=InstitutionState.SUSPENDED)

    text = client.get(reverse("public_institutions")).content.decode()

    assert version.product.institution.short_name in text
    assert "在架产品 1 个" in text
    assert "停业银行" not in text


def test_institutions_are_filtered_by_kind(client: Client) -> None:
    InstitutionFactory(kind="guarantor", short_name="某担保")
    InstitutionFactory(kind="bank", short_name="某银行")

    text = client.get(reverse("public_institutions"), {"kind": "guarantor"}).content.decode()

    assert ("某担保" in text, "某银行" in text) == (True, False)


def test_an_institutions_page_shows_what_is_on_the_shelf_and_where_it_serves(client: Client) -> None:
    version = ProductVersionFactory()
    draft = ProductVersionFactory(product__institution=version.product.institution, draft=True)
    BranchFactory(institution=version.product.institution, name="兴庆支行")

    text = client.get(reverse("public_institution", args=[version.product.institution_id])).content.decode()

    assert version.product.name in text
    assert draft.product.name not in text
    assert "兴庆支行" in text


def test_an_institution_that_is_not_admitted_does_not_exist_for_the_public(client: Client) -> None:
    suspended = InstitutionFactory(state=InstitutionState.SUSPENDED)

    assert client.get(reverse("public_institution", args=[suspended.pk])).status_code == 404


@pytest.mark.parametrize("many", [3, 30])
def test_the_list_of_institutions_asks_as_many_queries_for_many_as_for_few(
    many: int, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _version in range(many):
        ProductVersionFactory()

    with django_assert_max_num_queries(2):
        client.get(reverse("public_institutions"))


# The institution's own page


def test_officers_see_their_institution_and_only_administrators_the_buttons(client: Client) -> None:
    admin = OfficerFactory(role=OfficerRole.ADMINISTRATOR)
    officer = OfficerFactory(institution=admin.institution)

    as_admin = _signed_in(Client(), admin.user).get(reverse("bank_institution")).content.decode()
    as_officer = _signed_in(Client(), officer.user).get(reverse("bank_institution")).content.decode()

    assert str(officer.user) in as_officer
    assert reverse("bank_officer_appoint") in as_admin
    assert reverse("bank_officer_appoint") not in as_officer


def test_an_administrator_appoints_and_ends_through_the_pages(client: Client) -> None:
    admin = OfficerFactory(role=OfficerRole.ADMINISTRATOR)
    person = UserFactory(phone="+8613800138000")
    _signed_in(client, admin.user)

    client.post(reverse("bank_officer_appoint"), {"address": "13800138000", "role": "loan_officer"})
    officer = Officer.objects.serving().get(user=person)
    asked = client.get(reverse("bank_officer_end", args=[officer.pk]))
    client.post(reverse("bank_officer_end", args=[officer.pk]))

    assert officer.institution == admin.institution
    assert str(person) in asked.content.decode()
    assert not Officer.objects.serving().filter(user=person).exists()


def test_a_refused_appointment_shows_why_beside_the_form(client: Client) -> None:
    admin = OfficerFactory(role=OfficerRole.ADMINISTRATOR)

    answer = _signed_in(client, admin.user).post(
        reverse("bank_officer_appoint"), {"address": "13800138000", "role": "loan_officer"}
    )

    assert answer.status_code == 422
    assert "没有找到使用该手机号或邮箱的账户" in answer.content.decode()


def test_a_branch_is_opened_through_the_page(client: Client) -> None:
    admin = OfficerFactory(role=OfficerRole.ADMINISTRATOR)

    _signed_in(client, admin.user).post(reverse("bank_branch_open"), {"name": "兴庆支行", "region_code": "640104"})

    assert Branch.objects.get().institution == admin.institution


def test_an_officer_of_another_institution_does_not_exist(client: Client) -> None:
    stranger = OfficerFactory()

    answer = _signed_in(client, OfficerFactory(role="administrator").user).post(
        reverse("bank_officer_end", args=[stranger.pk])
    )

    assert answer.status_code == 404


@pytest.mark.parametrize("role", [OfficerRole.LOAN_OFFICER, OfficerRole.PRODUCT_MANAGER])
def test_officers_without_the_post_are_refused(role: str, client: Client) -> None:
    answer = _signed_in(client, OfficerFactory(role=role).user).get(reverse("bank_officer_appoint"))

    assert answer.status_code == 403


# The desk of admission


def _desk(client: Client) -> Client:
    return _signed_in(client, StaffPostFactory(role=StaffRole.PRODUCT_REVIEWER).user)


def test_the_desk_registers_admits_and_suspends(client: Client) -> None:
    _desk(client).post(
        reverse("admin:institutions_institution_add"),
        {
            "kind": "bank",
            "code": "YCB",
            "name": "银川商业银行股份有限公司",
            "short_name": "银川商行",
            "uscc": uscc(4242),
            "region_code": "640100",
            "asks_four_eyes": "on",
        },
    )
    institution = Institution.objects.get(code="YCB")
    review = {"_form_submitted": "on", "security_reviewed_on": "2026-01-01", "security_valid_until": "2099-01-01"}
    client.post(reverse("admin:institutions_institution_admit", args=[institution.pk]), review)
    institution.refresh_from_db()
    assert institution.state == InstitutionState.ADMITTED

    reason = {"_form_submitted": "on", "reason": "安全整改"}
    client.post(reverse("admin:institutions_institution_suspend", args=[institution.pk]), reason)
    institution.refresh_from_db()
    assert institution.state == InstitutionState.SUSPENDED


def test_the_desk_refuses_a_wrong_code(client: Client) -> None:
    wrong = uscc(4242)[:-1] + ("1" if uscc(4242)[-1] != "1" else "2")

    answer = _desk(client).post(reverse("admin:institutions_institution_add"), {"code": "X", "uscc": wrong})

    assert "统一社会信用代码有误" in answer.content.decode()
    assert not Institution.objects.exists()


def test_the_desk_corrects_through_the_action_and_appoints(client: Client) -> None:
    institution, person = InstitutionFactory(), UserFactory(phone="+8613800138000")
    page = reverse("admin:institutions_institution_change", args=[institution.pk])
    typed = {name: getattr(institution, name) for name in ("kind", "code", "name", "short_name", "uscc", "region_code")}

    _desk(client).post(page, typed | {"service_phone": "0951-96555"})
    post = {"_form_submitted": "on", "address": "13800138000", "role": "administrator"}
    client.post(reverse("admin:institutions_institution_appoint", args=[institution.pk]), post)

    institution.refresh_from_db()
    assert institution.service_phone == "0951-96555"
    assert Officer.objects.serving().get().user == person


def test_the_desk_is_closed_to_other_posts(client: Client) -> None:
    answer = _signed_in(client, StaffPostFactory(role=StaffRole.AUDITOR).user).get(
        reverse("admin:institutions_institution_changelist")
    )

    assert answer.status_code == 403


def test_the_desk_readmits_a_suspended_institution_and_lets_one_go(client: Client) -> None:
    institution = InstitutionFactory(state=InstitutionState.SUSPENDED)
    review = {"_form_submitted": "on", "security_reviewed_on": "2026-01-01", "security_valid_until": "2099-01-01"}
    _desk(client)

    client.post(reverse("admin:institutions_institution_readmit", args=[institution.pk]), review)
    institution.refresh_from_db()
    assert institution.state == InstitutionState.ADMITTED

    reason = {"_form_submitted": "on", "reason": "停业"}
    client.post(reverse("admin:institutions_institution_withdraw", args=[institution.pk]), reason)
    institution.refresh_from_db()
    assert institution.state == InstitutionState.WITHDRAWN


def test_the_desk_ends_a_post(client: Client) -> None:
    officer = OfficerFactory()

    _desk(client).post(reverse("admin:institutions_officer_end", args=[officer.pk]))

    assert not Officer.objects.serving().exists()


def test_a_branch_name_taken_is_refused_beside_the_form(client: Client) -> None:
    admin = OfficerFactory(role=OfficerRole.ADMINISTRATOR)
    BranchFactory(institution=admin.institution, name="兴庆支行")

    answer = _signed_in(client, admin.user).post(
        reverse("bank_branch_open"), {"name": "兴庆支行", "region_code": "640104"}
    )

    assert answer.status_code == 409
    assert "已有同名网点" in answer.content.decode()
