import datetime as dt
import json
import string
from decimal import Decimal
from typing import Any

import pytest
from django.db import ProgrammingError, connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enterprises.credit.models import FeatureRow
from enterprises.evaluation import actions, queries, scorecards
from enterprises.evaluation.models import Grade, GradeKind, Scorecard
from enterprises.evaluation.states import ScorecardState
from enterprises.models import Enterprise, EnterpriseKind, RegistrationStatus
from portal.accounts.roles import StaffRole
from portal.refusals import NotPermitted
from tests.factories import EnterpriseFactory, StaffPostFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]

CLEAN = {
    "abnormal_open": 0,
    "penalties_minor_24m": 0,
    "penalties_general_24m": 0,
    "penalties_serious_36m": 0,
    "tax_arrears_amount": Decimal("0.00"),
    "defendant_24m": 0,
    "executed_open": 0,
    "restricted_open": 0,
    "licences_valid": 1,
    "changes_12m": 0,
    "honours_36m": 0,
    "pledged_amount": Decimal("0.00"),
    "certificates_valid": 0,
    "hitech_valid": 0,
    "ip_valid": 0,
    "paid_in_ratio": Decimal("1.0000"),
}


def known(enterprise: Enterprise, at: dt.datetime, **columns: Any) -> FeatureRow:
    return FeatureRow.objects.create(enterprise=enterprise, refreshed_at=at, **(CLEAN | columns))


def current(enterprise: Enterprise) -> Grade:
    return queries.current_grades([enterprise.pk])[enterprise.pk][GradeKind.BASE]


def test_grade_judges_every_firm_by_the_card_for_its_kind(now: dt.datetime) -> None:
    company, trader = EnterpriseFactory(), EnterpriseFactory(kind=EnterpriseKind.SOLE_TRADER)
    known(company, now)
    known(trader, now)

    written = actions.grade(enterprise_ids=None, kind="base", at=now)

    assert written == 2
    assert (current(company).letter, current(company).scorecard.name) == ("AA", "企业基础评分卡")
    assert (current(trader).letter, current(trader).scorecard.name) == ("AA", "个体户与合作社基础评分卡")


def test_grade_touches_only_the_firms_asked_for(now: dt.datetime) -> None:
    asked, other = EnterpriseFactory(), EnterpriseFactory()

    actions.grade(enterprise_ids=[asked.pk], kind="base", at=now)

    assert list(Grade.objects.values_list("enterprise_id", flat=True)) == [asked.pk]
    assert other.pk not in queries.current_grades([other.pk])


def test_a_firm_without_features_is_not_called_bad(now: dt.datetime) -> None:
    firm = EnterpriseFactory()

    actions.grade(enterprise_ids=None, kind="base", at=now)

    assert (current(firm).score, current(firm).letter) == (None, "")


def test_a_knocked_out_firm_is_graded_d_with_the_reason_first(now: dt.datetime) -> None:
    firm = EnterpriseFactory()
    known(firm, now, dishonest_open=1)

    actions.grade(enterprise_ids=None, kind="base", at=now)

    assert current(firm).letter == "D"
    assert current(firm).reasons[0].sentence == "被列为失信被执行人,尚未退出"


def test_grading_again_writes_nothing_where_nothing_changed(now: dt.datetime) -> None:
    known(EnterpriseFactory(), now)
    actions.grade(enterprise_ids=None, kind="base", at=now)

    assert actions.grade(enterprise_ids=None, kind="base", at=now + dt.timedelta(hours=1)) == 0
    assert Grade.objects.count() == 1


def test_a_changed_judgement_keeps_the_former_one_as_history(now: dt.datetime) -> None:
    firm = EnterpriseFactory()
    row = known(firm, now)
    actions.grade(enterprise_ids=None, kind="base", at=now)
    row.executed_open = 1
    row.save()

    actions.grade(enterprise_ids=None, kind="base", at=now + dt.timedelta(days=1))

    assert [(g.letter, g.is_current) for g in queries.history(firm.pk)] == [("A", True), ("AA", False)]


def test_only_base_grades_are_made_for_everybody(now: dt.datetime) -> None:
    with pytest.raises(actions.UnknownKind):
        actions.grade(enterprise_ids=None, kind="full", at=now)


def test_a_full_grade_uses_only_what_the_consent_covers(now: dt.datetime) -> None:
    firm = EnterpriseFactory()
    known(firm, now, tax_grade="D", sales_12m_amount=Decimal("6000000.00"), sales_growth=Decimal("0.2000"))

    grade = actions.grade_under_consent(
        enterprise=firm, authorization_id=1, item_codes=["TX_PAYMENT"], valid_until=now + dt.timedelta(days=9), at=now
    )

    assert grade is not None
    missing = {reason.code for reason in grade.reasons if reason.is_missing}
    assert "tax_grade" in missing
    assert {"sales_12m_amount", "sales_growth"}.isdisjoint(missing)


def test_a_full_grade_made_again_replaces_the_former_one(now: dt.datetime) -> None:
    firm = EnterpriseFactory()
    known(firm, now, tax_grade="B")
    terms: dict[str, Any] = {
        "enterprise": firm,
        "authorization_id": 1,
        "item_codes": ["TX_RATING"],
        "valid_until": now + dt.timedelta(days=9),
    }
    actions.grade_under_consent(**terms, at=now)

    second = actions.grade_under_consent(**terms, at=now)

    assert queries.full_grade(1) == second
    assert Grade.objects.filter(authorization_id=1).count() == 2


