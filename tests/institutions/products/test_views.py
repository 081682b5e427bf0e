from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from institutions.products.forms import TermsForm, initial_of
from institutions.products.models import ProductVersion
from institutions.products.states import VersionState
from portal.accounts.roles import OfficerRole, StaffRole
from tests.factories import (
    AskableItemFactory,
    InstitutionFactory,
    OfficerFactory,
    ProductFactory,
    ProductVersionFactory,
    StaffPostFactory,
)

pytestmark = pytest.mark.django_db


def _signed_in(client: Client, user: object) -> Client:
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")  # type: ignore[arg-type]
    return client


# The shelf


def test_the_shelf_shows_what_is_listed_and_nothing_else(client: Client) -> None:
    listed, draft = ProductVersionFactory(), ProductVersionFactory(draft=True)

    text = client.get(reverse("public_products")).content.decode()

    assert (listed.product.name in text, draft.product.name in text) == (True, False)


def test_facets_are_typed_in_wan_and_percent(client: Client) -> None:
    cheap = ProductVersionFactory(min_rate=Decimal("0.030000"))
    dear = ProductVersionFactory(min_rate=Decimal("0.050000"))

    text = client.get(reverse("public_products"), {"amount": "300", "rate": "3.5", "term": "12"}).content.decode()

    assert (cheap.product.name in text, dear.product.name in text) == (True, False)


def test_a_senseless_facet_narrows_nothing_and_is_marked(client: Client) -> None:
    version = ProductVersionFactory()

    answer = client.get(reverse("public_products"), {"amount": "many", "guarantee": "moon", "zone": "x"})

    assert answer.status_code == 200
    assert version.product.name in answer.content.decode()


def test_an_empty_shelf_says_what_to_do(client: Client) -> None:
    text = client.get(reverse("public_products"), {"amount": "99999"}).content.decode()

    assert "没有符合条件的产品" in text
    assert "直接发布融资需求" in text


@pytest.mark.parametrize("state", [state for state in VersionState.values if state != VersionState.LISTED])
def test_a_product_that_is_not_listed_does_not_exist_for_the_public(state: str, client: Client) -> None:
    version = ProductVersionFactory(state=state)

    assert client.get(reverse("public_product", args=[version.pk])).status_code == 404


def test_a_products_page_states_its_criteria_items_and_materials(client: Client) -> None:
    AskableItemFactory(code="TX_RATING", name="纳税信用级别信息")
    version = ProductVersionFactory(
        criteria=[{"kind": "min_years", "value": 2}, {"kind": "region", "value": ["640100"]}],
        asked_items={"TX_RATING": "outcome"},
        materials="营业执照\n购销合同",
    )

    text = client.get(reverse("public_product", args=[version.pk])).content.decode()

    for said in (
        "成立满2年",
        "注册地在银川市",
        "纳税信用级别信息（结论）",
        "购销合同",
        version.product.institution.name,
    ):
        assert said in text


def test_up_to_three_products_stand_side_by_side_and_unlisted_ones_are_left_out(client: Client) -> None:
    versions = ProductVersionFactory.create_batch(4)
    draft = ProductVersionFactory(draft=True)
    chosen = [draft.pk, versions[2].pk, versions[2].pk, versions[0].pk, versions[1].pk, versions[3].pk]

    text = client.get(reverse("public_compare"), {"v": [*chosen, "x"]}).content.decode()

    shown = [version.product.name in text for version in [*versions, draft]]
    assert shown == [True, True, True, False, False]


def test_comparing_nothing_leads_back_to_the_shelf(client: Client) -> None:
    text = client.get(reverse("public_compare")).content.decode()

    assert "还没有选择产品" in text


