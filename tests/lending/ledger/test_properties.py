"""Any sequence of deposits, reservations, payments, releases and recoveries leaves sound books."""

import datetime as dt
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lending.ledger import actions, postings, queries
from lending.ledger.models import Entry

STEPS = {
    "deposit": postings.deposit,
    "reservation": postings.reservation,
    "release": postings.release,
    "payment": postings.payment,
    "recovery": postings.recovery,
    "remittance": postings.remittance,
}
amounts = st.decimals(min_value="0.01", max_value="9999999.99", places=2)
histories = st.lists(st.tuples(st.sampled_from(sorted(STEPS)), amounts, st.booleans()), max_size=12)


@given(history=histories)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_keeps_the_books_sound(
    book: str, today: dt.date, now: dt.datetime, history: list[tuple[str, Decimal, bool]]
) -> None:
    """The book lives on from example to example, so histories also follow one another."""
    user = None
    for event, amount, is_reversed in history:
        number = Entry.objects.count()
        try:
            entry = actions.post(
                event=event,
                subject=f"step:{number}",
                memo=event,
                booked_on=today,
                lines=STEPS[event](book, amount),
                by=user,
                at=now,
            )
            if is_reversed:
                actions.reverse(entry=entry, memo="冲", booked_on=today, by=user, at=now)
        except actions.Overdrawn:
            continue  # a fund cannot give what it does not have; the books must not have moved

    trial, standing = queries.trial_balance(book), queries.balances(book)
    assert trial.is_sound
    assert standing["authorised"] == -(standing["available"] + standing["reserved"] + standing["paid"])
    assert standing["bank"] == -(standing["available"] + standing["reserved"])
    assert all(standing[name] <= 0 for name in ("available", "reserved", "paid"))
