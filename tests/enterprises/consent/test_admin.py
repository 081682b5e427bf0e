import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from enterprises.consent import gate
from enterprises.consent.models import Purpose
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


def test_the_security_office_edits_bounds_and_nothing_else_of_a_purpose(watcher: Client) -> None:
    purpose = Purpose.objects.get(code="post_loan")
    bounds = {"max_days": 30, "max_uses_per_month": 2, "max_data_months": 6, "max_data_life_days": 60}

    watcher.post(reverse("admin:consent_purpose_change", args=[purpose.pk]), bounds | {"text": "任何用途"})

    changed = Purpose.objects.get(code="post_loan")
    assert (changed.max_days, changed.max_data_months, changed.text) == (30, 6, purpose.text)
    assert AuditEvent.objects.filter(verb="purpose.set_bounds").count() == 1


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
