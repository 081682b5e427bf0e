"""Many questions at once, on connections of their own."""

import datetime as dt
import threading
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from enterprises.jointmodels.actions import questions
from enterprises.jointmodels.models import AskableFeature, Question
from tests.enterprises.jointmodels.conftest import Asking

pytestmark = pytest.mark.django_db(transaction=True)


def test_questions_at_once_do_not_exceed_the_budget(asking: Asking, tax: AskableFeature, now: dt.datetime) -> None:
    outcomes: list[Any] = []

    def ask(threshold: int) -> None:
        try:
            question = questions.ask(
                authorization_id=asking.authorization.pk,
                officer=asking.officer,
                feature=tax,
                comparison="at_least",
                threshold=Decimal(threshold),
                at=now,
            )
            outcomes.append(question.answer.reply)
        except Exception as error:
            outcomes.append(type(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(1_000_000 * place,)) for place in range(1, 11)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert sorted(map(str, outcomes)) == sorted(map(str, ["no"] * 3 + [questions.BudgetSpent] * 7))
    assert Question.objects.count() == 3
