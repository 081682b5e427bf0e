import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from enterprises.consent import gate
from enterprises.consent.models import AccessRecord, Authorization
from enterprises.consent.states import AuthorizationState as S
from enterprises.evaluation import actions as evaluation
from enterprises.models import Member
from institutions.products.models import ProductVersion
from portal.accounts.roles import EnterpriseRole
from portal.documents.models import IssuedDocument
from tests.enterprises.records import keep
from tests.factories import AuthorizationFactory, MemberFactory, OfficerFactory, ProductVersionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


@pytest.fixture
def member(client: Client) -> Member:
    member: Member = MemberFactory()
    client.force_login(member.user)
    return member


@pytest.fixture
def live(member: Member) -> Authorization:
    """A consent that is in force by the clock of the doors."""
    now = timezone.now()
    authorization: Authorization = AuthorizationFactory(
        member=member,
        starts_at=now - dt.timedelta(days=1),
        ends_at=now + dt.timedelta(days=90),
        items={"TX_RATING": "detail"},
    )
    return authorization


def prove(client: Client) -> None:
    """Type the password again."""
    client.post("/accounts/reauthenticate/", {"password": "correct horse"})


def page(response: HttpResponse) -> str:
    return response.content.decode()


# --- Granting -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def version() -> ProductVersion:
    version: ProductVersion = ProductVersionFactory(
        asked_items={"MR_ABNORMAL": "detail", "TX_PAYMENT": "summary", "SF_INSURED": "detail"}
    )
    return version


def grant_url(version: ProductVersion, onward: str = "") -> str:
    return f"{reverse('enterprise_authorization_grant')}?product_version={version.pk}&next={onward}"


def ticked(**changes: Any) -> dict[str, Any]:
    return {
        "fetch_kind": "periodic",
        "uses": "10",
        "uses_unit": "month",
        "data_life": "1",
        "data_life_unit": "year",
        "data_months": "24",
        "ends_on": (timezone.localdate() + dt.timedelta(days=90)).isoformat(),
        "has_read": "on",
        "submission_key": str(uuid.uuid4()),
        "item_MR_ABNORMAL": "on",
        "item_TX_PAYMENT": "on",
    } | changes


def test_signing_asks_for_a_fresh_proof_first(client: Client, member: Member, version: ProductVersion) -> None:
    response = client.get(grant_url(version))

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/reauthenticate/")


def test_the_grant_page_shows_what_each_item_would_show_and_ticks_no_private_one(
    client: Client, member: Member, version: ProductVersion
) -> None:
    prove(client)

    shown = client.get(grant_url(version))
    form = shown.context["form"]

    assert [item.is_sensitive for item in form.asked] == [False, True, True]
    assert [form[f"item_{item.code}"].initial for item in form.asked] == [True, False, False]
    assert version.product.institution.name in page(shown)
    assert "养老参保人数" in page(shown)
    assert "遮蔽：社保单位编号" in page(shown)
    assert "只有记录数、最近日期和金额合计" in page(shown)


def test_only_what_was_ticked_is_granted(client: Client, member: Member, version: ProductVersion) -> None:
    prove(client)

    response = client.post(grant_url(version, "/enterprise/needs/"), ticked())

    authorization = Authorization.objects.get()
    assert response["Location"] == "/enterprise/needs/"
    assert {item.item_code: item.mode for item in authorization.items.all()} == {
        "MR_ABNORMAL": "detail",
        "TX_PAYMENT": "summary",
    }
    assert (authorization.institution, authorization.granted_by) == (version.product.institution, member.user)


def test_the_page_to_go_on_to_must_be_of_this_site(client: Client, member: Member, version: ProductVersion) -> None:
    prove(client)

    response = client.post(grant_url(version, "https://elsewhere.example/"), ticked())

    assert response["Location"] == reverse("enterprise_authorization", args=[Authorization.objects.get().pk])


