import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from enterprises.evaluation import actions
from enterprises.evaluation.models import Grade, Scorecard
from portal.accounts.roles import StaffRole
from tests.factories import EnterpriseFactory, StaffPostFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


@pytest.fixture
def steward(client: Client) -> Client:
    client.force_login(StaffPostFactory(role=StaffRole.DATA_STEWARD).user)
    return client


def test_a_card_is_read_with_every_bin(steward: Client) -> None:
    card = Scorecard.objects.get(name="企业基础评分卡")

    shown = steward.get(reverse("admin:evaluation_scorecard_change", args=[card.pk])).content.decode()

    assert "公告的欠税余额不足 5 万元 24" in shown
    assert "被列为失信被执行人,尚未退出" in shown


def test_a_card_is_put_in_force_by_button(steward: Client, now: dt.datetime) -> None:
    former = Scorecard.objects.get(name="企业基础评分卡")
    draft = Scorecard.objects.create(
        name=former.name, number=2, kind="base", applies_to=["company"], definition=former.definition, drafted_at=now
    )

    steward.post(reverse("admin:evaluation_scorecard_enforce", args=[draft.pk]))

    draft.refresh_from_db()
    former.refresh_from_db()
    assert (draft.state, former.state) == ("in_force", "retired")


def test_only_base_grades_are_listed(steward: Client, now: dt.datetime) -> None:
    firm = EnterpriseFactory()
    actions.grade(enterprise_ids=None, kind="base", at=now)
    full = actions.grade_under_consent(
        enterprise=firm, authorization_id=1, item_codes=[], valid_until=now + dt.timedelta(days=1), at=now
    )

    listed = steward.get(reverse("admin:evaluation_grade_changelist")).context["cl"].queryset

    assert full is not None
    assert list(listed) == list(Grade.objects.filter(kind="base"))
    assert steward.get(reverse("admin:evaluation_grade_change", args=[full.pk])).status_code == 302


def test_a_steward_of_one_city_sees_the_grades_of_its_firms(client: Client, now: dt.datetime) -> None:
    EnterpriseFactory()
    wuzhong = EnterpriseFactory(county_code="640302")
    actions.grade(enterprise_ids=None, kind="base", at=now)
    client.force_login(StaffPostFactory(role=StaffRole.DATA_STEWARD, region_code="640300").user)

    listed = client.get(reverse("admin:evaluation_grade_changelist")).context["cl"].queryset

    assert [grade.enterprise_id for grade in listed] == [wuzhong.pk]


def test_no_other_office_opens_the_grading_desk(client: Client) -> None:
    client.force_login(StaffPostFactory(role=StaffRole.REMEDY_OFFICER).user)

    assert client.get(reverse("admin:evaluation_grade_changelist")).status_code == 403
