import datetime as dt
from collections.abc import Callable
from decimal import Decimal

from lending.ledger import actions, postings, queries
from lending.ledger.models import Account, Entry

Deposit = Callable[..., Entry]


def _reserve(book: str, amount: str, *, on: dt.date, at: dt.datetime) -> Entry:
    return actions.post(
        event="claim_approved",
        subject="claim:1/1",
        memo="审定",
        booked_on=on,
        lines=postings.reservation(book, Decimal(amount)),
        by=None,
        at=at,
    )


def test_trial_balance_sums_to_zero_and_shows_what_was_moved(
    book: str, deposit: Deposit, today: dt.date, now: dt.datetime
) -> None:
    deposit("100.00")
    _reserve(book, "30.00", on=today, at=now)

    trial = queries.trial_balance(book)

    rows = {row.account.code: (row.debited, row.credited) for row in trial.rows if row.debited or row.credited}
    assert rows == {
        "TEST:authorised": (Decimal("100.00"), Decimal("0.00")),
        "TEST:available": (Decimal("30.00"), Decimal("100.00")),
        "TEST:bank": (Decimal("100.00"), Decimal("0.00")),
        "TEST:contributions": (Decimal("0.00"), Decimal("100.00")),
        "TEST:reserved": (Decimal("0.00"), Decimal("30.00")),
    }
    assert (trial.difference, trial.debit_balance, trial.credit_balance) == (
        Decimal("0.00"),
        Decimal("200.00"),
        Decimal("200.00"),
    )
    assert trial.is_sound


def test_trial_row_tells_when_a_kept_balance_is_not_the_sum_of_its_lines() -> None:
    account = Account(code="TEST:bank", balance=Decimal("1.00"))

    row = queries.TrialRow(account, debited=Decimal("2.00"), credited=Decimal("0.50"))

    assert (row.is_kept, row.debit_balance, row.credit_balance) == (False, Decimal("1.50"), Decimal("0.00"))


def test_statement_carries_the_balance_from_line_to_line(
    book: str, deposit: Deposit, today: dt.date, now: dt.datetime
) -> None:
    deposit("100.00")
    _reserve(book, "30.00", on=today + dt.timedelta(days=1), at=now)
    available = Account.objects.get(code="TEST:available")

    statement = queries.statement(available, first=today + dt.timedelta(days=1), last=today + dt.timedelta(days=1))

    assert statement.opening == Decimal("-100.00")
    assert [(row.line.debit, row.balance) for row in statement.rows] == [(Decimal("30.00"), Decimal("-70.00"))]
    assert statement.closing == Decimal("-70.00")


def test_statement_of_a_quiet_period_closes_as_it_opened(book: str, deposit: Deposit, today: dt.date) -> None:
    deposit("100.00")
    bank = Account.objects.get(code="TEST:bank")

    statement = queries.statement(bank, first=today + dt.timedelta(days=1), last=today + dt.timedelta(days=9))

    assert (statement.opening, statement.rows, statement.closing) == (Decimal("100.00"), [], Decimal("100.00"))


def test_balance_as_of_a_day_counts_what_was_booked_by_then(
    book: str, deposit: Deposit, today: dt.date, now: dt.datetime
) -> None:
    deposit("100.00")
    _reserve(book, "30.00", on=today + dt.timedelta(days=1), at=now)

    on_both_days = [queries.balance_as_of("TEST:available", today + dt.timedelta(days=n)) for n in (-1, 0, 1)]

    assert on_both_days == [Decimal("0.00"), Decimal("-100.00"), Decimal("-70.00")]
