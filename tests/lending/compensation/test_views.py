import datetime as dt
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from institutions.models import Officer
from lending.compensation import actions
from lending.compensation.models import Claim, Enrolment, Recovery
from lending.loans.models import Loan
from portal.accounts.models import User
from portal.accounts.roles import OfficerRole
from tests.factories import EnrolmentFactory, LoanFactory, OfficerFactory, SchemeFactory

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def _at_ten_on_the_day(now: dt.datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def bank(client: Client, officer: Officer) -> Client:
    client.force_login(officer.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def signed_in(client: Client, user: User) -> Client:
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def evidence(name: str = "起诉材料.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="application/pdf")


def typed(**changes: Any) -> dict[str, Any]:
    usual = {
        "legal_step": "accepted",
        "statement": "多次催收未果",
        "evidence": evidence(),
        "submission_key": str(uuid.uuid4()),
    }
    return {**usual, **changes}


def text(response: Any) -> str:
    return response.content.decode()


# --- Enrolling ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def loan(db: None, officer: Officer) -> Loan:
    """A fresh loan of the bank whose officer is signed in."""
    fresh = LoanFactory()
    Loan.objects.filter(pk=fresh.pk).update(institution=officer.institution)
    fresh.refresh_from_db()
    return fresh


def test_the_enrolment_page_judges_every_clause_and_one_click_enrols(bank: Client, loan: Loan) -> None:
    scheme = Enrolment.objects.get().scheme
    url = reverse("bank_loan_enrol", args=[loan.pk])

    shown = text(bank.get(url))
    done = bank.post(url, {"scheme": scheme.pk})

    enrolment = Enrolment.objects.get(loan=loan)
    assert "第五条(三) 贷款期限不超过36个月。" in shown
    assert "年利率4.50%,上限4.50%" in shown
    assert done.url == reverse("bank_enrolment", args=[enrolment.pk])
    assert enrolment.scheme == scheme


def test_the_enrolment_page_offers_no_button_where_a_clause_is_missed(bank: Client, loan: Loan) -> None:
    Loan.objects.filter(pk=loan.pk).update(term_months=48)

    shown = text(bank.get(reverse("bank_loan_enrol", args=[loan.pk])))

    assert "有条款不符合，不能按此方案备案" in shown
    assert "按此方案备案</button>" not in shown


def test_enrolling_against_a_clause_is_refused_with_its_sentence(bank: Client, loan: Loan) -> None:
    Loan.objects.filter(pk=loan.pk).update(term_months=48)
    scheme = Enrolment.objects.get().scheme

    response = bank.post(reverse("bank_loan_enrol", args=[loan.pk]), {"scheme": scheme.pk})

    assert response.status_code == 422
    assert "期限48个月,上限36个月" in text(response)


def test_a_mortgage_loan_asks_for_its_cover_and_enrols_with_it(bank: Client, loan: Loan) -> None:
    Loan.objects.filter(pk=loan.pk).update(guarantee="mortgage")
    url, scheme = reverse("bank_loan_enrol", args=[loan.pk]), Enrolment.objects.get().scheme

    asked = text(bank.get(url))
    bank.post(url, {"scheme": scheme.pk, "collateral_percent": "20"})

    assert "抵押质押物覆盖比例" in asked
    assert Enrolment.objects.get(loan=loan).collateral_share == Decimal("0.200000")


def test_a_loan_that_is_enrolled_links_to_its_enrolment(bank: Client, enrolment: Enrolment) -> None:
    shown = text(bank.get(reverse("bank_loan_enrol", args=[enrolment.loan_id])))

    assert "这笔贷款已经备案" in shown
    assert reverse("bank_enrolment", args=[enrolment.pk]) in shown


def test_a_scheme_that_is_not_offered_cannot_be_enrolled_under(bank: Client, loan: Loan) -> None:
    future = SchemeFactory(in_force_from=dt.date(2027, 1, 1))

    response = bank.post(reverse("bank_loan_enrol", args=[loan.pk]), {"scheme": future.pk})

    assert response.status_code == 404


def test_an_enrolment_is_cancelled_after_a_second_look(bank: Client, enrolment: Enrolment) -> None:
    url = reverse("bank_enrolment_cancel", args=[enrolment.pk])

    asked = text(bank.get(url))
    bank.post(url, {"confirm": "yes"})

    enrolment.refresh_from_db()
    assert "确认撤销" in asked
    assert enrolment.state == "cancelled"


# --- Claiming -------------------------------------------------------------------------------------------------------------


def test_the_claim_page_shows_readiness_and_what_the_claim_comes_to(bank: Client, enrolment: Enrolment) -> None:
    shown = text(bank.get(reverse("bank_claim_file", args=[enrolment.pk])))

    assert "逾期100天,在申报期间内" in shown
    assert "属于纯信用贷款,资金池承担40.00%。补偿资金20万元、银行30万元。" in shown
    assert 'name="submission_key"' in shown


def test_a_claim_is_filed_with_its_evidence(bank: Client, enrolment: Enrolment, officer: Officer) -> None:
    response = bank.post(reverse("bank_claim_file", args=[enrolment.pk]), typed())

    claim = Claim.objects.get()
    assert response.url == reverse("bank_claim", args=[claim.pk])
    assert (claim.state, claim.filed_by, claim.evidence.name) == ("filed", officer.user, "起诉材料.pdf")


def test_a_form_sent_twice_is_one_claim(bank: Client, enrolment: Enrolment) -> None:
    url, key = reverse("bank_claim_file", args=[enrolment.pk]), str(uuid.uuid4())

    first = bank.post(url, typed(submission_key=key))
    again = bank.post(url, typed(submission_key=key))

    assert (first.url, Claim.objects.count()) == (again.url, 1)


def test_evidence_that_is_not_what_it_says_is_refused(bank: Client, enrolment: Enrolment) -> None:
    response = bank.post(reverse("bank_claim_file", args=[enrolment.pk]), typed(evidence=evidence(content=b"MZ\x90")))

    assert response.status_code == 422
    assert "文件内容与扩展名不符" in text(response)
    assert not Claim.objects.exists()


def test_a_claim_before_its_day_shows_the_day_and_no_form(bank: Client, enrolment: Enrolment) -> None:
    Loan.objects.filter(pk=enrolment.loan_id).update(overdue_since=dt.date(2026, 11, 1))
    url = reverse("bank_claim_file", args=[enrolment.pk])

    shown, sent = text(bank.get(url)), bank.post(url, typed())

    assert "最早可于2027-01-31申报" in shown
    assert "提交申报" not in shown
    assert (sent.status_code, "最早可于2027-01-31申报" in text(sent)) == (422, True)


def test_a_second_claim_is_refused_with_a_conflict(bank: Client, filed: Claim) -> None:
    response = bank.post(reverse("bank_claim_file", args=[filed.enrolment_id]), typed())

    assert response.status_code == 409
    assert "不能重复申报" in text(response)


def test_the_list_shows_what_may_be_claimed_and_what_was(bank: Client, filed: Claim, officer: Officer) -> None:
    other = EnrolmentFactory(loan__overdue=120)
    Loan.objects.filter(pk=other.loan_id).update(institution=officer.institution)

    shown = text(bank.get(reverse("bank_claims")))

    assert reverse("bank_claim", args=[filed.pk]) in shown
    assert reverse("bank_claim_file", args=[other.pk]) in shown


def test_the_list_is_narrowed_by_state(bank: Client, filed: Claim) -> None:
    shown = [text(bank.get(reverse("bank_claims"), {"state": state})) for state in ("filed", "paid")]

    assert [filed.number in page for page in shown] == [True, False]


def test_a_claim_page_names_the_clause_of_every_line_and_what_happened(bank: Client, paid: Claim) -> None:
    shown = text(bank.get(reverse("bank_claim", args=[paid.pk])))

    for wanted in ("第十一条", "补偿资金承担", "审定并预留资金", "拨付凭证 2026-001", "登记追偿"):
        assert wanted in shown


def test_a_claim_page_names_the_banks_own_people_and_not_the_staff(
    bank: Client, paid: Claim, officer: Officer, checker: User
) -> None:
    shown = text(bank.get(reverse("bank_claim", args=[paid.pk])))

    assert f"<span>{officer.user}</span>" in shown
    assert f"<span>{checker}</span>" not in shown


def test_a_returned_claim_shows_the_reason_and_is_filed_again(
    bank: Client, filed: Claim, checker: User, now: dt.datetime
) -> None:
    actions.return_claim(claim=filed, note="请补充受理通知书", by=checker, at=now)
    url = reverse("bank_claim_refile", args=[filed.pk])

    shown = text(bank.get(url))
    bank.post(url, {"legal_step": "judged", "statement": "已补充"})

    filed.refresh_from_db()
    assert "请补充受理通知书" in shown
    assert (filed.state, filed.round, filed.legal_step) == ("filed", 2, "judged")


def test_a_returned_claim_may_bring_another_file(bank: Client, filed: Claim, checker: User, now: dt.datetime) -> None:
    actions.return_claim(claim=filed, note="请补充受理通知书", by=checker, at=now)

    bank.post(
        reverse("bank_claim_refile", args=[filed.pk]),
        {"legal_step": "judged", "statement": "已补充", "evidence": evidence("新材料.pdf")},
    )

    filed.refresh_from_db()
    assert filed.evidence.name == "新材料.pdf"


def test_a_claim_is_withdrawn_after_a_second_look(bank: Client, filed: Claim) -> None:
    url = reverse("bank_claim_withdraw", args=[filed.pk])

    asked = text(bank.get(url))
    bank.post(url, {"confirm": "yes"})

    filed.refresh_from_db()
    assert ("确认撤回" in asked, filed.state) == (True, "withdrawn")


def test_a_recovery_is_reported_and_shown_with_its_shares(bank: Client, paid: Claim) -> None:
    answer = {"reference": "ZC-9", "recovered_on": "2026-11-20", "gross_amount": "100000.00", "cost_amount": "10000.00"}

    bank.post(reverse("bank_claim_recover", args=[paid.pk]), answer)
    shown = text(bank.get(reverse("bank_claim", args=[paid.pk])))

    assert Recovery.objects.get().fund_amount == Decimal("36000.00")
    assert "待缴回" in shown
    assert "2027-01-04 前" in shown


def test_a_recovery_that_cannot_be_is_refused(bank: Client, paid: Claim) -> None:
    answer = {"reference": "ZC-9", "recovered_on": "2026-11-20", "gross_amount": "900000.00", "cost_amount": "0"}

    response = bank.post(reverse("bank_claim_recover", args=[paid.pk]), answer)

    assert response.status_code == 422
    assert "超过已补偿的本金损失" in text(response)


def test_the_recovery_page_shows_what_everybody_bore(bank: Client, paid: Claim) -> None:
    shown = text(bank.get(reverse("bank_claim_recover", args=[paid.pk])))

    assert "补偿资金" in shown
    assert "累计追回净额" in shown


# --- Who may --------------------------------------------------------------------------------------------------------------

OF_A_CLAIM = ["bank_claim", "bank_claim_refile", "bank_claim_withdraw", "bank_claim_recover"]
OF_AN_ENROLMENT = ["bank_enrolment", "bank_claim_file", "bank_enrolment_cancel"]


@pytest.mark.parametrize("name", [*OF_A_CLAIM, *OF_AN_ENROLMENT, "bank_loan_enrol", "bank_claim_evidence"])
def test_what_belongs_to_another_bank_does_not_exist(client: Client, filed: Claim, name: str) -> None:
    stranger = signed_in(client, OfficerFactory(role=OfficerRole.LOAN_OFFICER).user)
    keys = {"bank_loan_enrol": filed.enrolment.loan_id, "bank_claim_evidence": filed.evidence_id}
    pk = keys.get(name, filed.pk if name in OF_A_CLAIM else filed.enrolment_id)

    assert stranger.get(reverse(name, args=[pk])).status_code == 404


@pytest.mark.parametrize("name", ["bank_claim_file", "bank_enrolment_cancel"])
def test_an_officer_who_files_no_claims_may_look_but_not_act(client: Client, enrolment: Enrolment, name: str) -> None:
    reader = signed_in(client, OfficerFactory(institution=enrolment.loan.institution, role=OfficerRole.APPROVER).user)

    assert reader.get(reverse("bank_enrolment", args=[enrolment.pk])).status_code == 200
    assert reader.get(reverse(name, args=[enrolment.pk])).status_code == 403


def test_the_evidence_is_served_to_the_bank_that_filed(bank: Client, enrolment: Enrolment) -> None:
    bank.post(reverse("bank_claim_file", args=[enrolment.pk]), typed())

    response = bank.get(reverse("bank_claim_evidence", args=[Claim.objects.get().evidence_id]))

    assert b"".join(response.streaming_content) == PDF


def test_pages_take_the_same_number_of_queries_for_one_row_and_for_many(
    bank: Client, enrolment: Enrolment, officer: Officer, django_assert_max_num_queries: Any
) -> None:
    for _number in range(4):
        more = EnrolmentFactory(loan__overdue=100, scheme=enrolment.scheme)
        Loan.objects.filter(pk=more.loan_id).update(institution=officer.institution)

    for name, limit in (("bank_claims", 14), ("bank_enrolments", 12)):
        with django_assert_max_num_queries(limit):
            bank.get(reverse(name))