@pytest.mark.parametrize("many", [3, 30])
def test_the_shelf_asks_as_many_queries_for_many_as_for_few(
    many: int, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ProductVersionFactory.create_batch(many, zone="rural")

    with django_assert_max_num_queries(4):
        client.get(reverse("public_products"))


# The bank's pages


def _typed(**fields: Any) -> dict[str, Any]:
    return {
        "name": "税易贷",
        "summary": "凭纳税记录授信",
        "scene": "tax",
        "min_amount_wan": "10",
        "max_amount_wan": "200.5",
        "min_term_months": "6",
        "max_term_months": "24",
        "min_rate_percent": "3.85",
        "max_rate_percent": "6",
        "guarantees": ["credit"],
        "repayment_methods": ["interest_first"],
        "region": ["640100"],
        "min_years": "2",
        "exclusions": ["no_dishonesty"],
        "min_sales_wan": "50",
        "max_liabilities_percent": "70",
    } | fields


def _manager_in(client: Client) -> Any:
    manager = OfficerFactory(role=OfficerRole.PRODUCT_MANAGER)
    _signed_in(client, manager.user)
    return manager


def test_a_draft_is_typed_in_wan_and_percent_and_kept_in_yuan_and_fractions(client: Client) -> None:
    manager = _manager_in(client)
    AskableItemFactory(code="TX_RATING", name="纳税信用级别信息")

    answer = client.post(reverse("bank_product_draft"), _typed(item_TX_RATING="detail"))

    version = ProductVersion.objects.get()
    assert answer["Location"] == reverse("bank_product", args=[version.pk])
    assert (version.product.institution, version.product.name) == (manager.institution, "税易贷")
    assert (version.max_amount, version.min_rate) == (Decimal("2005000.00"), Decimal("0.038500"))
    assert version.asked_items == {"TX_RATING": "detail"}
    assert version.criteria == [
        {"kind": "region", "value": ["640100"]},
        {"kind": "min_years", "value": 2},
        {"kind": "no_dishonesty", "value": True},
        {"kind": "min_sales", "value": "500000"},
        {"kind": "max_liabilities_ratio", "value": "0.7"},
    ]


def test_a_preview_shows_the_criteria_in_words_and_keeps_nothing(client: Client) -> None:
    _manager_in(client)

    text = client.post(reverse("bank_product_draft"), _typed(preview="yes")).content.decode()

    assert "近12个月申报销售额不低于50万元" in text
    assert not ProductVersion.objects.exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"max_amount_wan": "5"}, "不能小于对应的最低值"),
        ({"max_rate_percent": "3"}, "不能小于对应的最低值"),
        ({"guarantees": []}, "这个字段是必填项"),
        ({"industry": ["F"], "industry_excluded": ["F"]}, "批发和零售业 已列为支持行业，不能同时排除"),
        ({"region": ["110000"]}, "110000"),
        ({"max_rate_percent": "40"}, "36"),
    ],
)
def test_a_faulty_draft_is_shown_again_with_what_is_wrong(
    fields: dict[str, Any], sentence: str, client: Client
) -> None:
    _manager_in(client)

    answer = client.post(reverse("bank_product_draft"), _typed(**fields))

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not ProductVersion.objects.exists()


def test_a_name_taken_is_refused_beside_the_form(client: Client) -> None:
    manager = _manager_in(client)
    ProductFactory(institution=manager.institution, name="税易贷")

    answer = client.post(reverse("bank_product_draft"), _typed())

    assert answer.status_code == 409
    assert "本机构已有同名产品" in answer.content.decode()


def test_what_the_form_shows_of_a_version_is_what_it_keeps() -> None:
    version = ProductVersionFactory(
        draft=True,
        criteria=[
            {"kind": "region", "value": ["640100"]},
            {"kind": "min_grade", "value": "BBB"},
            {"kind": "tax_grade", "value": ["A", "B"]},
            {"kind": "no_abnormal", "value": True},
            {"kind": "min_tax_paid", "value": "12500"},
            {"kind": "min_insured_staff", "value": "3"},
            {"kind": "max_liabilities_ratio", "value": "0.655"},
            {"kind": "certificate", "value": ["hitech_valid"]},
        ],
        asked_items={},
    )

    form = TermsForm(initial_of(version))

    assert form.is_valid(), form.errors
    kept = form.terms()
    assert kept.criteria == version.criteria
    assert (kept.min_amount, kept.max_amount, kept.min_rate) == (
        version.min_amount,
        version.max_amount,
        version.min_rate,
    )


def test_a_version_goes_from_draft_to_submission_and_pauses_through_the_pages(client: Client) -> None:
    manager = _manager_in(client)
    client.post(reverse("bank_product_draft"), _typed())
    version = ProductVersion.objects.get()

    client.post(reverse("bank_product_revise", args=[version.pk]), _typed(summary="改过的介绍"))
    client.post(reverse("bank_product_submit", args=[version.pk]))
    version.refresh_from_db()
    assert (version.summary, version.state, version.submitted_by) == ("改过的介绍", "submitted", manager.user)

    listed = ProductVersionFactory(product__institution=manager.institution)
    for verb, state in (("pause", "paused"), ("resume", "listed"), ("withdraw", "withdrawn")):
        client.post(reverse(f"bank_product_{verb}", args=[listed.pk]))
        listed.refresh_from_db()
        assert listed.state == state


def test_a_submitted_version_cannot_be_revised_through_its_address(client: Client) -> None:
    manager = _manager_in(client)
    version = ProductVersionFactory(product__institution=manager.institution, submitted=True)

    answer = client.post(reverse("bank_product_revise", args=[version.pk]), _typed())

    assert answer.status_code == 409


def test_the_page_of_a_new_version_tells_what_it_changes(client: Client) -> None:
    manager = _manager_in(client)
    listed = ProductVersionFactory(product__institution=manager.institution, number=1, min_rate=Decimal("0.0385"))

    answer = client.post(reverse("bank_product_next", args=[listed.pk]))
    draft = ProductVersion.objects.get(number=2)
    client.post(reverse("bank_product_revise", args=[draft.pk]), _typed(min_rate_percent="3.1"))
    text = client.get(reverse("bank_product", args=[draft.pk])).content.decode()

    assert answer["Location"] == reverse("bank_product_revise", args=[draft.pk])
    assert "3.85% – 6.00%" in text
    assert "3.10% – 6.00%" in text


