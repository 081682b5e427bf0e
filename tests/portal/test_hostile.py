"""What a hostile visitor types into an address: the page answers, it does not fall over."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from enterprises.models import Member
from institutions.models import Officer
from lending.loans.forms import ReportForm
from portal.accounts.roles import OfficerRole
from tests.factories import (
    ApplicationFactory,
    DocumentRequestFactory,
    IssuedDocumentFactory,
    MemberFactory,
    NeedFactory,
    OfficerFactory,
    ProductVersionFactory,
    UploadFactory,
)

pytestmark = pytest.mark.django_db

#: A name that would be a script, leave its attribute, or be read as a template.
NAME = '"><script>alert(1)</script>{{ 7|add:7 }}'
#: Digits that are no number, numbers that are no key, days that are no day, a character that no database takes.
KEYS = [
    "²",
    "9" * 400,
    "-1",
    "2026-13-45|1",
    "2026-13-45T10:00+08:00|1",
    "²~²",
    "9~²",
    "1|²",
    "\x00",
    "'",
    "{{ 7|add:7 }}",
]


@pytest.fixture
def purposes() -> None:
    call_command("load_purposes", verbosity=0)


def _signed_in(person: Member | Officer) -> Client:
    client = Client()
    client.force_login(person.user)
    return client


@pytest.mark.parametrize("key", KEYS)
def test_public_pages_start_anew_from_a_key_nobody_gave_out(client: Client, key: str) -> None:
    for name in ("public_products", "public_notices", "public_compare"):
        response = client.get(reverse(name), {"after": key, "v": key})

        assert response.status_code == 200


@pytest.mark.parametrize("key", KEYS)
def test_lists_of_the_desks_start_anew_from_a_key_nobody_gave_out(key: str) -> None:
    officer, member = OfficerFactory(role=OfficerRole.LOAN_OFFICER), MemberFactory()
    need = NeedFactory(member=member)
    bank, firm = _signed_in(officer), _signed_in(member)
    asked = [
        (bank, reverse("bank_inbox")),
        (bank, reverse("bank_inbox") + "?box=closed"),
        (bank, reverse("bank_loans")),
        (bank, reverse("bank_loans") + "?show=overdue"),
        (bank, reverse("bank_claims")),
        (firm, reverse("enterprise_need", args=[need.pk])),
        (firm, reverse("enterprise_authorizations")),
        (firm, reverse("enterprise_looks")),
        (firm, reverse("enterprise_applications")),
    ]

    for client, address in asked:
        assert client.get(address, {"after": key}).status_code == 200, address


def test_a_document_number_that_no_database_takes_is_unknown(client: Client) -> None:
    IssuedDocumentFactory()

    assert client.get("/verify/SQ%00/").status_code == 404


@pytest.mark.parametrize("chosen", ["", "x", "²", "9" * 400])
def test_a_firm_that_is_none_cannot_be_switched_to(chosen: str) -> None:
    response = _signed_in(MemberFactory()).post(reverse("enterprise_switch"), {"member": chosen})

    assert response.status_code == 404


@pytest.mark.parametrize(
    "content",
    [
        b"contract_number,reference,paid_on,amount\r\nA\x00B,r,2026-11-20,1.00\r\n",
        b"contract\rnumber,reference\nx,y\n",
        b'"' + b"a" * 200_000 + b'"\n1\n',
    ],
)
def test_a_repayment_file_that_is_no_table_is_refused_in_words(content: bytes) -> None:
    form = ReportForm({}, {"file": SimpleUploadedFile("report.csv", content)})

    assert form.errors["file"]


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-1", "0", "1e400", "0.001", "1,00,00.005"])
def test_an_amount_that_is_no_money_is_handed_back(value: str) -> None:
    content = f'contract_number,reference,paid_on,amount\r\nA,r,2026-11-20,"{value}"\r\n'.encode()
    form = ReportForm({}, {"file": SimpleUploadedFile("report.csv", content)})

    assert form.is_valid()
    read, rejected = form.cleaned_data["file"]
    assert (len(read), len(rejected)) == (0, 1)


def test_a_document_of_the_bank_does_not_open_at_the_desk_of_an_officers_own_firm(now: dt.datetime) -> None:
    """A product manager may not open applicants' documents; being a member of some firm must not make it possible."""
    manager = OfficerFactory(role=OfficerRole.PRODUCT_MANAGER)
    MemberFactory(user=manager.user)
    asked = DocumentRequestFactory(
        application__institution=manager.institution,
        answer=UploadFactory(),
        answered_at=now,
        answered_by=manager.user,
    )
    client = _signed_in(manager)

    assert client.get(reverse("bank_answer_file", args=[asked.answer_id])).status_code == 403
    assert client.get(reverse("enterprise_answer_file", args=[asked.answer_id])).status_code == 404


def test_a_name_that_is_a_script_is_only_a_name(client: Client, purposes: None) -> None:
    member = MemberFactory(enterprise__name=NAME, user__full_name=NAME)
    officer = OfficerFactory(role=OfficerRole.LOAN_OFFICER, institution__name=NAME, user__full_name=NAME)
    version = ProductVersionFactory(product__institution=officer.institution, product__name=NAME, summary=NAME)
    need = NeedFactory(member=member, note=NAME, contact_name=NAME)
    application = ApplicationFactory(need=need, product_version=version, state="accepted", contact_name=NAME)
    bank, firm = _signed_in(officer), _signed_in(member)
    pages = [
        (bank, reverse("bank_inbox")),
        (bank, reverse("bank_application", args=[application.pk])),
        (bank, reverse("bank_institution")),
        (firm, reverse("enterprise_home")),
        (firm, reverse("enterprise_need", args=[need.pk])),
        (firm, reverse("enterprise_application", args=[application.pk])),
        (firm, reverse("enterprise_members")),
        (client, reverse("public_product", args=[version.pk])),
        (client, reverse("public_institution", args=[officer.institution_id])),
    ]

    for visitor, address in pages:
        page = visitor.get(address).content.decode()

        assert "<script>alert" not in page, address
        assert "{{ 7|add:7 }}" in page, address
