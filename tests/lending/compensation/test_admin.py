"""The finance desk: every button, by whoever may press it and by whoever may not."""

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from institutions.models import Officer
from lending.compensation import actions, queries
from lending.compensation.models import Claim, Recovery
from lending.ledger.models import Account, Entry
from portal.accounts.models import User
from portal.accounts.roles import StaffRole
from tests.factories import FundFactory, StaffPostFactory

SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _at_ten_on_the_day(now: dt.datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def sign_in(client: Client) -> SignIn:
    def enter(user: User) -> Client:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return enter


@pytest.fixture
def recovery(paid: Claim, officer: Officer, now: dt.datetime) -> Recovery:
    return actions.report_recovery(
        claim=paid,
        officer=officer,
        reference="ZC-1",
        recovered_on=now.date(),
        gross_amount=Decimal("100000.00"),
        cost_amount=Decimal("10000.00"),
        at=now,
    )


def text(response: Any) -> str:
    return response.content.decode()


def page_of(claim: Claim) -> str:
    return reverse("admin:compensation_claim_change", args=[claim.pk])


def decide(client: Client, claim: Claim, verb: str, note: str = "凭证 1") -> str:
    """Press a button of the desk; what the desk answers."""
    url = reverse("admin:compensation_claim_decide", args=[claim.pk, verb])
    response = client.post(url, {f"{verb}-note": note}, follow=True)
    claim.refresh_from_db()
    return text(response)


def test_a_claim_goes_from_check_to_payment_by_three_people(
    filed: Claim, staff: dict[str, User], sign_in: SignIn
) -> None:
    answers = [decide(sign_in(staff[verb]), filed, verb) for verb in ("check", "approve", "pay")]

    assert ["审查通过，已转审定" in answers[0], "已审定，资金已预留" in answers[1], "已登记拨付" in answers[2]] == [
        True
    ] * 3
    assert (filed.state, filed.checked_by, filed.approved_by, filed.paid_by) == (
        "paid",
        staff["check"],
        staff["approve"],
        staff["pay"],
    )


@pytest.mark.parametrize(
    ("step", "role", "verbs"),
    [
        ("filed", "check", {"check", "return", "refuse"}),
        ("filed", "approve", set()),
        ("checked", "check", set()),
        ("checked", "approve", {"approve", "return", "refuse"}),
        ("approved", "pay", {"pay"}),
        ("paid", "approve", {"close"}),
        ("paid", "pay", set()),
    ],
)
def test_the_desk_shows_each_post_the_buttons_it_may_press(
    step: str, role: str, verbs: set[str], request: pytest.FixtureRequest, staff: dict[str, User]
) -> None:
    claim, client = request.getfixturevalue(step), request.getfixturevalue("sign_in")(staff[role])

    shown = text(client.get(page_of(claim)))

    assert {
        verb for verb in ("check", "return", "approve", "refuse", "pay", "close") if f"/decide/{verb}/" in shown
    } == verbs
    assert ("当前没有需要您办理的事项" in shown) is (not verbs)


def test_the_page_shows_the_clauses_the_computation_and_the_evidence(
    filed: Claim, checker: User, sign_in: SignIn
) -> None:
    shown = text(sign_in(checker).get(page_of(filed)))

    for wanted in ("资金池承担比例:首贷50%", "属于纯信用贷款", "法院已受理", "演示参数"):
        assert wanted in shown
    assert reverse("admin:compensation_claim_evidence", args=[filed.pk]) in shown


def test_somebody_who_had_a_step_before_is_told_why_there_is_no_button(
    checked: Claim, checker: User, sign_in: SignIn
) -> None:
    StaffPostFactory(user=checker, role=StaffRole.CLAIM_APPROVER)
    client = sign_in(User.objects.get(pk=checker.pk))

    shown, answered = text(client.get(page_of(checked))), decide(client, checked, "approve")

    assert "您已办理过本申请的前序环节" in shown
    assert "须由三名不同人员办理" in answered
    assert checked.state == "checked"


def test_a_decision_that_needs_words_asks_for_them(filed: Claim, checker: User, sign_in: SignIn) -> None:
    answered = decide(sign_in(checker), filed, "refuse", note="")

    assert "请填写“不予补偿原因”后再提交" in answered
    assert filed.state == "filed"


def test_an_approval_that_comes_second_is_told(
    checked: Claim, approver: User, sign_in: SignIn, now: dt.datetime
) -> None:
    other = StaffPostFactory(role=StaffRole.CLAIM_APPROVER).user
    actions.approve_claim(claim=checked, note="", by=other, at=now)

    assert "可能已被他人处理" in decide(sign_in(approver), checked, "approve")


@pytest.mark.parametrize("verb", ["check", "dance"])
def test_a_decision_is_posted_and_known(filed: Claim, checker: User, sign_in: SignIn, verb: str) -> None:
    url, client = reverse("admin:compensation_claim_decide", args=[filed.pk, verb]), sign_in(checker)

    answers = [client.get(url).status_code, client.post(url).status_code]

    assert answers == ([404, 302] if verb == "check" else [404, 404])


def test_a_claim_of_another_region_does_not_exist(filed: Claim, sign_in: SignIn) -> None:
    elsewhere = sign_in(StaffPostFactory(role=StaffRole.CLAIM_CHECKER, region_code="640300").user)
    doors = [
        page_of(filed),
        reverse("admin:compensation_claim_evidence", args=[filed.pk]),
        reverse("admin:compensation_enrolment_change", args=[filed.enrolment_id]),
    ]

    assert [elsewhere.get(door).status_code for door in doors] == [404, 404, 404]
    assert filed.number not in text(elsewhere.get(reverse("admin:compensation_claim_changelist")))


@pytest.mark.parametrize("model", ["claim", "fund", "scheme", "enrolment", "recovery"])
def test_the_lists_open_for_finance_and_for_nobody_else(
    recovery: Recovery, model: str, treasurer: User, sign_in: SignIn
) -> None:
    url = reverse(f"admin:compensation_{model}_changelist")
    steward = StaffPostFactory(role=StaffRole.DATA_STEWARD).user

    seen = [sign_in(user).get(url).status_code for user in (treasurer, steward)]

    assert seen == [200, 403]


def test_the_queue_is_narrowed_by_state_region_and_day(filed: Claim, checker: User, sign_in: SignIn) -> None:
    url, client = reverse("admin:compensation_claim_changelist"), sign_in(checker)
    asked: list[dict[str, str]] = [
        {"state": "filed"},
        {"state": "paid"},
        {"enrolment__loan__responsible_region": "640100"},
        {"enrolment__loan__responsible_region": "640300"},
        {"paid_at__gte": "2026-01-01 00:00:00+08:00"},
    ]

    seen = [filed.number in text(client.get(url, query)) for query in asked]

    assert seen == [True, False, True, False, False]


def test_the_treasury_confirms_a_remittance(paid: Claim, recovery: Recovery, treasurer: User, sign_in: SignIn) -> None:
    client = sign_in(treasurer)
    url = reverse("admin:compensation_claim_receive", args=[paid.pk, recovery.pk])

    shown = text(client.get(page_of(paid)))
    client.post(url, {f"receive-{recovery.pk}-note": "HK-1"})

    recovery.refresh_from_db()
    assert url in shown
    assert (recovery.received_by, recovery.receipt_note) == (treasurer, "HK-1")
    assert queries.standing(paid.enrolment.scheme.fund).available == Decimal("9836000.00")


def test_a_remittance_without_its_receipt_is_refused(
    paid: Claim, recovery: Recovery, treasurer: User, sign_in: SignIn
) -> None:
    url = reverse("admin:compensation_claim_receive", args=[paid.pk, recovery.pk])

    answered = text(sign_in(treasurer).post(url, follow=True))

    assert "请填写意见" in answered


def test_a_recovery_opens_with_its_claim(paid: Claim, recovery: Recovery, treasurer: User, sign_in: SignIn) -> None:
    response = sign_in(treasurer).get(reverse("admin:compensation_recovery_change", args=[recovery.pk]))

    assert response.url == page_of(paid)


def test_the_evidence_and_the_sheet_are_served_to_finance(filed: Claim, checker: User, sign_in: SignIn) -> None:
    client = sign_in(checker)

    evidence = client.get(reverse("admin:compensation_claim_evidence", args=[filed.pk]))
    sheet = client.post(reverse("admin:compensation_claim_sheet", args=[filed.pk]), follow=True)

    assert [evidence["Content-Type"], sheet["Content-Type"]] == ["application/pdf", "application/pdf"]


def test_the_sheet_of_one_claim_is_not_served_under_another(
    filed: Claim, checker: User, sign_in: SignIn, now: dt.datetime
) -> None:
    document = actions.issue_sheet(claim=filed, by=checker, at=now)
    other = Claim.objects.get(pk=filed.pk)
    other.pk, other.number, other.state = None, "BC2026-OTHER", "withdrawn"
    other.submission_key = document_key = "00000000-0000-4000-8000-000000000001"
    other.save(force_insert=True)

    response = sign_in(checker).get(reverse("admin:compensation_claim_document", args=[other.pk, document.pk]))

    assert (response.status_code, document_key) == (404, other.submission_key)


# --- Funds, schemes, enrolments, books ------------------------------------------------------------------------------------


def test_the_fund_page_adds_up(paid: Claim, recovery: Recovery, treasurer: User, sign_in: SignIn) -> None:
    fund = paid.enrolment.scheme.fund

    shown = text(sign_in(treasurer).get(reverse("admin:compensation_fund_change", args=[fund.pk])))

    for wanted in ('value="10000000.00"', 'value="9800000.00"', 'value="200000.00"', 'value="36000.00"', "登记注资"):
        assert wanted in shown


def test_a_deposit_is_booked_by_the_treasurer_only(treasurer: User, checker: User, sign_in: SignIn) -> None:
    fund = FundFactory(deposited="0")
    url = reverse("admin:compensation_fund_deposit", args=[fund.pk])
    typed = {"amount": "500.00", "reference": "P-1"}

    answers = [text(sign_in(user).post(url, typed, follow=True)) for user in (checker, treasurer)]

    assert ["没有这项权限" in answers[0], "已登记入账" in answers[1]] == [True, True]
    assert queries.standing(fund).deposited == Decimal("500.00")


def test_a_deposit_that_is_incomplete_is_not_booked(treasurer: User, sign_in: SignIn) -> None:
    fund = FundFactory(deposited="0")
    url = reverse("admin:compensation_fund_deposit", args=[fund.pk])

    answered = text(sign_in(treasurer).post(url, {"amount": "1.001", "reference": "P"}, follow=True))

    assert "精确到分" in answered
    assert queries.standing(fund).deposited == 0


def test_the_list_of_funds_shows_their_books_in_as_many_queries_for_one_as_for_many(
    paid: Claim, treasurer: User, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    FundFactory.create_batch(3)
    client = sign_in(treasurer)

    with django_assert_max_num_queries(10):
        shown = text(client.get(reverse("admin:compensation_fund_changelist")))

    assert "980 万元" in shown


def test_the_scheme_page_shows_every_clause(filed: Claim, checker: User, sign_in: SignIn) -> None:
    scheme = filed.enrolment.scheme

    shown = text(sign_in(checker).get(reverse("admin:compensation_scheme_change", args=[scheme.pk])))

    assert all(row["text"] in shown for row in scheme.clauses)


def test_the_enrolment_page_leads_to_its_claim(filed: Claim, checker: User, sign_in: SignIn) -> None:
    shown = text(sign_in(checker).get(reverse("admin:compensation_enrolment_change", args=[filed.enrolment_id])))

    assert page_of(filed) in shown


def test_the_trial_balance_says_that_it_is_sound(paid: Claim, treasurer: User, sign_in: SignIn) -> None:
    book = paid.enrolment.scheme.fund.code

    shown = text(sign_in(treasurer).get(reverse("admin:ledger_trial_balance"), {"book": book}))

    assert "借方合计等于贷方合计，差额为 0.00 元" in shown
    assert f"{book}:available" in shown


def test_a_book_that_is_not_there_has_no_trial_balance(treasurer: User, sign_in: SignIn) -> None:
    assert sign_in(treasurer).get(reverse("admin:ledger_trial_balance"), {"book": "NOWHERE"}).status_code == 404


@pytest.mark.parametrize("name", ["ledger_account_changelist", "ledger_entry_changelist", "ledger_trial_balance"])
def test_the_books_are_closed_to_posts_without_them(name: str, sign_in: SignIn, db: None) -> None:
    steward = StaffPostFactory(role=StaffRole.DATA_STEWARD).user

    assert sign_in(steward).get(reverse(f"admin:{name}")).status_code in {403, 404}


def test_an_account_opens_as_its_statement(paid: Claim, treasurer: User, sign_in: SignIn) -> None:
    account = Account.objects.get(code=f"{paid.enrolment.scheme.fund.code}:available")
    url, client = reverse("admin:ledger_account_change", args=[account.pk]), sign_in(treasurer)

    this_year = text(client.get(url))
    nonsense = client.get(url, {"first": "2026-12-31", "last": "2026-01-01"})

    assert f"审定补偿 {paid.number}" in this_year
    assert nonsense.status_code == 200


def test_an_entry_opens_with_its_lines(paid: Claim, treasurer: User, sign_in: SignIn) -> None:
    entry = Entry.objects.get(event="claim_paid")

    shown = text(sign_in(treasurer).get(reverse("admin:ledger_entry_change", args=[entry.pk])))

    assert all(account.name in shown for account in Account.objects.filter(lines__entry=entry))
    assert str(paid.number) in shown
