"""The books against SQL typed by hand: what the database itself refuses."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import Error, IntegrityError, connection, transaction
from django.db.transaction import atomic

from lending.ledger.models import Account, Entry, Line

Deposit = Callable[..., Entry]


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def settle_constraints() -> None:
    """What a commit does: run the deferred checks."""
    sql("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET memo = 'changed'",
        "DELETE FROM ledger_entry",
        "UPDATE ledger_line SET debit = debit + 1 WHERE debit > 0",
        "DELETE FROM ledger_line",
    ],
)
def test_entries_and_lines_are_never_changed_or_removed(deposit: Deposit, statement: str) -> None:
    deposit("100.00")
    settle_constraints()

    with pytest.raises(Error, match="Cannot update or delete"), atomic():
        sql(statement)


def test_a_balance_is_not_written_by_hand(deposit: Deposit) -> None:
    deposit("100.00")

    with pytest.raises(IntegrityError, match="a balance follows the lines"), atomic():
        sql("UPDATE ledger_account SET balance = balance + 1 WHERE code = 'TEST:bank'")


def test_an_account_opens_empty(book: str) -> None:
    with pytest.raises(IntegrityError, match="opens with a balance of zero"), atomic():
        Account.objects.create(code="TEST:gift", name="x", kind="asset", book_id="TEST", balance=Decimal("5.00"))


@pytest.mark.parametrize("change", ["code = 'TEST:other'", "kind = 'income'", "book = 'ELSE'", "currency = 'USD'"])
def test_an_account_keeps_its_code_kind_book_and_currency(book: str, change: str) -> None:
    with pytest.raises(IntegrityError, match="keeps its code"), atomic():
        sql(f"UPDATE ledger_account SET {change} WHERE code = 'TEST:bank'")


def test_an_account_is_never_removed(book: str) -> None:
    with pytest.raises(Error, match="never removed"), atomic():
        sql("DELETE FROM ledger_account WHERE code = 'TEST:bank'")


def test_an_account_may_be_renamed(book: str) -> None:
    sql("UPDATE ledger_account SET name = '新名称' WHERE code = 'TEST:bank'")

    assert Account.objects.get(code="TEST:bank").name == "新名称"


def _entry(today: dt.date, now: dt.datetime, currency: str = "CNY") -> Entry:
    return Entry.objects.create(
        event="hand", subject="hand:1", memo="手写", booked_on=today, posted_at=now, currency=currency
    )


@atomic
def _commit(entry_on: dt.date, now: dt.datetime, *, debit: str = "", credit: str = "") -> None:
    """An entry typed by hand, with the lines that are given, in one statement."""
    entry, lines = _entry(entry_on, now), []
    if debit:
        lines.append(Line(entry=entry, account=Account.objects.get(code="TEST:bank"), debit=Decimal(debit)))
    if credit:
        lines.append(Line(entry=entry, account=Account.objects.get(code="TEST:contributions"), credit=Decimal(credit)))
    Line.objects.bulk_create(lines)
    settle_constraints()


@pytest.mark.parametrize(
    "sides", [{"debit": "10.00"}, {"debit": "10.00", "credit": "9.99"}], ids=["one line", "unequal"]
)
def test_the_lines_of_a_statement_balance_when_it_ends(
    book: str, today: dt.date, now: dt.datetime, sides: dict[str, str]
) -> None:
    with pytest.raises(IntegrityError, match="an entry sums to zero"):
        _commit(today, now, **sides)


def test_an_entry_without_lines_is_refused_at_commit(book: str, today: dt.date, now: dt.datetime) -> None:
    with pytest.raises(IntegrityError, match="has no lines"):
        _commit(today, now)


def test_balanced_lines_typed_by_hand_move_the_balances(book: str, today: dt.date, now: dt.datetime) -> None:
    _commit(today, now, debit="10.00", credit="10.00")

    assert Account.objects.get(code="TEST:bank").balance == Decimal("10.00")


@atomic
def _commit_in_dollars(today: dt.date, now: dt.datetime) -> None:
    entry = _entry(today, now, currency="USD")
    Line.objects.bulk_create(_pair(entry, "10.00"))


def test_a_line_in_another_currency_than_its_entry_is_refused(book: str, today: dt.date, now: dt.datetime) -> None:
    with pytest.raises(IntegrityError, match="an entry has one currency"):
        _commit_in_dollars(today, now)


def test_a_day_on_or_before_the_last_closed_one_takes_no_lines(book: str, today: dt.date, now: dt.datetime) -> None:
    Account.objects.filter(book=book).update(closed_through=today)

    with pytest.raises(IntegrityError, match="a closed period takes no entries"):
        _commit(today, now, debit="10.00", credit="10.00")


def _pair(entry: Entry, amount: str) -> list[Line]:
    return [
        Line(entry=entry, account=Account.objects.get(code="TEST:bank"), debit=Decimal(amount)),
        Line(entry=entry, account=Account.objects.get(code="TEST:contributions"), credit=Decimal(amount)),
    ]


@pytest.mark.parametrize(("debit", "credit"), [("1.00", "1.00"), ("0.00", "0.00"), ("-1.00", "0.00")])
def test_a_line_has_exactly_one_side(book: str, today: dt.date, now: dt.datetime, debit: str, credit: str) -> None:
    account = Account.objects.get(code="TEST:bank")

    with pytest.raises(IntegrityError, match="a_line_has_one_side"), atomic():
        Line.objects.create(entry=_entry(today, now), account=account, debit=Decimal(debit), credit=Decimal(credit))


@atomic
def _overdraw(today: dt.date, now: dt.datetime) -> None:
    bank, spent = (Account.objects.get(code=f"TEST:{name}") for name in ("bank", "compensation"))
    entry, amount = _entry(today, now), Decimal("0.01")
    Line.objects.bulk_create(
        [Line(entry=entry, account=bank, credit=amount), Line(entry=entry, account=spent, debit=amount)]
    )


def test_a_bound_account_stays_on_its_side(book: str, today: dt.date, now: dt.datetime) -> None:
    with pytest.raises(IntegrityError, match="a_bound_account_stays_on_its_side"):
        _overdraw(today, now)


@pytest.mark.parametrize(("line", "why"), [("account_id", "open account"), ("entry_id", "takes no more lines")])
def test_a_line_is_on_an_account_and_in_an_entry_that_are_there(
    book: str, today: dt.date, now: dt.datetime, line: str, why: str
) -> None:
    lines = _pair(_entry(today, now), "10.00")
    for row in lines:
        setattr(row, line, 999_999_999)

    with pytest.raises(IntegrityError, match=why), atomic():
        Line.objects.bulk_create(lines)
    Line.objects.bulk_create(_pair(Entry.objects.get(), "10.00"))


def test_a_session_cannot_ask_the_triggers_of_the_books_to_stand_aside(book: str) -> None:
    names = "{pgtrigger_balance_follows_the_lines_59615,balance_follows_the_lines}"

    sql(f"SET LOCAL pgtrigger.ignore = '{names}'")

    with pytest.raises(IntegrityError, match="a balance follows the lines"), atomic():
        sql("UPDATE ledger_account SET balance = balance + 1")


def test_one_business_event_has_one_entry(deposit: Deposit, today: dt.date, now: dt.datetime) -> None:
    deposit("100.00")

    with pytest.raises(IntegrityError, match="one_entry_per_business_event"), atomic():
        Entry.objects.create(event="deposit", subject="fund:TEST/1", memo="x", booked_on=today, posted_at=now)


@pytest.mark.django_db(transaction=True)
def test_a_committed_entry_takes_no_more_lines_not_even_a_balanced_pair(deposit: Deposit) -> None:
    entry = deposit("100.00")

    with pytest.raises(IntegrityError, match="takes no more lines"), transaction.atomic():
        Line.objects.bulk_create(_pair(entry, "5.00"))