def test_ending_a_full_grade_leaves_it_as_history(now: dt.datetime) -> None:
    firm = EnterpriseFactory()
    actions.grade_under_consent(
        enterprise=firm, authorization_id=1, item_codes=[], valid_until=now + dt.timedelta(days=9), at=now
    )

    ended = actions.end_full_grade(authorization_id=1)

    assert (ended, queries.full_grade(1), Grade.objects.count()) == (1, None, 1)


# --- Cards --------------------------------------------------------------------------------------------------------------


def draft(now: dt.datetime, **changes: Any) -> Scorecard:
    model = Scorecard.objects.get(name="企业基础评分卡", state=ScorecardState.IN_FORCE)
    fields = {"name": model.name, "kind": model.kind, "applies_to": model.applies_to, "definition": model.definition}
    return Scorecard.objects.create(**(fields | changes), number=99, drafted_at=now)


def test_loading_the_cards_twice_changes_nothing(now: dt.datetime) -> None:
    assert actions.load_scorecards(by=None, at=now) == []
    assert Scorecard.objects.filter(state=ScorecardState.IN_FORCE).count() == 4


def test_enforcing_a_card_retires_the_one_before(now: dt.datetime) -> None:
    former = Scorecard.objects.get(name="企业基础评分卡")
    steward = StaffPostFactory(role=StaffRole.DATA_STEWARD).user

    actions.enforce(scorecard=draft(now), by=steward, at=now)

    former.refresh_from_db()
    assert (former.state, former.retired_by) == (ScorecardState.RETIRED, steward)


def test_enforce_refuses_staff_of_another_office(now: dt.datetime) -> None:
    with pytest.raises(NotPermitted):
        actions.enforce(scorecard=draft(now), by=StaffPostFactory(role=StaffRole.AUDITOR).user, at=now)


def test_enforce_refuses_a_card_that_cannot_be_run(now: dt.datetime) -> None:
    with pytest.raises(actions.BadScorecard):
        actions.enforce(scorecard=draft(now, definition={"bands": []}), by=None, at=now)


def test_enforce_refuses_a_base_card_that_uses_authorized_features(now: dt.datetime) -> None:
    definition = Scorecard.objects.get(name="企业授权评分卡").definition

    with pytest.raises(actions.PrivateInBase):
        actions.enforce(scorecard=draft(now, definition=definition), by=None, at=now)


def test_a_card_in_force_cannot_be_rewritten(now: dt.datetime) -> None:
    with pytest.raises(ProgrammingError, match="frozen_once_enforced"):
        Scorecard.objects.filter(name="企业基础评分卡").update(definition={})


# --- One card, two runs -------------------------------------------------------------------------------------------------


def _values(column: str) -> st.SearchStrategy[Any]:
    if column == "tax_grade":
        return st.none() | st.sampled_from("ABMCD") | st.sampled_from(string.ascii_uppercase)
    field = FeatureRow._meta.get_field(column)
    if field.get_internal_type() == "IntegerField":
        return st.none() | st.integers(0, 5)
    places = field.decimal_places or 0
    edges = st.sampled_from([Decimal(-1), Decimal(0), Decimal("0.01"), Decimal("0.4"), Decimal(1), Decimal(100000)])
    return st.none() | edges | st.decimals(-2, 6_000_000, places=places)


COLUMNS = sorted(
    {
        column
        for path in sorted(actions.FACTS.glob("*.json"))
        for column in scorecards.read(json.loads(path.read_text(encoding="utf-8"))["definition"]).columns
    }
    - scorecards.REGISTRY_COLUMNS
)
FACTS = st.fixed_dictionaries({column: _values(column) for column in COLUMNS})
FIRMS = st.tuples(
    st.dates(dt.date(1990, 1, 1), dt.date(2026, 11, 20)), st.sampled_from(RegistrationStatus.values), FACTS
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(firms=st.lists(FIRMS, min_size=1, max_size=4))
def test_a_card_run_over_all_firms_says_what_it_says_of_each(now: dt.datetime, firms: list[Any]) -> None:
    FeatureRow.objects.all().delete()
    rows = []
    for founded, status, facts in firms:
        enterprise = EnterpriseFactory(established_on=founded, status=status)
        FeatureRow.objects.create(enterprise=enterprise, refreshed_at=now, **facts)
        rows.append((enterprise, facts))
    ids = [enterprise.pk for enterprise, _facts in rows]

    for scorecard in Scorecard.objects.filter(applies_to__contains=["company"]) | Scorecard.objects.filter(kind="base"):
        in_sql = _run(scorecard, ids, now)
        for enterprise, facts in rows:
            known_facts = {**facts, **queries.registry_facts(enterprise, day=now.date())}
            assert in_sql[enterprise.pk] == scorecards.judge(scorecard.card, known_facts)


def _run(scorecard: Scorecard, ids: list[int], now: dt.datetime) -> dict[int, scorecards.Judgement]:
    sql = scorecards.compile_sql(scorecard.card, day=now.date(), kinds=["company"], where="e.id = ANY(%(ids)s)")
    with connection.cursor() as cursor:
        cursor.execute(sql, {"ids": ids})
        return {
            pk: scorecards.Judgement(score, letter, share, tuple(bins), tuple(knocked))
            for pk, bins, knocked, score, letter, share, _at in cursor.fetchall()
        }
