import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from enterprises.consent import gate
from enterprises.consent.models import AccessRecord
from enterprises.jointmodels import queries
from enterprises.jointmodels.actions import questions
from enterprises.jointmodels.models import Answer, AskableFeature, Question, QuestionBudget, Reply
from portal.accounts.roles import OfficerRole, StaffRole
from portal.audit.models import AuditEvent
from portal.refusals import NotPermitted, Refusal
from tests.enterprises.jointmodels.conftest import Asking, know
from tests.factories import OfficerFactory, StaffPostFactory

pytestmark = pytest.mark.django_db


def ask(asking: Asking, feature: AskableFeature, threshold: int, at: dt.datetime, how: str = "at_least") -> str:
    question = questions.ask(
        authorization_id=asking.authorization.pk,
        officer=asking.officer,
        feature=feature,
        comparison=how,
        threshold=Decimal(threshold),
        at=at,
    )
    return str(question.answer.reply)


def test_a_question_is_answered_yes_or_no(asking: Asking, tax: AskableFeature, now: dt.datetime) -> None:
    replies = [ask(asking, tax, threshold, now) for threshold in (500_000, 1_000_000)]

    assert replies == ["yes", "no"]


def test_the_firm_sees_the_look_as_a_verification(asking: Asking, tax: AskableFeature, now: dt.datetime) -> None:
    ask(asking, tax, 500_000, now)

    look = AccessRecord.objects.get()
    assert (look.enterprise_id, look.mode, look.door, look.item_codes, look.parent_kind, look.parent_id) == (
        asking.firm.pk, "verify", "question", ["TX_PAYMENT"], "question", Question.objects.get().pk,
    )  # fmt: skip


def test_nothing_of_the_value_is_kept(asking: Asking, tax: AskableFeature, now: dt.datetime) -> None:
    ask(asking, tax, 500_000, now)

    kept = [str(row) for model in (Question, Answer, AuditEvent) for row in model.objects.values()]
    assert [text for text in kept if "730000" in text] == []


def test_what_is_missing_or_stale_is_unknown(asking: Asking, tax: AskableFeature, now: dt.datetime) -> None:
    staff = AskableFeature.objects.get(feature="insured_staff")
    know(asking.firm, now, tax_paid_12m_amount=None)

    replies = [ask(asking, tax, 500_000, now), ask(asking, staff, 20, now + dt.timedelta(days=300))]

    assert replies == ["unknown", "unknown"]


def test_the_same_question_is_answered_from_the_record_and_costs_nothing(
    asking: Asking, tax: AskableFeature, now: dt.datetime
) -> None:
    replies = [ask(asking, tax, 500_000, now) for _turn in range(5)]
    know(asking.firm, now, tax_paid_12m_amount=Decimal(1))
    replies.append(ask(asking, tax, 500_000, now))

    assert replies == ["yes"] * 6
    assert (Question.objects.count(), AccessRecord.objects.count()) == (1, 1)


def test_a_threshold_beyond_the_budget_is_refused_until_the_next_window(
    asking: Asking, tax: AskableFeature, now: dt.datetime
) -> None:
    for threshold in (250_000, 1_000_000, 2_000_000):
        ask(asking, tax, threshold, now)

    with pytest.raises(questions.BudgetSpent):
        ask(asking, tax, 3_000_000, now)
    know(asking.firm, now, tax_paid_12m_amount=Decimal(730_000), items_as_of={"TX_PAYMENT": "2027-01-10"})
    assert ask(asking, tax, 3_000_000, now + dt.timedelta(days=60)) == "no"


def test_the_closest_budget_counts(asking: Asking, tax: AskableFeature, now: dt.datetime) -> None:
    QuestionBudget.objects.create(feature=tax, most_thresholds=9, window_months=3)
    QuestionBudget.objects.create(institution=asking.officer.institution, most_thresholds=1, window_months=3)
    ask(asking, tax, 250_000, now)

    with pytest.raises(questions.BudgetSpent):
        ask(asking, tax, 2_000_000, now)


@pytest.mark.parametrize("paid", [0, 199_999, 200_000, 730_000, 1_999_999, 8_640_000])
def test_bisection_ends_at_the_width(
    asking: Asking,
    tax: AskableFeature,
    now: dt.datetime,
    many_thresholds: Callable[[int], None],
    paid: int,
) -> None:
    """The attack itself, with a budget that would allow it: halve what is left, on the grid, until nothing more is answered."""
    many_thresholds(100)
    know(asking.firm, now, tax_paid_12m_amount=Decimal(paid))
    low, high = 0, 12_800_000
    refused = 0
    for turn in range(40):
        middle = (low + high) // 2 // 50_000 * 50_000 + (turn % 3 - 1) * 50_000 * (refused > 0)
        try:
            is_yes = ask(asking, tax, middle, now) == "yes"
        except Refusal:
            refused += 1
            continue
        low, high = (max(low, middle), high) if is_yes else (low, min(high, middle))

    known = queries.known_interval(Question.objects.select_related("answer").order_by("pk"), tax)
    assert refused > 0
    assert (known.high or high) - (known.low or 0) >= tax.narrowest
    assert high - low >= tax.narrowest


def test_a_budget_of_three_leaves_an_eighth_at_best(asking: Asking, tax: AskableFeature, now: dt.datetime) -> None:
    low, high = 0, 12_800_000
    for _turn in range(10):
        middle = (low + high) // 2
        try:
            is_yes = ask(asking, tax, middle, now) == "yes"
        except questions.BudgetSpent:
            break
        low, high = (middle, high) if is_yes else (low, middle)

    assert (low, high) == (0, 1_600_000)


