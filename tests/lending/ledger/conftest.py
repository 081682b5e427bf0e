import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from lending.ledger import actions, postings
from lending.ledger.models import Entry


@pytest.fixture
def book(db: None, now: dt.datetime) -> str:
    """An open, empty book."""
    actions.open_book(book="TEST", name="测试资金池", by=None, at=now)
    return "TEST"


@pytest.fixture
def deposit(book: str, today: dt.date, now: dt.datetime) -> Callable[..., Entry]:
    """Pay into the book: `deposit("100.00", number=1)`."""

    def pay_in(amount: str, *, number: int = 1) -> Entry:
        return actions.post(
            event="deposit",
            subject=f"fund:TEST/{number}",
            memo="出资",
            booked_on=today,
            lines=postings.deposit(book, Decimal(amount)),
            by=None,
            at=now,
        )

    return pay_in
