"""The set-based run over all loans says the same as the rule for one loan."""

from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lending.loans import actions
from lending.loans.classification import Standing, stand
from lending.loans.models import Loan
from lending.loans.tasks import classify
from portal.audit.models import AuditEvent
from tests.factories import LoanFactory

pytestmark = pytest.mark.django_db

COLUMNS = ("overdue_since", "days_past_due", "performing_since", "risk_class")


def test_a_healthy_loan_is_left_alone(now: datetime, today: date) -> None:
    loan = LoanFactory()

    assert actions.classify_due(day=today, at=now) == 0

    loan.refresh_from_db()
    assert (loan.risk_class, loan.overdue_since) == ("normal", None)


def test_an_unpaid_instalment_makes_the_loan_overdue_the_day_after(now: datetime, today: date) -> None:
    loan = LoanFactory()
    due_on = loan.instalments.get(number=1).due_on

    on_the_day = actions.classify_due(day=due_on, at=now)
    day_after = actions.classify_due(day=due_on + timedelta(days=1), at=now)

    loan.refresh_from_db()
    assert (on_the_day, day_after) == (0, 1)
    assert (loan.overdue_since, loan.days_past_due, loan.risk_class) == (due_on, 1, "attention")
    event = AuditEvent.objects.get(verb="loan.classify")
    assert (event.subject_id, event.facts) == (
        str(loan.pk),
        {"from": "normal", "to": "attention", "day": str(due_on + timedelta(days=1))},
    )


def test_a_second_run_on_the_same_day_changes_nothing(now: datetime, today: date) -> None:
    LoanFactory(overdue=30)
    actions.classify_due(day=today + timedelta(days=1), at=now)

    assert actions.classify_due(day=today + timedelta(days=1), at=now) == 0


def test_settled_and_written_off_loans_are_left_alone(now: datetime, today: date) -> None:
    lost = LoanFactory(overdue=400)
    Loan.objects.filter(pk=lost.pk).update(state="written_off")

    assert actions.classify_due(day=today + timedelta(days=30), at=now) == 0


def test_the_statement_says_what_the_rule_says(now: datetime, today: date) -> None:
    spans = (0, 1, 90, 91, 270, 271, 360, 361)
    performing = (None, today - timedelta(days=10), today - timedelta(days=200))
    expected = {}
    for days, before, since, by_bank in product(spans, ("normal", "substandard", "loss"), performing, ("", "doubtful")):
        if before == "normal" and (since or by_bank):
            continue  # no action leaves a loan so: a class that is set holds at once, and only bad loans are observed
        loan = LoanFactory(overdue=days)
        set_by = {"set_class_note": "x", "set_class_by": loan.signed_by} if by_bank else {}
        Loan.objects.filter(pk=loan.pk).update(risk_class=before, performing_since=since, set_class=by_bank, **set_by)
        expected[loan.pk] = stand(
            overdue_since=loan.overdue_since, before=before, performing_since=since, set_by_bank=by_bank, day=today
        )

    actions.classify_due(day=today, at=now)

    found = {row[0]: Standing(*row[1:]) for row in Loan.objects.values_list("pk", *COLUMNS)}
    assert found == expected


def test_the_number_of_statements_does_not_grow_with_the_loans(now: datetime, today: date) -> None:
    def statements(day: date) -> Any:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            actions.classify_due(day=day, at=now)
        return sum("UPDATE loans_loan" in query["sql"] for query in queries.captured_queries)

    LoanFactory(overdue=30)
    one = statements(today + timedelta(days=1))
    LoanFactory.create_batch(3, overdue=30)

    assert (one, statements(today + timedelta(days=2))) == (1, 1)


def test_the_task_classes_as_of_the_present_day(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    loan = LoanFactory(overdue=1)
    later = now + timedelta(days=100)
    monkeypatch.setattr("lending.loans.tasks.timezone.now", lambda: later)
    monkeypatch.setattr("lending.loans.tasks.timezone.localdate", later.date)

    classify()

    loan.refresh_from_db()
    assert (loan.days_past_due, loan.risk_class) == (101, "substandard")
