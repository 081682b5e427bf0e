import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from enterprises.consent import gate
from enterprises.consent.models import FairUse, Purpose
from portal.accounts.roles import StaffRole
from portal.audit.models import AuditEvent
from tests.enterprises.records import keep
from tests.factories import AuthorizationFactory, EnterpriseFactory, MemberFactory, StaffPostFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def staff(role: str, region: str = "640000") -> Client:
    client = Client()
    client.force_login(StaffPostFactory(role=role, region_code=region).user)
    return client


@pytest.fixture
def watcher() -> Client:
    return staff(StaffRole.SECURITY_ADMINISTRATOR)


def test_the_security_office_edits_the_bounds_and_reads_what_they_were(watcher: Client) -> None:
    row = FairUse.objects.get(purpose__code="post_loan")
    address = reverse("admin:consent_fairuse_change", args=[row.pk])
    values = {"purpose": row.purpose_id, "max_days": 30, "max_uses": 2, "uses_unit": "day"}

    assert watcher.post(address, values).status_code == 302

    row.refresh_from_db()
    assert (row.max_days, row.max_uses, row.uses_unit, row.max_data_months) == (30, 2, "day", None)
    assert AuditEvent.objects.filter(verb="fair_use.set").count() == 1
    assert "最长 1825 天" in watcher.get(address).content.decode()


def test_the_security_office_adds_a_row_and_is_told_what_is_wrong_with_it(watcher: Client) -> None:
    address = reverse("admin:consent_fairuse_add")

    assert "请至少填写一项上限" in watcher.post(address, {"item_code": "TX_RATING"}).content.decode()
    assert watcher.post(address, {"item_code": "TX_RATING", "max_mode": "verify"}).status_code == 302
    assert FairUse.objects.get(item_code="TX_RATING").max_mode == "verify"


def test_a_purpose_is_read_and_not_typed_over(watcher: Client) -> None:
    purpose = Purpose.objects.get(code="post_loan")

    response = watcher.post(reverse("admin:consent_purpose_change", args=[purpose.pk]), {"text": "任何用途"})

    assert (response.status_code, Purpose.objects.get(code="post_loan").text) == (403, purpose.text)


@pytest.mark.parametrize("role", [role for role in StaffRole if role != StaffRole.SECURITY_ADMINISTRATOR])
@pytest.mark.parametrize("name", ["purpose", "authorization", "accessrecord"])
def test_no_other_office_sees_consents_or_looks(name: str, role: str) -> None:
    assert staff(role).get(reverse(f"admin:consent_{name}_changelist")).status_code == 403


def test_looks_are_listed_with_who_and_why(watcher: Client, now: dt.datetime) -> None:
    gate.own_file(member=MemberFactory(), at=now)

    shown = watcher.get(reverse("admin:consent_accessrecord_changelist")).content.decode()

    assert "信用信息自查" in shown


def test_a_consent_is_read_with_its_items(watcher: Client) -> None:
    authorization = AuthorizationFactory(items={"TX_RATING": "summary"})

    shown = watcher.get(reverse("admin:consent_authorization_change", args=[authorization.pk])).content.decode()

    assert "纳税（缴费）信用级别信息(汇总)" in shown


def test_a_watcher_of_one_city_sees_its_firms_only(now: dt.datetime) -> None:
    yinchuan, wuzhong = EnterpriseFactory(), EnterpriseFactory(county_code="640302")
    for enterprise in (yinchuan, wuzhong):
        gate.own_file(member=MemberFactory(enterprise=enterprise), at=now)
    client = staff(StaffRole.SECURITY_ADMINISTRATOR, "640300")

    records = client.get(reverse("admin:consent_accessrecord_changelist")).context["cl"].queryset

    assert [record.enterprise_id for record in records] == [wuzhong.pk]


def test_the_staff_file_is_refused_to_an_office_that_reads_no_records() -> None:
    enterprise = EnterpriseFactory()
    keep(enterprise, "AP_PENALTY", doc_no="宁罚7号")

    answer = staff(StaffRole.AUDITOR).post(
        reverse("admin:consent_staff_file", args=[enterprise.pk]), {"reason": "随便看看"}
    )

    assert (answer.status_code, "宁罚7号" in answer.content.decode()) == (403, False)


def test_the_staff_file_of_a_firm_elsewhere_does_not_exist() -> None:
    client = staff(StaffRole.DATA_STEWARD, "640300")

    assert client.get(reverse("admin:consent_staff_file", args=[EnterpriseFactory().pk])).status_code == 404