def test_a_product_of_another_institution_does_not_exist(client: Client) -> None:
    _manager_in(client)
    strangers = ProductVersionFactory()

    for name in ("bank_product", "bank_product_revise"):
        assert client.get(reverse(name, args=[strangers.pk])).status_code == 404
    for verb in ("submit", "next", "pause", "resume", "withdraw"):
        assert client.post(reverse(f"bank_product_{verb}", args=[strangers.pk])).status_code == 404


def test_a_loan_officer_reads_products_and_drafts_none(client: Client) -> None:
    officer = OfficerFactory(role=OfficerRole.LOAN_OFFICER)
    version = ProductVersionFactory(product__institution=officer.institution)
    _signed_in(client, officer.user)

    text = client.get(reverse("bank_product", args=[version.pk])).content.decode()

    assert version.product.name in text
    assert reverse("bank_product_pause", args=[version.pk]) not in text
    assert client.get(reverse("bank_product_draft")).status_code == 403
    assert client.post(reverse("bank_product_pause", args=[version.pk])).status_code == 403


@pytest.mark.parametrize("many", [3, 25])
def test_the_list_of_products_asks_as_many_queries_for_many_as_for_few(
    many: int, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    manager = _manager_in(client)
    ProductVersionFactory.create_batch(many, product__institution=manager.institution)

    with django_assert_max_num_queries(7):
        client.get(reverse("bank_products"))


def test_an_institution_without_products_is_told_what_to_do(client: Client) -> None:
    _manager_in(client)

    assert "起草产品、提交审核" in client.get(reverse("bank_products")).content.decode()


# The reviewer's desk


def _desk(client: Client, **fields: Any) -> Any:
    reviewer = StaffPostFactory(role=StaffRole.PRODUCT_REVIEWER, **fields).user
    _signed_in(client, reviewer)
    return reviewer


def test_the_reviewer_reads_the_criteria_in_words_and_lists(client: Client) -> None:
    version = ProductVersionFactory(submitted=True, criteria=[{"kind": "min_years", "value": 2}])
    page = reverse("admin:products_productversion_change", args=[version.pk])
    reviewer = _desk(client)

    text = client.get(page).content.decode()
    client.post(reverse("admin:products_productversion_list_version", args=[version.pk]))

    version.refresh_from_db()
    assert "成立满2年" in text
    assert (version.state, version.reviewed_by) == (VersionState.LISTED, reviewer)
    assert client.get(reverse("public_product", args=[version.pk])).status_code == 200


def test_the_reviewer_returns_with_a_note(client: Client) -> None:
    version = ProductVersionFactory(submitted=True)
    door = reverse("admin:products_productversion_return_version", args=[version.pk])
    _desk(client)

    client.post(door, {"_form_submitted": "on", "note": ""})
    version.refresh_from_db()
    assert version.state == VersionState.SUBMITTED
    client.post(door, {"_form_submitted": "on", "note": "利率上限偏高"})
    version.refresh_from_db()
    assert (version.state, version.review_note) == (VersionState.RETURNED, "利率上限偏高")


def test_a_drafter_who_reviews_is_told_to_leave_it_to_another(client: Client) -> None:
    reviewer = _desk(client)
    version = ProductVersionFactory(submitted=True, drafted_by=reviewer)

    answer = client.post(reverse("admin:products_productversion_list_version", args=[version.pk]), follow=True)

    version.refresh_from_db()
    assert version.state == VersionState.SUBMITTED
    assert "请交由另一位审核员办理" in answer.content.decode()


@pytest.mark.parametrize("many", [3, 25])
def test_the_review_queue_asks_as_many_queries_for_many_as_for_few(
    many: int, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    institution = InstitutionFactory()
    ProductVersionFactory.create_batch(many, submitted=True, product__institution=institution)
    _desk(client)

    with django_assert_max_num_queries(12):
        client.get(reverse("admin:products_productversion_changelist"))


def test_the_reviewer_takes_a_product_off_the_shelf(client: Client) -> None:
    version = ProductVersionFactory()
    _desk(client)

    client.post(reverse("admin:products_productversion_withdraw", args=[version.pk]))

    version.refresh_from_db()
    assert version.state == VersionState.WITHDRAWN


def test_the_reviewer_sees_what_a_new_version_changes(client: Client) -> None:
    before = ProductVersionFactory(number=1, min_rate=Decimal("0.038500"))
    after = ProductVersionFactory(product=before.product, number=2, submitted=True, min_rate=Decimal("0.031000"))
    _desk(client)

    text = client.get(reverse("admin:products_productversion_change", args=[after.pk])).content.decode()

    assert "3.85% – 6.00% → 3.10% – 6.00%" in text