@pytest.mark.parametrize(
    ("changes", "words", "status"),
    [
        ({"uses": "31"}, "查询次数超过该用途的上限（每自然月最多 30 次）", 412),
        ({"data_life": "4"}, "数据留存期超过该用途的上限（3 年）", 412),
        ({"data_months": "99"}, "数据跨度超过该用途的上限（36 个月）", 412),
        ({"ends_on": "2099-01-01"}, "授权期限超过该用途的上限（180 天）", 412),
        ({"item_MR_ABNORMAL": "", "item_TX_PAYMENT": ""}, "请至少勾选一项", 422),
        ({"has_read": ""}, "有内容需要更正", 422),
    ],
)
def test_what_cannot_be_granted_is_said_on_the_same_page(
    *, changes: dict[str, str], words: str, status: int, client: Client, member: Member, version: ProductVersion
) -> None:
    prove(client)

    response = client.post(grant_url(version), ticked(**changes))

    assert (response.status_code, words in page(response)) == (status, True)
    assert Authorization.objects.count() == 0


@pytest.mark.parametrize("number", ["", "x", "999999"])
def test_a_product_that_is_not_on_the_shelf_cannot_be_granted_to(number: str, client: Client, member: Member) -> None:
    prove(client)

    assert client.get(f"{reverse('enterprise_authorization_grant')}?product_version={number}").status_code == 404


def test_a_viewer_may_not_grant(client: Client, version: ProductVersion) -> None:
    client.force_login(MemberFactory(role=EnterpriseRole.VIEWER).user)
    prove(client)

    assert client.get(grant_url(version)).status_code == 403


# --- Consents -----------------------------------------------------------------------------------------------------------


def test_the_list_shows_the_firms_own_consents(client: Client, live: Authorization) -> None:
    other = AuthorizationFactory()

    shown = page(client.get(reverse("enterprise_authorizations")))

    assert live.institution.name in shown
    assert other.institution.name not in shown


def test_a_consent_shows_its_terms_and_the_looks_under_it(client: Client, live: Authorization) -> None:
    officer = OfficerFactory(institution=live.institution)
    gate.open_file(authorization_id=live.pk, officer=officer, door="page", at=timezone.now())

    shown = page(client.get(reverse("enterprise_authorization", args=[live.pk])))

    assert "纳税（缴费）信用级别信息" in shown
    assert "每自然月最多 10 次，本周期已用 1 次" in shown
    assert officer.institution.name in shown


@pytest.mark.parametrize("verb", ["", "letter/", "pause/", "resume/", "revoke/", "decline/"])
def test_the_consent_of_another_firm_does_not_exist(verb: str, client: Client, member: Member) -> None:
    other = AuthorizationFactory()
    address = reverse("enterprise_authorization", args=[other.pk]) + verb

    response = client.get(address) if verb in {"", "letter/"} else client.post(address)

    assert response.status_code == 404


def test_pause_resume_and_revoke_by_button(client: Client, live: Authorization) -> None:
    states = []
    for verb in ("pause", "resume", "revoke"):
        client.post(reverse(f"enterprise_authorization_{verb}", args=[live.pk]))
        live.refresh_from_db()
        states.append(live.state)

    assert states == [S.PAUSED, S.GRANTED, S.REVOKED]


def test_a_second_revocation_is_told_so(client: Client, live: Authorization) -> None:
    address = reverse("enterprise_authorization_revoke", args=[live.pk])
    client.post(address)

    response = client.post(address)

    assert (response.status_code, "已经撤回" in page(response)) == (409, True)


def test_agreeing_to_a_request_asks_for_a_fresh_proof(client: Client, member: Member) -> None:
    asked = AuthorizationFactory(member=member, state=S.REQUESTED, ends_at=timezone.now() + dt.timedelta(days=30))
    address = reverse("enterprise_authorization_agree", args=[asked.pk])
    assert client.post(address)["Location"].startswith("/accounts/reauthenticate/")

    prove(client)
    client.post(address)

    asked.refresh_from_db()
    assert asked.state == S.GRANTED


def test_a_request_waits_on_top_of_the_list(client: Client, member: Member) -> None:
    asked = AuthorizationFactory(member=member, state=S.REQUESTED, ends_at=timezone.now() + dt.timedelta(days=30))

    shown = client.get(reverse("enterprise_authorizations"))

    assert list(shown.context["waiting"]) == [asked]
    assert f"{asked.institution.name} 请求授权" in page(shown)


