"""The letter and the report, read back out of their PDF."""

import datetime as dt

import pytest

from enterprises.consent import actions, gate, reports
from tests import pdf
from tests.enterprises.records import keep
from tests.factories import AuthorizationFactory, EnterpriseFactory, MemberFactory, OfficerFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def test_the_letter_says_who_lets_whom_see_what_until_when(now: dt.datetime) -> None:
    member = MemberFactory(enterprise=EnterpriseFactory(name="宁夏贺兰山枸杞有限公司"))
    authorization = AuthorizationFactory(member=member, items={"TX_RATING": "detail", "UT_ELEC": "summary"})

    letter = actions.letter(authorization=authorization, by=member.user, at=now)
    content = letter.file.read()

    text = pdf.text(content)
    assert pdf.missing_glyphs(content) == []
    for words in (
        "信用信息查询授权书",
        "宁夏贺兰山枸杞有限公司",
        member.enterprise.uscc,
        authorization.institution.name,
        "纳税（缴费）信用级别信息",
        "只有记录数、最近日期和金额合计",
        "2027-11-19 10:00",
        "每自然月最多10次",
        letter.number,
    ):
        assert "".join(words.split()) in text


def test_the_report_holds_what_the_gate_gave_out_and_nothing_more(now: dt.datetime) -> None:
    member = MemberFactory()
    keep(member.enterprise, "AP_PENALTY", doc_no="宁市监罚〔2026〕7号", legal_rep_cert_no="CANARY", severity="一般")
    keep(member.enterprise, "SF_INSURED", ym="2026-05", insured_pension=12, org_no="CANARY")

    document = reports.issue(
        file=gate.own_file(member=member, at=now), enterprise=member.enterprise, by=member.user, at=now
    )
    content = document.file.read()

    text = pdf.text(content)
    assert pdf.missing_glyphs(content) == []
    assert "宁市监罚〔2026〕7号" in text
    assert "2026-05" in text
    assert "CANARY" not in text


def test_a_banks_report_shows_only_what_the_consent_covers(now: dt.datetime) -> None:
    officer, member = OfficerFactory(), MemberFactory()
    keep(member.enterprise, "SF_INSURED", ym="2026-05", insure_status="CANARY-STATUS")
    keep(member.enterprise, "TX_RATING", grade="CANARY-GRADE", eval_year=2025)
    authorization = AuthorizationFactory(member=member, institution=officer.institution, items={"SF_INSURED": "verify"})
    file = gate.open_file(authorization_id=authorization.pk, officer=officer, door="pdf", at=now)

    text = pdf.text(reports.render(file=file))

    assert "是否有记录有" in text
    assert "CANARY" not in text