def test_a_later_window_does_not_narrow_what_an_earlier_one_told(
    asking: Asking, tax: AskableFeature, now: dt.datetime
) -> None:
    ask(asking, tax, 500_000, now)
    ask(asking, tax, 900_000, now)
    know(asking.firm, now, tax_paid_12m_amount=Decimal(730_000), items_as_of={"TX_PAYMENT": "2027-01-10"})

    with pytest.raises(questions.TooNarrow):
        ask(asking, tax, 700_000 - 50_000, now + dt.timedelta(days=60))
    assert ask(asking, tax, 500_000, now + dt.timedelta(days=60)) == "yes"  # the same question may be asked again


def test_a_question_is_put_in_the_form_that_is_offered(asking: Asking, tax: AskableFeature, now: dt.datetime) -> None:
    closed = AskableFeature.objects.get(feature="insured_staff")
    AskableFeature.objects.filter(pk=closed.pk).update(is_open=False)
    closed.refresh_from_db()

    with pytest.raises(questions.OffTheGrid):
        ask(asking, tax, 510_001, now)
    with pytest.raises(questions.ComparisonNotOffered):
        ask(asking, tax, 500_000, now, how="at_most")
    with pytest.raises(questions.FeatureClosed):
        ask(asking, closed, 20, now)
    assert Question.objects.count() == 0


def test_a_consent_that_does_not_cover_the_item_answers_nothing_and_costs_nothing(
    asking: Asking, now: dt.datetime
) -> None:
    electricity = AskableFeature.objects.get(feature="electricity_12m")

    with pytest.raises(gate.NotCovered):
        ask(asking, electricity, 50_000, now)

    assert Answer.objects.get().reply == Reply.REFUSED
    (offer,) = [
        one
        for one in queries.offers(enterprise_id=asking.firm.pk, institution_id=asking.officer.institution_id, at=now)
        if one.feature == electricity
    ]
    assert (offer.left, offer.spent) == (3, 0)


def test_without_a_live_consent_nothing_is_put(asking: Asking, tax: AskableFeature, now: dt.datetime) -> None:
    with pytest.raises(gate.AuthorizationNotLive):
        ask(asking, tax, 500_000, now + dt.timedelta(days=4000))
    asking.officer = OfficerFactory()
    with pytest.raises(gate.AuthorizationNotLive):
        ask(asking, tax, 500_000, now)

    assert Question.objects.count() == 0


def test_a_product_manager_does_not_ask(asking: Asking, tax: AskableFeature, now: dt.datetime) -> None:
    asking.officer = OfficerFactory(institution=asking.officer.institution, role=OfficerRole.PRODUCT_MANAGER)

    with pytest.raises(NotPermitted):
        ask(asking, tax, 500_000, now)


def test_a_question_left_without_an_answer_is_answered_when_it_is_asked_again(
    asking: Asking, tax: AskableFeature, now: dt.datetime
) -> None:
    """The process was killed between the question and the answer: the question counts, and is not put twice."""
    Question.objects.create(
        enterprise=asking.firm, institution=asking.officer.institution, authorization_id=asking.authorization.pk,
        feature=tax, comparison="at_least", threshold=500_000, asked_at=now, asked_by=asking.officer.user,
    )  # fmt: skip

    reply = ask(asking, tax, 500_000, now)

    assert (reply, Question.objects.count()) == ("yes", 1)


def test_questions_and_answers_do_not_change(asking: Asking, tax: AskableFeature, now: dt.datetime) -> None:
    ask(asking, tax, 500_000, now)

    for rows, change in ((Question.objects, {"threshold": 1}), (Answer.objects, {"reply": "no"})):
        with pytest.raises(Exception, match="append_only"), transaction.atomic():
            rows.update(**change)


def test_only_reviewers_set_what_may_be_asked(tax: AskableFeature, now: dt.datetime) -> None:
    reviewer = StaffPostFactory(role=StaffRole.PRODUCT_REVIEWER).user
    other = StaffPostFactory(role=StaffRole.SUPERVISOR).user
    tax.step = tax.narrowest = Decimal(100_000)

    questions.keep_feature(feature=tax, by=reviewer, at=now)
    with pytest.raises(NotPermitted):
        questions.keep_feature(feature=tax, by=other, at=now)

    assert AskableFeature.objects.get(pk=tax.pk).narrowest == 100_000


def test_an_unsound_grid_or_budget_is_refused(tax: AskableFeature, now: dt.datetime) -> None:
    reviewer = StaffPostFactory(role=StaffRole.PRODUCT_REVIEWER).user
    budget = {"feature": None, "institution": None, "most_thresholds": 3, "window_months": 3}
    tax.narrowest = tax.step / 2

    with pytest.raises(questions.GridUnsound):
        questions.keep_feature(feature=tax, by=reviewer, at=now)
    with pytest.raises(questions.FeatureUnknown):
        questions.keep_feature(feature=AskableFeature(feature="tax_grade"), by=reviewer, at=now)
    with pytest.raises(questions.BudgetUnsound):
        questions.keep_budget(budget=None, **budget, by=reviewer, at=now)
    with pytest.raises(questions.BudgetUnsound):
        questions.keep_budget(budget=None, **budget | {"feature": tax, "window_months": 5}, by=reviewer, at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        QuestionBudget.objects.create(most_thresholds=1, window_months=1)
