"""The claim sheet as a PDF, read back."""

import datetime as dt
import io

import pypdf
import pytest
from django.test import Client
from django.urls import reverse

from institutions.models import Officer
from lending.compensation import actions
from lending.compensation.models import Claim
from portal.documents.models import IssuedDocument
from tests.factories import OfficerFactory


def read(document: IssuedDocument) -> str:
    with document.file.open("rb") as file:
        pages = pypdf.PdfReader(io.BytesIO(file.read())).pages
        return "".join(page.extract_text() for page in pages).replace("\n", "")


def test_the_sheet_holds_the_computation_line_by_line(paid: Claim, officer: Officer, now: dt.datetime) -> None:
    document = actions.issue_sheet(claim=paid, by=officer.user, at=now)

    printed = read(document)

    assert (document.kind, document.subject_id, document.title) == ("BC", str(paid.pk), "风险补偿申请表")
    for wanted in (
        paid.number,
        paid.enrolment.number,
        paid.enrolment.loan.enterprise.name,
        "第十条",
        "截至2026-11-20未收回本金50万元",
        "第十一条",
        "属于纯信用贷款",
        "200,000 元",
        "第十三条",
        "演示参数",
        document.number,
    ):
        assert wanted in printed


def test_the_bank_issues_and_opens_a_sheet(client: Client, filed: Claim, officer: Officer) -> None:
    client.force_login(officer.user, backend="django.contrib.auth.backends.ModelBackend")

    response = client.post(reverse("bank_claim_sheet", args=[filed.pk]), follow=True)

    assert response["Content-Type"] == "application/pdf"
    assert b"".join(response.streaming_content).startswith(b"%PDF-")


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_sheet_of_another_bank_does_not_exist(
    client: Client, filed: Claim, officer: Officer, now: dt.datetime, method: str
) -> None:
    document = actions.issue_sheet(claim=filed, by=officer.user, at=now)
    client.force_login(OfficerFactory().user, backend="django.contrib.auth.backends.ModelBackend")

    url = (
        reverse("bank_claim_document", args=[document.pk])
        if method == "get"
        else reverse("bank_claim_sheet", args=[filed.pk])
    )

    assert getattr(client, method)(url).status_code == 404
