"""The firm's pages of an application."""

import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from enterprises.models import Member
from institutions.products.models import ProductVersion
from lending.applications.models import Application, DocumentRequest
from lending.applications.states import ApplicationState as S
from lending.needs.models import Need
from portal.accounts.roles import EnterpriseRole
from portal.audit.models import AuditEvent
from tests.factories import (
    ApplicationFactory,
    AuthorizationFactory,
    DocumentRequestFactory,
    MemberFactory,
    NeedFactory,
    ProductVersionFactory,
)

TYPED = {"amount": "50", "term_months": "12", "contact_name": "马晓燕", "contact_phone": "13909510001"}


@pytest.fixture
def member(client: Client, purposes: None) -> Any:
    member = MemberFactory()
    client.force_login(member.user)
    return member


@pytest.fixture
def need(member: Member) -> Any:
    return NeedFactory(member=member)


@pytest.fixture
def version() -> Any:
    return ProductVersionFactory(product__name="税信贷", criteria=[{"kind": "region", "value": ["640200"]}])


def url_of(need: Need, version: ProductVersion) -> Any:
    return f"/enterprise/needs/{need.pk}/apply/{version.pk}/"


def allow(member: Member, version: ProductVersion, **terms: Any) -> Any:
    return AuthorizationFactory(
        member=member, institution=version.product.institution, items={"MR_BASIC": "detail"}, **terms
    )


# --- apply


def test_without_a_consent_the_page_leads_to_one(client: Client, need: Need, version: ProductVersion) -> None:
    page = client.get(url_of(need, version)).content.decode()

    assert "先授权，再申请" in page
    assert (
        f"/enterprise/authorizations/grant/?product_version={version.pk}&amp;next=/enterprise/needs/{need.pk}/apply/"
        in page
    )
    assert 'name="amount"' not in page


def test_with_a_consent_the_page_shows_the_form_the_terms_and_what_is_missed(
    client: Client, member: Member, need: Need, version: ProductVersion
) -> None:
    allow(member, version)

    page = client.get(url_of(need, version)).content.decode()

    assert 'name="amount"' in page
    assert 'value="50"' in page
    assert "有条件未满足" in page
    assert "要求注册地在石嘴山市" in page


def test_applying_leads_to_the_application(client: Client, member: Member, need: Need, version: ProductVersion) -> None:
    consent = allow(member, version)

    response = client.post(url_of(need, version), {**TYPED, "submission_key": uuid.uuid4()})

    application = Application.objects.get()
    assert response.url == f"/enterprise/applications/{application.pk}/"
    kept = (str(application.amount), application.authorization_id, application.is_first_loan)
    assert kept == ("500000.00", consent.pk, False)


def test_a_second_click_is_the_same_application(
    client: Client, member: Member, need: Need, version: ProductVersion
) -> None:
    allow(member, version)
    sent = {**TYPED, "submission_key": uuid.uuid4()}

    first, second = client.post(url_of(need, version), sent), client.post(url_of(need, version), sent)

    assert first.url == second.url
    assert Application.objects.count() == 1


def test_applying_without_a_consent_is_refused_in_words(client: Client, need: Need, version: ProductVersion) -> None:
    response = client.post(url_of(need, version), {**TYPED, "submission_key": uuid.uuid4()})

    assert response.status_code == 409
    assert "尚未授权该机构查询贵企业信用信息" in response.content.decode()
    assert Application.objects.count() == 0


@pytest.mark.parametrize(
    "change", [{"amount": "9.99"}, {"amount": "300.01"}, {"term_months": "5"}, {"term_months": "37"}]
)
def test_what_lies_outside_the_product_is_said_in_place(
    client: Client, member: Member, need: Need, version: ProductVersion, change: dict[str, Any]
) -> None:
    allow(member, version)

    response = client.post(url_of(need, version), {**TYPED, **change, "submission_key": uuid.uuid4()})

    assert response.status_code == 422
    assert Application.objects.count() == 0


def test_a_product_off_the_shelf_is_refused_in_words(
    client: Client, member: Member, need: Need, version: ProductVersion
) -> None:
    type(version).objects.filter(pk=version.pk).update(state="paused")

    response = client.get(url_of(need, version))

    assert response.status_code == 409
    assert "该产品已暂停、下架或更新" in response.content.decode()


def test_a_viewer_may_not_apply(client: Client, member: Member, need: Need, version: ProductVersion) -> None:
    client.force_login(MemberFactory(enterprise=member.enterprise, role=EnterpriseRole.VIEWER).user)

    assert client.get(url_of(need, version)).status_code == 403


def test_nobody_applies_with_the_need_of_another_firm(client: Client, member: Member, version: ProductVersion) -> None:
    assert client.get(url_of(NeedFactory(), version)).status_code == 404


# --- list and page