def test_there_is_no_letter_before_the_signature(client: Client, member: Member) -> None:
    asked = AuthorizationFactory(member=member, state=S.REQUESTED)

    assert client.get(reverse("enterprise_authorization_letter", args=[asked.pk])).status_code == 404


# --- Looks --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def looked_at(live: Authorization, member: Member) -> Authorization:
    """One look allowed, one refused, one by the firm itself."""
    officer = OfficerFactory(institution=live.institution)
    gate.open_file(authorization_id=live.pk, officer=officer, door="page", at=timezone.now())
    with pytest.raises(gate.WrongInstitution):
        gate.open_file(authorization_id=live.pk, officer=OfficerFactory(), door="pdf", at=timezone.now())
    gate.own_file(member=member, at=timezone.now())
    return live


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("", ["信用信息自查", "贷款审批", "贷款审批"]),
        ("who=institution", ["贷款审批", "贷款审批"]),
        ("who=own", ["信用信息自查"]),
        ("who=staff", []),
        ("how=refused", ["贷款审批"]),
        ("how=allowed&who=institution", ["贷款审批"]),
        ("last=2020-01-01", []),
        ("first=2020-01-01", ["信用信息自查", "贷款审批", "贷款审批"]),
    ],
)
def test_the_tracker_filters_looks(query: str, seen: list[str], client: Client, looked_at: Authorization) -> None:
    shown = client.get(f"{reverse('enterprise_looks')}?{query}")

    assert [look.record.purpose for look in shown.context["looks"]] == seen


def test_a_refused_look_says_why(client: Client, looked_at: Authorization) -> None:
    shown = page(client.get(f"{reverse('enterprise_looks')}?how=refused"))

    assert "授权不是给该机构的" in shown
    assert "没有看到任何信息" in shown


def test_looks_at_another_firm_are_not_shown(client: Client, member: Member, now: dt.datetime) -> None:
    gate.own_file(member=MemberFactory(), at=now)

    assert client.get(reverse("enterprise_looks")).context["looks"] == []


def test_the_export_holds_the_same_rows_and_no_formula(client: Client, member: Member, now: dt.datetime) -> None:
    member.user.full_name = "张三"
    gate.own_file(member=member, at=now)
    AccessRecord.objects.create(
        at=now, enterprise_id=member.enterprise_id, institution_name="=HYPERLINK()", actor_id=1, actor_name="x",
        actor_role="", purpose="依职责查询", item_codes=[], mode="detail", is_allowed=True, door="admin",
    )  # fmt: skip

    text = b"".join(client.get(reverse("enterprise_looks_export"))).decode()  # type: ignore[arg-type]

    assert len(text.splitlines()) == 3
    assert "'=HYPERLINK()" in text
    assert "信用信息自查" in text


# --- File and grade -------------------------------------------------------------------------------------------------------


def test_the_file_shows_records_with_their_source_and_the_way_to_object(client: Client, member: Member) -> None:
    record = keep(
        member.enterprise, "AP_PENALTY", doc_no="宁市监罚〔2026〕7号", severity="一般", decide_date="2026-01-05"
    )

    shown = page(client.get(reverse("enterprise_file")))

    assert "宁市监罚〔2026〕7号" in shown
    assert reverse("enterprise_object", args=["AP_PENALTY", record]) in shown
    assert reverse("enterprise_repair", args=["AP_PENALTY", record]) in shown


def test_a_long_item_shows_its_newest_records_and_the_rest_on_pages_of_its_own(client: Client, member: Member) -> None:
    for number in range(15):
        day = dt.date(2026, 1, 1) + dt.timedelta(days=number)
        keep(member.enterprise, "HR_HONOR", occurred_on=day, honor_name=f"荣誉{number:02}")
    whole = reverse("enterprise_file_item", args=["HR_HONOR"])

    file, first = page(client.get(reverse("enterprise_file"))), page(client.get(whole))
    following = re.search(r'href="\?after=(\d+)"', first)

    assert [number for number in range(15) if f"荣誉{number:02}" in file] == [12, 13, 14]
    assert f'href="{whole}"' in file
    assert [number for number in range(15) if f"荣誉{number:02}" in first] == list(range(3, 15))
    assert following is not None
    second = page(client.get(f"{whole}?after={following[1]}"))
    assert [number for number in range(15) if f"荣誉{number:02}" in second] == [0, 1, 2]


