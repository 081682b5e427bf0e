"""The institution's pages: the inbox by clock, the application, the credit file, the decision."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from playwright.sync_api import Page

from enterprises.consent.models import AccessRecord
from institutions.models import Institution, Officer
from lending.applications.models import Application
from lending.applications.states import ApplicationState as S
from portal.accounts.roles import OfficerRole
from tests.factories import (
    ApplicationFactory,
    AuthorizationFactory,
    DocumentRequestFactory,
    EnterpriseFactory,
    InstitutionFactory,
    MemberFactory,
    OfficerFactory,
    UploadFactory,
)

pytestmark = pytest.mark.django_db

TERMS = {
    "amount": "40",
    "rate": "4.5",
    "term_months": "12",
    "method": "interest_first",
    "guarantee": "credit",
    "conditions": "",
}


@pytest.fixture
def bank() -> Any:
    return InstitutionFactory()


@pytest.fixture
def officer(client: Client, bank: Institution) -> Any:
    officer = OfficerFactory(institution=bank)
    client.force_login(officer.user)
    return officer


def application_at(bank: Institution, state: str = S.SUBMITTED, **fields: Any) -> Any:
    return ApplicationFactory(product_version__product__institution=bank, state=state, **fields)


def named(name: str, bank: Institution, **fields: Any) -> Any:
    firm = EnterpriseFactory(name=name)
    return application_at(bank, need__member=MemberFactory(enterprise=firm), **fields)


# --- inbox


def test_the_inbox_is_sorted_by_the_clock_and_marks_what_is_late(
    client: Client, officer: Officer, bank: Institution
) -> None:
    now = timezone.now()
    named("从容公司", bank, due_at=now + timedelta(days=5))
    named("超时公司", bank, due_at=now - timedelta(hours=1))
    named("紧急公司", bank, due_at=now + timedelta(hours=3))

    page = client.get("/bank/applications/").content.decode()

    assert page.index("超时公司") < page.index("紧急公司") < page.index("从容公司")
    assert (page.count("已超时"), page.count("即将到期")) == (1, 1)


@pytest.mark.parametrize(
    ("box", "shown"),
    [
        ("todo", ["submitted", "accepted"]),
        ("proposed", ["proposed"]),
        ("waiting", ["waiting"]),
        ("approved", ["approved"]),
        ("closed", ["refused", "withdrawn", "contracted"]),
        ("nonsense", ["submitted", "accepted"]),
    ],
)
def test_a_box_holds_its_states(client: Client, officer: Officer, bank: Institution, box: str, shown: Any) -> None:
    rows = {state: application_at(bank, state) for state in S.values}

    page = client.get("/bank/applications/", {"box": box}).content.decode()

    found = [state for state, row in rows.items() if f"/bank/applications/{row.pk}/" in page]
    assert sorted(found) == sorted(shown)


def test_the_inbox_shows_nothing_of_another_institution(client: Client, officer: Officer) -> None:
    named("别家客户公司", InstitutionFactory())

    assert "别家客户公司" not in client.get("/bank/applications/").content.decode()


@pytest.mark.parametrize("query", [{"q": "盐池滩羊"}, {"region": "640300"}])
def test_the_inbox_is_filtered(client: Client, officer: Officer, bank: Institution, query: Any) -> None:
    firm = EnterpriseFactory(name="宁夏盐池滩羊养殖有限公司", county_code="640323")
    application_at(bank, need__member=MemberFactory(enterprise=firm))
    named("银川机电公司", bank)

    page = client.get("/bank/applications/", query).content.decode()

    assert "宁夏盐池滩羊养殖有限公司" in page
    assert "银川机电公司" not in page


def test_the_inbox_is_found_by_code(client: Client, officer: Officer, bank: Institution) -> None:
    application = named("要找的公司", bank)
    named("另一公司", bank)

    page = client.get("/bank/applications/", {"q": application.enterprise.uscc}).content.decode()

    assert "要找的公司" in page
    assert "另一公司" not in page


@pytest.mark.parametrize("box", ["todo", "closed"])
def test_paging_by_key_shows_every_row_once(
    client: Client, officer: Officer, bank: Institution, box: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lending.applications import queries

    state = S.SUBMITTED if box == "todo" else S.REFUSED
    due_at = timezone.now() if box == "todo" else None
    rows = [application_at(bank, state, due_at=due_at) for _number in range(5)]
    seen, after = [], ""
    while True:
        page = queries.inbox(Application.objects.filter(institution=bank), box, after, at=timezone.now(), size=2)
        seen += [row.application.pk for row in page.rows]
        after = page.after
        if not after:
            break

    assert sorted(seen) == [row.pk for row in rows]


def test_the_inbox_asks_as_often_for_five_rows_as_for_one(
    client: Client, officer: Officer, bank: Institution, django_assert_num_queries: Any
) -> None:
    application_at(bank)
    client.get("/bank/applications/")
    with CaptureQueriesContext(connection) as one:
        client.get("/bank/applications/")
    for _number in range(4):
        application_at(bank)

    with django_assert_num_queries(len(one)):
        client.get("/bank/applications/")


@pytest.mark.parametrize("role", [OfficerRole.PRODUCT_MANAGER, OfficerRole.ADMINISTRATOR])
def test_other_posts_do_not_enter_the_inbox(client: Client, bank: Institution, role: str) -> None:
    client.force_login(OfficerFactory(institution=bank, role=role).user)

    assert client.get("/bank/applications/").status_code == 403


# --- the application


@pytest.mark.parametrize("page", ["", "file/"])
def test_the_application_before_another_institution_does_not_exist(
    client: Client, officer: Officer, page: Page
) -> None:
    assert client.get(f"/bank/applications/{ApplicationFactory().pk}/{page}").status_code == 404


@pytest.mark.parametrize("verb", ["accept", "ask", "propose", "approve", "refuse", "file"])
def test_no_verb_reaches_the_application_before_another_institution(
    client: Client, officer: Officer, verb: str
) -> None:
    application = ApplicationFactory()

    assert client.post(f"/bank/applications/{application.pk}/{verb}/", TERMS).status_code == 404
    assert Application.objects.get(pk=application.pk).state == S.SUBMITTED


def test_the_bank_sees_whether_a_criterion_is_met_but_no_figure_of_the_firm(
    client: Client, officer: Officer, bank: Institution
) -> None:
    verdict = {
        "kind": "min_sales",
        "is_met": False,
        "requirement": "近12个月申报销售额不低于100万元",
        "sentence": "要求近12个月申报销售额不低于100万元；本企业为77.31万元",
        "shortfall": "还差22.69万元",
    }
    application = application_at(bank, verdicts=[verdict])

    page = client.get(f"/bank/applications/{application.pk}/").content.decode()

    assert "近12个月申报销售额不低于100万元" in page
    assert "不符合" in page
    assert "77.31" not in page
    assert "22.69" not in page


def test_accept_by_its_button(client: Client, officer: Officer, bank: Institution) -> None:
    application = application_at(bank)

    response = client.post(f"/bank/applications/{application.pk}/accept/")

    application.refresh_from_db()
    assert (response.url, application.state) == (f"/bank/applications/{application.pk}/", "accepted")


def test_whoever_comes_second_is_told(client: Client, officer: Officer, bank: Institution) -> None:
    response = client.post(f"/bank/applications/{application_at(bank, S.ACCEPTED).pk}/accept/")

    assert response.status_code == 409
    assert "可能已被他人处理" in response.content.decode()


def test_ask_and_see_the_answer(client: Client, officer: Officer, bank: Institution) -> None:
    application = application_at(bank, S.ACCEPTED)

    client.post(f"/bank/applications/{application.pk}/ask/", {"title": "近三个月银行流水", "note": "加盖公章"})

    page = client.get(f"/bank/applications/{application.pk}/").content.decode()
    assert "近三个月银行流水" in page
    assert "待提交" in page


def test_an_answer_opens_for_the_bank_it_was_given_to_only(client: Client, officer: Officer, bank: Institution) -> None:
    application = application_at(bank, S.ACCEPTED)
    upload = UploadFactory(enterprise_id=application.enterprise_id)
    DocumentRequestFactory(
        application=application,
        answer=upload,
        answered_at=application.accepted_at,
        answered_by=application.submitted_by,
    )

    mine = client.get(f"/bank/applications/answers/{upload.pk}/")
    client.force_login(OfficerFactory().user)
    foreign = client.get(f"/bank/applications/answers/{upload.pk}/")

    assert (mine.status_code, foreign.status_code) == (200, 404)


def test_approve_by_its_form(client: Client, officer: Officer, bank: Institution) -> None:
    application = application_at(bank, S.ACCEPTED)

    client.post(f"/bank/applications/{application.pk}/approve/", TERMS)

    application.refresh_from_db()
    granted = (application.state, str(application.approved_amount), str(application.approved_rate))
    assert granted == ("approved", "400000.00", "0.045000")


@pytest.mark.parametrize(
    "change",
    [{"rate": "6.01"}, {"amount": "301"}, {"term_months": "37"}, {"method": "bullet"}, {"guarantee": "pledge"}],
)
def test_terms_outside_the_product_are_said_in_place(
    client: Client, officer: Officer, bank: Institution, change: dict[str, Any]
) -> None:
    application = application_at(bank, S.ACCEPTED)

    response = client.post(f"/bank/applications/{application.pk}/approve/", {**TERMS, **change})

    assert response.status_code == 422
    assert Application.objects.get(pk=application.pk).state == S.ACCEPTED


def test_more_than_was_asked_is_refused_in_words_and_what_was_typed_stays(
    client: Client, officer: Officer, bank: Institution
) -> None:
    application = application_at(bank, S.ACCEPTED)

    response = client.post(f"/bank/applications/{application.pk}/approve/", {**TERMS, "amount": "60"})

    page = response.content.decode()
    assert response.status_code == 422
    assert "授信金额高于企业申请金额" in page
    assert 'value="60"' in page


def test_four_eyes_one_proposes_another_confirms(client: Client, bank: Institution) -> None:
    type(bank).objects.filter(pk=bank.pk).update(asks_four_eyes=True)
    application = application_at(bank, S.ACCEPTED)
    url = f"/bank/applications/{application.pk}/"
    client.force_login(OfficerFactory(institution=bank).user)

    assert f"{url}approve/" not in client.get(url).content.decode()
    assert client.post(f"{url}approve/", TERMS).status_code == 422
    client.post(f"{url}propose/", TERMS)
    client.force_login(OfficerFactory(institution=bank, role=OfficerRole.APPROVER).user)
    client.post(f"{url}approve/", TERMS)

    application.refresh_from_db()
    assert application.state == S.APPROVED
    assert application.proposed_by != application.decided_by


def test_send_back_shows_the_loan_officer_why(client: Client, officer: Officer, bank: Institution) -> None:
    application = application_at(bank, S.PROPOSED)
    url = f"/bank/applications/{application.pk}/"
    client.force_login(OfficerFactory(institution=bank, role=OfficerRole.APPROVER).user)

    client.post(f"{url}send-back/", {"note": "请补充现金流分析"})

    client.force_login(officer.user)
    assert "请补充现金流分析" in client.get(url).content.decode()


def test_a_loan_officer_may_not_send_back(client: Client, officer: Officer, bank: Institution) -> None:
    application = application_at(bank, S.PROPOSED)

    assert client.post(f"/bank/applications/{application.pk}/send-back/", {"note": "x"}).status_code == 403


def test_refuse_by_its_form(client: Client, officer: Officer, bank: Institution) -> None:
    application = application_at(bank, S.ACCEPTED)
    url = f"/bank/applications/{application.pk}/refuse/"

    nothing_said = client.post(url, {"reason": "guarantee", "note": ""})
    client.post(url, {"reason": "guarantee", "note": "需追加保证人"})

    application.refresh_from_db()
    assert nothing_said.status_code == 422
    assert (application.state, application.refusal_note) == ("refused", "需追加保证人")


@pytest.mark.parametrize("verb", ["accept", "ask", "propose", "approve", "refuse"])
def test_verbs_are_not_links(client: Client, officer: Officer, bank: Institution, verb: str) -> None:
    assert client.get(f"/bank/applications/{application_at(bank).pk}/{verb}/").status_code == 405


# --- the credit file


@pytest.fixture
def consented(purposes: None, bank: Institution) -> Any:
    from django.core.management import call_command

    call_command("load_catalogue", verbosity=0)
    member = MemberFactory()
    at = timezone.now()
    terms = {"starts_at": at - timedelta(days=1), "ends_at": at + timedelta(days=30)}
    consent = AuthorizationFactory(member=member, institution=bank, items={"MR_BASIC": "detail"}, **terms)
    return application_at(bank, S.ACCEPTED, need__member=member, authorization_id=consent.pk)


def test_opening_the_file_asks_first_and_leaves_a_record(client: Client, officer: Officer, consented: Any) -> None:
    url = f"/bank/applications/{consented.pk}/file/"

    asked = client.get(url)
    assert (asked.status_code, AccessRecord.objects.count()) == (200, 0)

    opened = client.post(url)
    look = AccessRecord.objects.get()
    assert opened.status_code == 200
    assert consented.enterprise.uscc in opened.content.decode()
    assert "no-store" in opened["Cache-Control"]
    assert (look.enterprise_id, look.actor_id, look.is_allowed, look.parent_kind, look.parent_id) == (
        consented.enterprise_id,
        officer.user_id,
        True,
        "application",
        consented.pk,
    )


def test_a_revoked_consent_keeps_the_file_shut_and_the_attempt_is_recorded(
    client: Client, officer: Officer, consented: Any
) -> None:
    from enterprises.consent.models import Authorization

    Authorization.objects.filter(pk=consented.authorization_id).update(state="revoked")

    response = client.post(f"/bank/applications/{consented.pk}/file/")

    assert response.status_code == 409
    assert "已撤回这份授权" in response.content.decode()
    assert AccessRecord.objects.values_list("is_allowed", "refusal_code").get() == (False, "revoked")
