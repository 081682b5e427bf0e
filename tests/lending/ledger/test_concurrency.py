"""Several writers with connections of their own."""

import datetime as dt
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import TypeVar

import pytest
from django.db import connection

from lending.ledger import actions, postings, queries
from lending.ledger.models import Entry
from portal.refusals import Refusal

WRITERS, ENTRIES = 8, 12
Result = TypeVar("Result")
pytestmark = pytest.mark.django_db(transaction=True)


def at_once(count: int, work: Callable[[int], Result]) -> list[Result]:
    """Run ``work(0..count-1)`` in threads that start together."""
    start = threading.Barrier(count)

    def run(number: int) -> Result:
        try:
            start.wait()
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def _post(book: str, event: str, subject: str, amount: str, now: dt.datetime) -> Entry:
    lines = {"deposit": postings.deposit, "claim_approved": postings.reservation}[event](book, Decimal(amount))
    return actions.post(event=event, subject=subject, memo=event, booked_on=now.date(), lines=lines, by=None, at=now)


def test_eight_writers_on_one_hot_account_lose_nothing(book: str, now: dt.datetime) -> None:
    def write(writer: int) -> None:
        for number in range(ENTRIES):
            _post(book, "deposit", f"w{writer}/{number}", "1.23", now)

    at_once(WRITERS, write)

    assert queries.balance("TEST:bank") == Decimal("1.23") * WRITERS * ENTRIES
    assert queries.trial_balance(book).is_sound


def test_writers_over_the_same_accounts_in_opposite_order_do_not_deadlock(book: str, now: dt.datetime) -> None:
    _post(book, "deposit", "seed", "1000.00", now)

    def write(writer: int) -> None:
        for number in range(ENTRIES):
            lines = postings.reservation(book, Decimal("0.01"))
            actions.post(
                event="turn",
                subject=f"w{writer}/{number}",
                memo="x",
                booked_on=now.date(),
                lines=lines if writer % 2 else lines[::-1],
                by=None,
                at=now,
            )

    at_once(WRITERS, write)

    assert queries.balance("TEST:reserved") == Decimal("-0.01") * WRITERS * ENTRIES


def test_the_same_event_posted_by_eight_at_once_stands_once(book: str, now: dt.datetime) -> None:
    entries = at_once(WRITERS, lambda _n: _post(book, "deposit", "same", "5.00", now).pk)

    assert len(set(entries)) == 1
    assert queries.balance("TEST:bank") == Decimal("5.00")


def test_eight_reservations_of_a_fund_with_room_for_three_are_exactly_three(book: str, now: dt.datetime) -> None:
    _post(book, "deposit", "seed", "30.00", now)

    def reserve(number: int) -> bool:
        try:
            _post(book, "claim_approved", f"claim:{number}", "10.00", now)
        except Refusal:
            return False
        return True

    outcomes = at_once(WRITERS, reserve)

    assert sorted(outcomes) == [False] * 5 + [True] * 3
    assert queries.balance("TEST:available") == Decimal("0.00")
    assert queries.balance("TEST:reserved") == Decimal("-30.00")