def test_the_list_shows_the_own_applications_only(client: Client, need: Need) -> None:
    own = ApplicationFactory(need=need, product_version__product__name="自己的贷")
    ApplicationFactory(product_version__product__name="别家的贷")

    page = client.get("/enterprise/applications/").content.decode()

    assert f"/enterprise/applications/{own.pk}/" in page
    assert "自己的贷" in page
    assert "别家的贷" not in page


def test_the_application_of_another_firm_does_not_exist(client: Client, member: Member) -> None:
    other = ApplicationFactory()

    assert client.get(f"/enterprise/applications/{other.pk}/").status_code == 404
    assert client.post(f"/enterprise/applications/{other.pk}/withdraw/").status_code == 404


def test_the_page_does_not_name_the_persons_of_the_bank_nor_its_proposal(client: Client, need: Need) -> None:
    application = ApplicationFactory(need=need, state=S.PROPOSED)

    page = client.get(f"/enterprise/applications/{application.pk}/").content.decode()

    assert "受理" in page
    assert str(application.accepted_by) not in page
    assert "4.5" not in page
    assert "授信建议" not in page


def test_a_refusal_is_shown_with_its_reason_and_a_next_step(client: Client, need: Need) -> None:
    application = ApplicationFactory(need=need, state=S.REFUSED)

    page = client.get(f"/enterprise/applications/{application.pk}/").content.decode()

    assert "担保条件不足" in page
    assert "需追加保证人" in page
    assert f'href="/enterprise/needs/{need.pk}/"' in page
    assert "向融资担保机构申请担保" in page


def test_an_approval_shows_its_terms(client: Client, need: Need) -> None:
    application = ApplicationFactory(need=need, state=S.APPROVED)

    page = client.get(f"/enterprise/applications/{application.pk}/").content.decode()

    assert "4.50%" in page
    assert "按月付息到期还本" in page


# --- answer, withdraw


@pytest.fixture
def asked(need: Need) -> Any:
    return DocumentRequestFactory(application=ApplicationFactory(need=need, state=S.WAITING))


def answer_url(asked: DocumentRequest) -> Any:
    return f"/enterprise/applications/{asked.application_id}/answer/{asked.pk}/"


def file(content: Any = b"%PDF-1.7\n%%EOF\n") -> Any:
    return SimpleUploadedFile("流水.pdf", content)


def test_a_document_is_handed_in(client: Client, asked: DocumentRequest) -> None:
    response = client.post(answer_url(asked), {"file": file(), "note": "已盖章"})

    asked.refresh_from_db()
    asked.application.refresh_from_db()
    assert response.url == f"/enterprise/applications/{asked.application_id}/"
    assert (asked.answer.name, asked.answer_note, asked.application.state) == ("流水.pdf", "已盖章", "accepted")


def test_a_file_that_is_not_what_it_says_is_refused_in_words(client: Client, asked: DocumentRequest) -> None:
    response = client.post(answer_url(asked), {"file": file(b"MZ a program")})

    assert response.status_code == 422
    assert "文件内容与扩展名不符" in response.content.decode()


def test_no_file_is_said_in_place(client: Client, asked: DocumentRequest) -> None:
    assert client.post(answer_url(asked), {}).status_code == 422
    assert DocumentRequest.objects.get(pk=asked.pk).answered_at is None


def test_a_request_of_another_application_does_not_exist(client: Client, asked: DocumentRequest) -> None:
    other = DocumentRequestFactory()

    url = f"/enterprise/applications/{asked.application_id}/answer/{other.pk}/"

    assert client.post(url, {"file": file()}).status_code == 404


def test_a_document_opens_for_the_firm_and_leaves_a_trace(client: Client, asked: DocumentRequest) -> None:
    client.post(answer_url(asked), {"file": file()})
    asked.refresh_from_db()

    response = client.get(f"/enterprise/applications/answers/{asked.answer_id}/")

    assert b"".join(response.streaming_content).startswith(b"%PDF")
    assert AuditEvent.objects.filter(verb="upload.open", subject_id=str(asked.answer_id)).count() == 1


def test_a_document_of_another_firm_does_not_exist(client: Client, asked: DocumentRequest) -> None:
    client.post(answer_url(asked), {"file": file()})
    asked.refresh_from_db()
    client.force_login(MemberFactory().user)

    assert client.get(f"/enterprise/applications/answers/{asked.answer_id}/").status_code == 404


def test_withdraw_asks_once_more_then_does_it(client: Client, need: Need) -> None:
    application = ApplicationFactory(need=need)
    url = f"/enterprise/applications/{application.pk}/withdraw/"

    assert client.get(url).status_code == 200
    assert Application.objects.get(pk=application.pk).state == S.SUBMITTED
    client.post(url, {"confirm": "yes"})
    assert Application.objects.get(pk=application.pk).state == S.WITHDRAWN
    assert client.post(url).status_code == 409
