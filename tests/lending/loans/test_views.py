"""Pages of loans: the bank's and the firm's."""

import itertools
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enterprises.models import Member
from institutions.models import Institution, Officer
from lending.applications.states import ApplicationState
from lending.loans.actions.repayments import LoanCompensated
from lending.loans.models import Loan, Repayment
from portal.accounts.roles import OfficerRole
from tests.factories import (
    ApplicationFactory,
    InstitutionFactory,
    LoanFactory,
    MemberFactory,
    NeedFactory,
    OfficerFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank() -> Any:
    return InstitutionFactory()


@pytest.fixture
def officer(client: Client, bank: Institution) -> Any:
    officer = OfficerFactory(institution=bank)
    client.force_login(officer.user)
    return officer


def loan_of(bank: Institution, **fields: Any) -> Any:
    return LoanFactory(application__product_version__product__institution=bank, **fields)


def rename(loan: Loan, name: str) -> Any:
    type(loan.enterprise).objects.filter(pk=loan.enterprise_id).update(
        name=name, name_pieces=[a + b for a, b in itertools.pairwise(name)]
    )
    return loan


# --- the bank's list


def test_the_overdue_come_longest_first(client: Client, officer: Officer, bank: Institution) -> None:
    rename(loan_of(bank, overdue=10), "十天公司")
    rename(loan_of(bank, overdue=100), "百天公司")
    rename(loan_of(bank), "正常公司")

    page = client.get("/bank/loans/", {"show": "overdue"}).content.decode()

    assert page.index("百天公司") < page.index("十天公司")
    assert "正常公司" not in page


@pytest.mark.parametrize("query", [{"q": "HT-9"}, {"q": "要找的公司"}, {"risk_class": "substandard"}])
def test_the_list_is_filtered(client: Client, officer: Officer, bank: Institution, query: Any) -> None:
    rename(loan_of(bank, contract_number="HT-9", overdue=100), "宁夏要找的公司")
    rename(loan_of(bank), "无关企业")

    page = client.get("/bank/loans/", query).content.decode()

    assert "宁夏要找的公司" in page
    assert "无关企业" not in page


@pytest.mark.parametrize("is_overdue", [True, False])
def test_paging_by_key_shows_every_loan_once(bank: Institution, is_overdue: Any) -> None:
    from lending.loans import queries

    loans = [loan_of(bank, overdue=30 if is_overdue else 0) for _number in range(5)]
    seen, after = [], ""
    while True:
        page = queries.portfolio(Loan.objects.filter(institution=bank), after, is_overdue=is_overdue, size=2)
        seen += [loan.pk for loan in page.rows]
        after = page.after
        if not after:
            break

    assert sorted(seen) == [loan.pk for loan in loans]


def test_the_list_shows_nothing_of_another_institution(client: Client, officer: Officer) -> None:
    rename(LoanFactory(), "别家客户公司")

    assert "别家客户公司" not in client.get("/bank/loans/").content.decode()


@pytest.mark.parametrize("path", ["/bank/loans/", "/bank/loans/?show=overdue"])
def test_the_list_asks_as_often_for_four_loans_as_for_one(
    client: Client, officer: Officer, bank: Institution, path: str, django_assert_num_queries: Any
) -> None:
    loan_of(bank, overdue=5)
    client.get(path)
    with CaptureQueriesContext(connection) as one:
        client.get(path)
    for _number in range(3):
        loan_of(bank, overdue=5)

    with django_assert_num_queries(len(one)):
        client.get(path)


# --- sign, draw


def test_sign_by_its_form(client: Client, officer: Officer, bank: Institution) -> None:
    application = ApplicationFactory(
        product_version__product__institution=bank, state=ApplicationState.APPROVED, decided_at=timezone.now()
    )
    url = f"/bank/applications/{application.pk}/sign/"

    shown = client.get(url).content.decode()
    response = client.post(url, {"contract_number": "HT-1", "signed_on": timezone.localdate().isoformat()})

    loan = Loan.objects.get()
    assert "4.50%" in shown
    assert (response.url, loan.contract_number, loan.state) == (f"/bank/loans/{loan.pk}/", "HT-1", "contracted")


def test_signing_what_is_not_approved_is_refused_in_words(client: Client, officer: Officer, bank: Institution) -> None:
    application = ApplicationFactory(product_version__product__institution=bank, state=ApplicationState.ACCEPTED)
    url = f"/bank/applications/{application.pk}/sign/"

    assert "只有已授信、尚未签约的申请可以登记合同" in client.get(url).content.decode()
    response = client.post(url, {"contract_number": "HT-1", "signed_on": timezone.localdate().isoformat()})
    assert response.status_code == 409


def test_draw_by_its_form(client: Client, officer: Officer, bank: Institution) -> None:
    loan = loan_of(bank, state="contracted", signed_on=timezone.localdate())

    client.post(f"/bank/loans/{loan.pk}/draw/", {"amount": "500000.00", "drawn_on": timezone.localdate().isoformat()})

    page = client.get(f"/bank/loans/{loan.pk}/").content.decode()
    assert "第 12 期" in page
    assert "登记还款" in page


def test_drawing_too_much_is_refused_in_words(client: Client, officer: Officer, bank: Institution) -> None:
    loan = loan_of(bank, state="contracted", signed_on=timezone.localdate())

    response = client.post(
        f"/bank/loans/{loan.pk}/draw/", {"amount": "500000.01", "drawn_on": timezone.localdate().isoformat()}
    )

    assert response.status_code == 422
    assert "不超过合同金额" in response.content.decode()


def test_cancel_by_its_button(client: Client, officer: Officer, bank: Institution) -> None:
    loan = loan_of(bank, state="contracted")

    client.post(f"/bank/loans/{loan.pk}/cancel/")

    assert Loan.objects.get(pk=loan.pk).state == "cancelled"


# --- repayments


def test_repay_by_its_form_once(client: Client, officer: Officer, bank: Institution) -> None:
    loan = loan_of(bank)
    sent = {"reference": "R1", "paid_on": loan.drawn_on.isoformat(), "amount": "1000.00"}

    client.post(f"/bank/loans/{loan.pk}/repay/", sent)
    client.post(f"/bank/loans/{loan.pk}/repay/", sent)

    assert Repayment.objects.values_list("reference", "amount").get() == ("R1", Decimal("1000.00"))
    assert "R1" in client.get(f"/bank/loans/{loan.pk}/").content.decode()


def test_a_payment_of_too_much_is_refused_in_words_and_stays_typed(
    client: Client, officer: Officer, bank: Institution
) -> None:
    loan = loan_of(bank)

    response = client.post(
        f"/bank/loans/{loan.pk}/repay/", {"reference": "R1", "paid_on": loan.drawn_on.isoformat(), "amount": "9000.00"}
    )

    page = response.content.decode()
    assert response.status_code == 422
    assert "如为提前还款，请勾选" in page
    assert 'value="9000.00"' in page


@pytest.mark.parametrize("amount", ["", "0", "-1", "1.005", "abc"])
def test_an_amount_that_is_none_is_said_in_place(
    client: Client, officer: Officer, bank: Institution, amount: Decimal
) -> None:
    loan = loan_of(bank)

    response = client.post(
        f"/bank/loans/{loan.pk}/repay/", {"reference": "R1", "paid_on": loan.drawn_on.isoformat(), "amount": amount}
    )

    assert response.status_code == 422
    assert Repayment.objects.count() == 0


def csv(text: str, encoding: Any = "utf-8") -> Any:
    return SimpleUploadedFile("还款.csv", text.encode(encoding))


HEAD = "contract_number,reference,paid_on,amount,is_prepayment\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_is_booked_and_what_fails_is_shown_with_its_line(
    client: Client, officer: Officer, bank: Institution, encoding: Any
) -> None:
    loan = loan_of(bank, contract_number="合同1")
    day = loan.drawn_on.isoformat()
    text = (
        HEAD
        + f'合同1,R1,{day},"1,000.00",\n合同1,R2,20/11/2026,5.00,\n合同1,R3,{day},1.005,\n没有,R4,{day},5,\n合同1,R5,{day},99999999,1\n'
    )

    page = client.post("/bank/loans/report/", {"file": csv(text, encoding)}).content.decode()

    assert "入账 1 笔，重复 0 笔，退回 4 笔" in page
    assert loan.repayments.get().amount == Decimal("1000.00")
    for reason in ("还款日期应为 2026-11-20 的形式", "精确到分的数", "没有该合同编号的贷款", "请按结清金额登记"):
        assert reason in page