def test_a_file_opens_with_its_contents(client: Client, member: Member) -> None:
    keep(member.enterprise, "AP_PENALTY", doc_no="甲")

    shown = page(client.get(reverse("enterprise_file")))

    assert 'href="#item-AP_PENALTY"' in shown
    assert 'id="item-AP_PENALTY"' in shown


def test_an_item_that_the_catalogue_does_not_have_is_not_found(client: Client, member: Member) -> None:
    assert client.get(reverse("enterprise_file_item", args=["NO_SUCH"])).status_code == 404
    assert not AccessRecord.objects.filter(enterprise_id=member.enterprise_id).exists()


def test_the_first_page_lists_the_looks_of_others_only(member: Member, live: Authorization) -> None:
    gate.own_file(member=member, at=timezone.now())
    officer = OfficerFactory(institution=live.institution)
    gate.open_file(authorization_id=live.pk, officer=officer, door="page", at=timezone.now())

    looks = gate.own_looks(member=member, count=5)

    assert [look.record.institution_id for look in looks] == [live.institution_id]


def test_what_is_shared_with_nobody_is_on_no_page_of_the_firm(client: Client, member: Member) -> None:
    record = keep(member.enterprise, "MR_KEY_PERSON", person_name="李四", cert_no="CANARY-CERT", mobile="CANARY-MOBILE")
    keep(member.enterprise, "AP_PENALTY", legal_rep_cert_no="CANARY-LEGAL", doc_no="甲")
    addresses = [
        reverse("enterprise_file"),
        reverse("enterprise_looks"),
        reverse("enterprise_grade"),
        reverse("enterprise_authorizations"),
        reverse("enterprise_object", args=["MR_KEY_PERSON", record]),
    ]

    pages = [page(client.get(address)) for address in addresses]

    assert "李四" in pages[0]
    assert not any("CANARY" in shown for shown in pages)


def test_a_viewer_sees_the_file_without_ways_to_object(client: Client) -> None:
    viewer = MemberFactory(role=EnterpriseRole.VIEWER)
    keep(viewer.enterprise, "AP_PENALTY", doc_no="甲")
    client.force_login(viewer.user)

    shown = page(client.get(reverse("enterprise_file")))

    assert "甲" in shown
    assert "这条信息有误" not in shown


@pytest.mark.parametrize(
    "name", ["enterprise_file", "enterprise_looks", "enterprise_authorizations", "enterprise_grade"]
)
def test_a_page_costs_as_many_queries_for_many_rows_as_for_few(
    name: str, client: Client, live: Authorization, django_assert_max_num_queries: Any
) -> None:
    def fill(count: int) -> int:
        for number in range(count):
            keep(live.enterprise, "AP_PENALTY", doc_no=f"文{number}-{count}")
            AuthorizationFactory(enterprise=live.enterprise, requested_by=live.requested_by)
            gate.own_file(member=live.enterprise.members.get(), at=timezone.now())
        client.get(reverse(name))
        with django_assert_max_num_queries(60) as queries:
            client.get(reverse(name))
        return len(queries)

    assert fill(1) == fill(4)


def test_the_grade_page_says_what_would_raise_it(client: Client, member: Member, now: dt.datetime) -> None:
    from enterprises.credit.models import FeatureRow
    from tests.enterprises.evaluation.test_actions import CLEAN

    facts = CLEAN | {"tax_arrears_amount": "90000.00"}
    FeatureRow.objects.create(enterprise=member.enterprise, refreshed_at=now, **facts)
    evaluation.grade(enterprise_ids=None, kind="base", at=now)

    shown = page(client.get(reverse("enterprise_grade")))

    assert "清缴欠税" in shown
    assert "可得 60 分" in shown


def test_the_free_report_is_issued_as_pdf(client: Client, member: Member) -> None:
    response = client.post(reverse("enterprise_report"))

    assert b"".join(response).startswith(b"%PDF-")  # type: ignore[arg-type]
    assert IssuedDocument.objects.get().enterprise_id == member.enterprise_id
    assert AccessRecord.objects.get().door == "pdf"
