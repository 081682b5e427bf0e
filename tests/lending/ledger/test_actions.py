import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import transaction

from lending.ledger import actions, postings, queries
from lending.ledger.models import Account, Entry, Line
from lending.ledger.postings import Booking, Posting
from portal.audit.models import AuditEvent
from tests.factories import UserFactory

Deposit = Callable[..., Entry]


def test_open_book_opens_every_account_of_a_fund_empty_and_only_once(book: str, now: dt.datetime) -> None:
    again = actions.open_book(book=book, name="测试资金池", by=None, at=now)

    assert [account.code for account in again] == sorted(f"TEST:{plan.account}" for plan in postings.FUND_BOOK)
    assert {account.balance for account in again} == {Decimal("0.00")}
    assert AuditEvent.objects.filter(verb="ledger.open_account").count() == len(postings.FUND_BOOK)


@pytest.mark.parametrize("plan", [postings.SUBSIDY_BOOK, postings.GUARANTEE_BOOK], ids=["subsidy", "guarantee"])
def test_open_book_gives_every_account_of_its_plan_a_name(
    db: None, plan: tuple[postings.AccountPlan, ...], now: dt.datetime
) -> None:
    accounts = actions.open_book(book="B", name="账", plan=plan, by=None, at=now)

    assert {account.code: account.kind for account in accounts} == {f"B:{row.account}": row.kind for row in plan}
    assert len({account.name for account in accounts}) == len(plan)


@pytest.mark.parametrize("other", [{"plan": postings.SUBSIDY_BOOK}, {"currency": "USD"}], ids=["plan", "currency"])
def test_open_book_refuses_a_code_that_stands_for_another_book(book: str, other: dict, now: dt.datetime) -> None:
    with pytest.raises(actions.OpenedOtherwise):
        actions.open_book(book=book, name="测试资金池", by=None, at=now, **other)


def test_post_moves_the_balances_of_its_accounts_and_no_others(book: str, deposit: Deposit) -> None:
    deposit("100.00")

    moved = {name: amount for name, amount in queries.balances(book).items() if amount}
    assert moved == {
        "bank": Decimal("100.00"),
        "contributions": Decimal("-100.00"),
        "authorised": Decimal("100.00"),
        "available": Decimal("-100.00"),
    }


def test_post_of_the_same_event_returns_the_entry_that_stands(book: str, deposit: Deposit) -> None:
    first = deposit("100.00")

    again = deposit("100.00")

    assert again == first
    assert queries.balance("TEST:bank") == Decimal("100.00")
    assert AuditEvent.objects.filter(verb="ledger.post").count() == 1


def test_post_refuses_the_same_event_with_another_amount(book: str, deposit: Deposit) -> None:
    deposit("100.00")

    with pytest.raises(actions.PostedOtherwise):
        deposit("100.01")

    assert queries.balance("TEST:bank") == Decimal("100.00")


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [Posting("TEST:bank", debit=Decimal("1.00"))],
        [Posting("TEST:bank", debit=Decimal("1.00")), Posting("TEST:contributions", credit=Decimal("1.01"))],
        [Posting("TEST:bank", debit=Decimal("1.00")), Posting("TEST:contributions")],
        [
            Posting("TEST:bank", debit=Decimal("1.00"), credit=Decimal("1.00")),
            Posting("TEST:contributions", debit=Decimal("1.00"), credit=Decimal("1.00")),
        ],
        [Posting("TEST:bank", debit=Decimal("-1.00")), Posting("TEST:contributions", credit=Decimal("-1.00"))],
    ],
    ids=["nothing", "one line", "unequal sides", "an empty line", "both sides at once", "negative"],
)
def test_post_refuses_lines_that_do_not_balance(
    book: str, lines: list[Posting], today: dt.date, now: dt.datetime
) -> None:
    with pytest.raises(actions.UnbalancedEntry):
        actions.post(event="x", subject="y", memo="z", booked_on=today, lines=lines, by=None, at=now)

    assert not Entry.objects.exists()


def test_post_refuses_an_account_that_is_not_open(book: str, today: dt.date, now: dt.datetime) -> None:
    lines = postings.deposit("NOWHERE", Decimal("1.00"))

    with pytest.raises(actions.UnknownAccount):
        actions.post(event="x", subject="y", memo="z", booked_on=today, lines=lines, by=None, at=now)


def test_post_refuses_to_reserve_more_than_is_available(
    book: str, deposit: Deposit, today: dt.date, now: dt.datetime
) -> None:
    deposit("100.00")

    with pytest.raises(actions.Overdrawn):
        actions.post(
            event="claim_approved",
            subject="claim:1/1",
            memo="审定",
            booked_on=today,
            lines=postings.reservation(book, Decimal("100.01")),
            by=None,
            at=now,
        )

    assert queries.balance("TEST:available") == Decimal("-100.00")
    assert Entry.objects.count() == 1


def test_post_refuses_accounts_of_two_currencies(book: str, today: dt.date, now: dt.datetime) -> None:
    actions.open_book(book="USD", name="美元", currency="USD", by=None, at=now)
    lines = [Posting("TEST:bank", debit=Decimal("1.00")), Posting("USD:contributions", credit=Decimal("1.00"))]

    with pytest.raises(actions.AnotherCurrency):
        actions.post(event="x", subject="y", memo="z", booked_on=today, lines=lines, by=None, at=now)


def test_post_refuses_a_day_in_a_closed_period(deposit: Deposit, today: dt.date) -> None:
    Account.objects.update(closed_through=today)

    with pytest.raises(actions.PeriodClosed):
        deposit("100.00")