def test_a_file_hands_back_what_came_in_on_a_compensated_loan(
    client: Client, officer: Officer, bank: Institution
) -> None:
    loan = loan_of(bank, contract_number="合同1", compensated_at=timezone.now())
    text = HEAD + f"合同1,R1,{loan.drawn_on.isoformat()},1000.00,\n"

    page = client.post("/bank/loans/report/", {"file": csv(text)}).content.decode()

    assert "入账 0 笔，重复 0 笔，退回 1 笔" in page
    assert str(LoanCompensated.message) in page
    assert loan.repayments.count() == 0


def test_the_page_of_a_compensated_loan_shows_the_way_to_the_claim_instead_of_the_form(
    client: Client, officer: Officer, bank: Institution
) -> None:
    loan = loan_of(bank, compensated_at=timezone.now())

    page = client.get(f"/bank/loans/{loan.pk}/").content.decode()

    assert f"/bank/loans/{loan.pk}/repay/" not in page
    assert f"/bank/loans/{loan.pk}/classify/" in page
    assert "请在补偿申请中登记" in page
    assert "/bank/claims/" in page


def test_the_same_file_again_changes_nothing(client: Client, officer: Officer, bank: Institution) -> None:
    loan = loan_of(bank)
    text = HEAD + f"{loan.contract_number},R1,{loan.drawn_on.isoformat()},1000.00,\n"

    client.post("/bank/loans/report/", {"file": csv(text)})
    page = client.post("/bank/loans/report/", {"file": csv(text)}).content.decode()

    assert "入账 0 笔，重复 1 笔，退回 0 笔" in page
    assert loan.repayments.count() == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"contract_number,amount\n1,2\n", "缺少列"),
        (HEAD.encode(), "文件应有 1 至 5000 行数据"),
        (b"\xff\xfe\x00\x81", "文件编码应为 UTF-8 或 GB18030"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(
    client: Client, officer: Officer, content: Any, message: str
) -> None:
    response = client.post("/bank/loans/report/", {"file": SimpleUploadedFile("a.csv", content)})

    assert response.status_code == 422
    assert message in response.content.decode()


# --- class, write-off, access


def test_class_by_its_form(client: Client, officer: Officer, bank: Institution) -> None:
    loan = loan_of(bank, overdue=20)

    client.post(f"/bank/loans/{loan.pk}/classify/", {"risk_class": "loss", "note": "企业停产"})

    loan.refresh_from_db()
    assert (loan.risk_class, loan.set_class_by) == ("loss", officer.user)
    assert "企业停产" in client.get(f"/bank/loans/{loan.pk}/").content.decode()


def test_write_off_by_its_button(client: Client, officer: Officer, bank: Institution) -> None:
    loan = loan_of(bank, overdue=400)

    assert "确认核销" in client.get(f"/bank/loans/{loan.pk}/").content.decode()
    client.post(f"/bank/loans/{loan.pk}/write-off/")

    assert Loan.objects.get(pk=loan.pk).state == "written_off"


def test_an_approver_reads_but_does_not_service(client: Client, bank: Institution) -> None:
    loan = loan_of(bank)
    client.force_login(OfficerFactory(institution=bank, role=OfficerRole.APPROVER).user)

    assert "登记还款" not in client.get(f"/bank/loans/{loan.pk}/").content.decode()
    assert client.post(f"/bank/loans/{loan.pk}/repay/", {}).status_code == 403
    assert client.get("/bank/loans/report/").status_code == 403


@pytest.mark.parametrize("verb", ["draw", "cancel", "repay", "classify", "write-off"])
def test_no_verb_reaches_the_loan_of_another_institution(client: Client, officer: Officer, verb: str) -> None:
    assert client.post(f"/bank/loans/{LoanFactory().pk}/{verb}/", {}).status_code == 404


def test_the_loan_of_another_institution_does_not_exist(client: Client, officer: Officer) -> None:
    assert client.get(f"/bank/loans/{LoanFactory().pk}/").status_code == 404


# --- the firm


@pytest.fixture
def member(client: Client) -> Any:
    member = MemberFactory()
    client.force_login(member.user)
    return member


def test_the_firm_sees_its_loans_and_the_next_payment(client: Client, member: Member) -> None:
    loan = LoanFactory(application__need=NeedFactory(member=member))
    LoanFactory(contract_number="别家合同")
    due = loan.instalments.get(number=1)

    page = client.get("/enterprise/loans/").content.decode()

    assert loan.contract_number in page
    assert due.due_on.isoformat() in page
    assert f"{due.total_due:,.0f}" in page
    assert "别家合同" not in page


def test_the_firm_is_told_what_is_overdue(client: Client, member: Member) -> None:
    loan = LoanFactory(application__need=NeedFactory(member=member), overdue=10)

    page = client.get(f"/enterprise/loans/{loan.pk}/").content.decode()

    assert "有逾期未还款项" in page


def test_the_loan_of_another_firm_does_not_exist(client: Client, member: Member) -> None:
    assert client.get(f"/enterprise/loans/{LoanFactory().pk}/").status_code == 404


def test_the_firms_list_asks_as_often_for_three_loans_as_for_one(
    client: Client, member: Member, django_assert_num_queries: Any
) -> None:
    LoanFactory(application__need=NeedFactory(member=member))
    client.get("/enterprise/loans/")
    with CaptureQueriesContext(connection) as one:
        client.get("/enterprise/loans/")
    for _number in range(2):
        LoanFactory(application__need=NeedFactory(member=member))

    with django_assert_num_queries(len(one)):
        client.get("/enterprise/loans/")
