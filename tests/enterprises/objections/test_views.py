import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from enterprises.consent.models import AccessRecord
from enterprises.models import Member
from enterprises.objections.models import Objection, Repair
from portal.accounts.roles import StaffRole
from tests.enterprises.records import keep
from tests.factories import MemberFactory, StaffPostFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


@pytest.fixture
def member(client: Client) -> Member:
    member: Member = MemberFactory()
    client.force_login(member.user)
    return member


@pytest.fixture
def penalty(member: Member) -> int:
    return keep(
        member.enterprise,
        "AP_PENALTY",
        doc_no="宁罚7号",
        severity="一般",
        decide_date="2020-01-05",
        legal_rep_cert_no="CANARY",
    )


def file_objection(client: Client, record: int, **changes: object) -> None:
    client.post(
        reverse("enterprise_object", args=["AP_PENALTY", record]),
        {"statement": "不是本企业", "submission_key": str(uuid.uuid4()), **changes},
    )


def test_the_form_shows_the_record_it_is_about(client: Client, penalty: int) -> None:
    shown = client.get(reverse("enterprise_object", args=["AP_PENALTY", penalty])).content.decode()

    assert "宁罚7号" in shown
    assert "CANARY" not in shown


def test_an_objection_is_filed_with_evidence_and_listed(client: Client, penalty: int) -> None:
    file_objection(client, penalty, evidence=SimpleUploadedFile("证明.pdf", b"%PDF-1.7\n%%EOF\n"))

    objection = Objection.objects.get()
    shown = client.get(reverse("enterprise_remedies")).content.decode()
    assert reverse("enterprise_remedy_evidence", args=[objection.evidence_id]) in shown
    assert "行政处罚信息（双公示）" in shown


def file_repair(client: Client, penalty: int) -> None:
    client.post(
        reverse("enterprise_repair", args=["AP_PENALTY", penalty]),
        {"statement": "罚款已缴纳", "commitment": "本企业承诺依法经营,不再违反。", "submission_key": str(uuid.uuid4())},
    )


def test_a_repair_is_filed(client: Client, penalty: int) -> None:
    file_repair(client, penalty)

    assert Repair.objects.get().severity == "一般"


def test_the_repair_page_of_a_courts_list_says_where_to_go(client: Client, member: Member) -> None:
    record = keep(member.enterprise, "JD_DISHONEST", case_no="甲")

    response = client.get(reverse("enterprise_repair", args=["JD_DISHONEST", record]))

    assert (response.status_code, "向作出决定的法院申请" in response.content.decode()) == (422, True)


def test_the_record_of_another_firm_has_no_form(client: Client, member: Member) -> None:
    record = keep(MemberFactory().enterprise, "AP_PENALTY", doc_no="别家")

    assert client.get(reverse("enterprise_object", args=["AP_PENALTY", record])).status_code == 404


def test_withdrawing_is_for_the_own_firm(client: Client, penalty: int) -> None:
    file_objection(client, penalty)
    address = reverse("enterprise_objection_withdraw", args=[Objection.objects.get().pk])
    other = Client()
    other.force_login(MemberFactory().user)

    assert other.post(address).status_code == 404
    assert client.post(address).status_code == 302
    assert Objection.objects.get().state == "withdrawn"


def test_evidence_is_opened_by_the_firm_and_the_remedy_office_only(client: Client, penalty: int) -> None:
    file_objection(client, penalty, evidence=SimpleUploadedFile("证明.pdf", b"%PDF-1.7\n%%EOF\n"))
    address = reverse("enterprise_remedy_evidence", args=[Objection.objects.get().evidence_id])
    answers = {}
    for name, user in {
        "office": StaffPostFactory(role=StaffRole.REMEDY_OFFICER).user,
        "elsewhere": StaffPostFactory(role=StaffRole.REMEDY_OFFICER, region_code="640300").user,
        "stranger": MemberFactory().user,
    }.items():
        client.force_login(user)
        answers[name] = client.get(address).status_code

    assert answers == {"office": 200, "elsewhere": 404, "stranger": 404}


# --- The government's desk --------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client: Client, penalty: int) -> Client:
    file_objection(client, penalty)
    desk = Client()
    desk.force_login(StaffPostFactory(role=StaffRole.REMEDY_OFFICER).user)
    return desk


def change(objection: Objection) -> str:
    return reverse("admin:objections_objection_change", args=[objection.pk])


def test_the_desk_accepts_and_upholds_by_button(desk: Client) -> None:
    objection = Objection.objects.get()
    assert "不是本企业" in desk.get(change(objection)).content.decode()

    desk.post(reverse("admin:objections_objection_accept", args=[objection.pk]))
    desk.post(
        reverse("admin:objections_objection_uphold", args=[objection.pk]),
        {"reason": "查明并非该企业", "_form_submitted": "True"},
    )

    objection.refresh_from_db()
    assert (objection.state, objection.resolution) == ("upheld", "查明并非该企业")


@pytest.mark.parametrize(
    ("kind", "verb"), [("objection", "uphold"), ("objection", "reject"), ("repair", "grant"), ("repair", "refuse")]
)
def test_staff_of_another_office_are_refused_at_every_dialog(
    client: Client, member: Member, penalty: int, kind: str, verb: str
) -> None:
    if kind == "objection":
        file_objection(client, penalty)
    else:
        file_repair(client, penalty)
    remedy = Objection.objects.get() if kind == "objection" else Repair.objects.get()
    address = reverse(f"admin:objections_{kind}_{verb}", args=[remedy.pk])
    answers = {}
    for role in (StaffRole.REMEDY_OFFICER, StaffRole.TREASURER):
        client.force_login(StaffPostFactory(role=role).user)
        answers[role] = client.get(address, headers={"HX-Request": "true"}).status_code

    assert answers == {StaffRole.REMEDY_OFFICER: 200, StaffRole.TREASURER: 403}


def test_the_desk_reads_the_record_through_the_gate(desk: Client, member: Member) -> None:
    address = f"{reverse('admin:consent_staff_file', args=[member.enterprise_id])}?item=AP_PENALTY"
    assert "宁罚7号" not in desk.get(address).content.decode()

    shown = desk.post(address, {"reason": "异议核查"}).content.decode()

    record = AccessRecord.objects.filter(door="admin").get()
    assert "宁罚7号" in shown
    assert "CANARY" not in shown
    assert (record.reason, record.item_codes) == ("异议核查", ["AP_PENALTY"])


def test_the_desk_shows_only_firms_of_the_region(client: Client, penalty: int) -> None:
    file_objection(client, penalty)
    elsewhere = Client()
    elsewhere.force_login(StaffPostFactory(role=StaffRole.REMEDY_OFFICER, region_code="640300").user)

    shown = elsewhere.get(reverse("admin:objections_objection_changelist")).content.decode()

    assert Objection.objects.get().enterprise.name not in shown