def test_a_refused_posting_leaves_the_transaction_usable(book: str, deposit: Deposit, now: dt.datetime) -> None:
    with transaction.atomic():
        with pytest.raises(actions.Overdrawn):
            actions.post_many(bookings=[_reservation(1, "0.01")], by=None, at=now)
        deposit("100.00")

    assert queries.balance("TEST:bank") == Decimal("100.00")


def _reservation(number: int, amount: str, day: dt.date = dt.date(2026, 11, 20)) -> Booking:
    lines = postings.reservation("TEST", Decimal(amount))
    return Booking("claim_approved", f"claim:{number}/1", f"审定 “{number}\\", day, tuple(lines))


def test_post_writes_what_it_was_given_and_one_audit_event(deposit: Deposit, now: dt.datetime) -> None:
    treasurer = UserFactory()
    deposit("100.00")
    lines = postings.reservation("TEST", Decimal("30.00"))

    made = actions.post(
        event="e", subject='a"b\\{c},', memo="memo", booked_on=now.date(), lines=lines, by=treasurer, at=now
    )

    stored = Entry.objects.get(pk=made.pk)
    said = ("event", "subject", "memo", "booked_on", "posted_at", "posted_by_id", "reverses_id", "currency", "txid")
    assert [getattr(made, name) for name in said] == [getattr(stored, name) for name in said]
    assert (stored.subject, stored.posted_by) == ('a"b\\{c},', treasurer)
    event = AuditEvent.objects.get(verb="ledger.post", subject_id=str(made.pk))
    assert (event.actor_id, event.actor_name, event.subject_label) == (treasurer.pk, str(treasurer)[:60], "memo")
    assert event.facts == {"event": "e", "subject": 'a"b\\{c},', "debit": "30.00"}


def test_post_many_posts_the_batch_in_its_order_and_moves_each_account_by_the_sum(
    book: str, deposit: Deposit, now: dt.datetime
) -> None:
    deposit("100.00")

    entries = actions.post_many(bookings=[_reservation(n, f"{n}.00") for n in (3, 1, 2)], by=None, at=now)

    assert [entry.subject for entry in entries] == ["claim:3/1", "claim:1/1", "claim:2/1"]
    assert [entry.pk for entry in entries] == sorted(entry.pk for entry in entries)
    assert queries.balance("TEST:reserved") == Decimal("-6.00")
    assert AuditEvent.objects.filter(verb="ledger.post").count() == 4
    assert queries.trial_balance(book).is_sound


def test_post_many_again_adds_only_what_is_new(book: str, deposit: Deposit, now: dt.datetime) -> None:
    deposit("100.00")
    first = actions.post_many(bookings=[_reservation(1, "60.00")], by=None, at=now)

    again = actions.post_many(bookings=[_reservation(2, "40.00"), _reservation(1, "60.00")], by=None, at=now)

    assert again[1] == first[0]
    assert queries.balance("TEST:available") == Decimal("0.00")


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        (_reservation(2, "41.00"), actions.Overdrawn),
        (_reservation(1, "59.00"), actions.PostedOtherwise),
        (_reservation(3, "1.00"), actions.PostedOtherwise),
        (_reservation(2, "1.00", dt.date(2026, 10, 31)), actions.PeriodClosed),
        (
            Booking("x", "y", "z", dt.date(2026, 11, 20), tuple(postings.deposit("NO", Decimal(1)))),
            actions.UnknownAccount,
        ),
        (Booking("x", "y", "z", dt.date(2026, 11, 20), ()), actions.UnbalancedEntry),
    ],
    ids=["overdrawn", "posted otherwise", "twice in the batch", "closed", "unknown", "unbalanced"],
)
def test_post_many_posts_nothing_where_one_booking_is_refused(
    book: str, deposit: Deposit, now: dt.datetime, wrong: Booking, refusal: type[Exception]
) -> None:
    deposit("100.00")
    actions.post_many(bookings=[_reservation(1, "60.00")], by=None, at=now)
    Account.objects.update(closed_through=dt.date(2026, 10, 31))

    with pytest.raises(refusal):
        actions.post_many(bookings=[_reservation(3, "0.50"), wrong], by=None, at=now)

    assert Entry.objects.count() == 2
    assert queries.balance("TEST:reserved") == Decimal("-60.00")


def test_reverse_mirrors_every_line_and_leaves_the_balances_as_before(
    book: str, deposit: Deposit, today: dt.date, now: dt.datetime
) -> None:
    entry = deposit("100.00")
    treasurer = UserFactory()

    reversal = actions.reverse(entry=entry, memo="误记", booked_on=today, by=treasurer, at=now)

    assert reversal.reverses == entry
    assert set(queries.balances(book).values()) == {Decimal("0.00")}
    assert queries.trial_balance(book).is_sound


@pytest.mark.parametrize("again", ["the entry", "its reversal"])
def test_reverse_refuses_a_second_time(
    book: str, deposit: Deposit, again: str, today: dt.date, now: dt.datetime
) -> None:
    entry, user = deposit("100.00"), UserFactory()
    reversal = actions.reverse(entry=entry, memo="误记", booked_on=today, by=user, at=now)

    with pytest.raises(actions.AlreadyReversed):
        actions.reverse(
            entry=entry if again == "the entry" else reversal, memo="再冲", booked_on=today, by=user, at=now
        )

    assert Entry.objects.count() == 2


def test_every_row_of_the_books_is_for_ledger_readers_only(book: str, deposit: Deposit) -> None:
    deposit("100.00")
    stranger = UserFactory()

    rows = [model.objects.visible_to(stranger).count() for model in (Account, Entry, Line)]

    assert rows == [0, 0, 0]
