"""A scheme from draft to adoption: who may, what is refused, what the database holds."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, ProgrammingError
from django.db.transaction import atomic

from lending.compensation import actions, queries
from lending.compensation.actions.funds import BudgetIncomplete
from lending.compensation.actions.schemes import (
    AdopterDrafted,
    BeginsTooEarly,
    ClauseUnreadable,
    CodeTaken,
    DraftHasMoved,
    NotYourDraft,
    SchemeUnsound,
)
from lending.compensation.models import Fund, FundBudget, Scheme
from lending.compensation.states import SchemeState
from portal.accounts.models import User
from portal.accounts.roles import StaffRole
from portal.audit.models import AuditEvent
from portal.refusals import NotPermitted
from portal.transitions import IllegalMove
from tests.factories import FundContributorFactory, FundFactory, OfficerFactory, SchemeFactory, StaffPostFactory

pytestmark = pytest.mark.django_db
NEXT_YEAR = dt.date(2027, 1, 1)


@pytest.fixture
def adopted() -> Scheme:
    return SchemeFactory()


@pytest.fixture
def colleague() -> User:
    return StaffPostFactory(role=StaffRole.CLAIM_APPROVER).user


@pytest.fixture
def draft(adopted: Scheme, approver: User, now: dt.datetime) -> Scheme:
    return begun(adopted, approver, now)


def begun(source: Scheme, by: User, now: dt.datetime, **changes: Any) -> Scheme:
    usual = {"fund": source.fund, "code": source.code, "in_force_from": NEXT_YEAR}
    return actions.draft_scheme(source=source, by=by, at=now, **{**usual, **changes})


def rows(scheme: Scheme) -> list[str]:
    return [row["clause"] for row in scheme.clauses]


def test_a_draft_is_the_next_version_with_the_same_clauses(adopted: Scheme, draft: Scheme) -> None:
    assert (draft.code, draft.version, draft.state, draft.based_on) == (adopted.code, 2, SchemeState.DRAFT, adopted)
    assert draft.clauses == adopted.clauses


def test_an_example_of_another_place_is_drafted_under_a_code_of_ours(approver: User, now: dt.datetime) -> None:
    call_command("load_schemes", verbosity=0)
    example = Scheme.objects.get(code="SZ-PS-2026")

    draft = begun(example, approver, now, code="NX-POOL")

    assert (draft.version, draft.clauses) == (1, example.clauses)


def test_draft_refuses_the_code_of_another_scheme(adopted: Scheme, approver: User, now: dt.datetime) -> None:
    with pytest.raises(CodeTaken):
        begun(adopted, approver, now, code=SchemeFactory().code)


def test_draft_refuses_whoever_makes_no_rules(adopted: Scheme, treasurer: User, now: dt.datetime) -> None:
    with pytest.raises(NotPermitted):
        begun(adopted, treasurer, now)


def test_a_clause_is_written_moved_and_dropped(draft: Scheme, approver: User, now: dt.datetime) -> None:
    row = {
        "clause": "LoanCap",
        "number": "第十二条之一",
        "text": "单笔不超过100万元。",
        "parameters": {"most": "1000000"},
    }
    by = {"by": approver, "at": now}
    last = len(draft.clauses)

    actions.put_clause(scheme=draft, revision=0, row=row, position=None, **by)
    actions.lift_clause(scheme=draft, revision=1, position=last, **by)
    changed = actions.drop_clause(scheme=draft, revision=2, position=last, **by)

    assert (rows(changed)[-2:], changed.revision) == (["FundRoom", "LoanCap"], 3)
    assert AuditEvent.objects.filter(verb="compensation.change_scheme").count() == 3


def test_a_clause_takes_the_place_of_another(draft: Scheme, approver: User, now: dt.datetime) -> None:
    row = {**draft.clauses[8], "parameters": {"most_months": 24}}

    changed = actions.put_clause(scheme=draft, revision=0, row=row, position=8, by=approver, at=now)

    assert (changed.clauses[8]["parameters"], len(changed.clauses)) == ({"most_months": 24}, len(draft.clauses))


def test_a_clause_that_cannot_be_read_is_refused(draft: Scheme, approver: User, now: dt.datetime) -> None:
    row = {"clause": "LoanCap", "number": "一", "text": "一", "parameters": {}}

    with pytest.raises(ClauseUnreadable):
        actions.put_clause(scheme=draft, revision=0, row=row, position=None, by=approver, at=now)


def test_a_form_opened_before_the_last_change_is_refused(draft: Scheme, approver: User, now: dt.datetime) -> None:
    actions.drop_clause(scheme=draft, revision=0, position=0, by=approver, at=now)

    with pytest.raises(DraftHasMoved):
        actions.drop_clause(scheme=draft, revision=0, position=0, by=approver, at=now)


def test_a_draft_is_changed_by_its_drafter_only(draft: Scheme, colleague: User, now: dt.datetime) -> None:
    with pytest.raises(NotYourDraft):
        actions.drop_clause(scheme=draft, revision=0, position=0, by=colleague, at=now)


def test_set_terms_changes_name_dates_and_binding_day(draft: Scheme, approver: User, now: dt.datetime) -> None:
    terms = {
        "name": "新方案",
        "legal_basis": "宁发改〔2026〕1号",
        "is_demonstration": False,
        "in_force_from": NEXT_YEAR,
        "in_force_until": dt.date(2028, 12, 31),
        "binds_on": "enrolment",
    }

    changed = actions.set_terms(scheme=draft, revision=0, terms=terms, by=approver, at=now)

    assert {name: getattr(changed, name) for name in terms} == terms


def test_adopt_replaces_the_earlier_version_from_its_day(
    adopted: Scheme, draft: Scheme, colleague: User, now: dt.datetime
) -> None:
    actions.adopt_scheme(scheme=draft, revision=0, by=colleague, at=now)

    binding = [
        list(Scheme.objects.filter(code=adopted.code).in_force(day).values_list("version", flat=True))
        for day in (dt.date(2026, 12, 31), NEXT_YEAR)
    ]
    assert binding == [[1], [2]]


def test_adopt_refuses_the_drafter(draft: Scheme, approver: User, now: dt.datetime) -> None:
    with pytest.raises(AdopterDrafted):
        actions.adopt_scheme(scheme=draft, revision=0, by=approver, at=now)


def test_adopt_refuses_whoever_makes_no_rules(draft: Scheme, treasurer: User, now: dt.datetime) -> None:
    with pytest.raises(NotPermitted):
        actions.adopt_scheme(scheme=draft, revision=0, by=treasurer, at=now)


def test_adopt_refuses_a_draft_that_moved_on_since_it_was_read(
    draft: Scheme, approver: User, colleague: User, now: dt.datetime
) -> None:
    actions.drop_clause(scheme=draft, revision=0, position=0, by=approver, at=now)

    with pytest.raises(DraftHasMoved):
        actions.adopt_scheme(scheme=draft, revision=0, by=colleague, at=now)


def test_adopt_refuses_gaps_and_says_which(draft: Scheme, approver: User, colleague: User, now: dt.datetime) -> None:
    position = rows(draft).index("ShareByCohort")
    actions.drop_clause(scheme=draft, revision=0, position=position, by=approver, at=now)

    with pytest.raises(SchemeUnsound) as refusal:
        actions.adopt_scheme(scheme=draft, revision=1, by=colleague, at=now)

    assert "没有“分担比例”条款" in str(refusal.value.message)


def test_adopt_refuses_what_would_have_begun_already(
    adopted: Scheme, approver: User, colleague: User, now: dt.datetime
) -> None:
    draft = begun(adopted, approver, now, in_force_from=dt.date(2026, 11, 19))

    with pytest.raises(BeginsTooEarly):
        actions.adopt_scheme(scheme=draft, revision=0, by=colleague, at=now)


def test_a_discarded_draft_is_not_adopted(draft: Scheme, colleague: User, now: dt.datetime) -> None:
    actions.discard_scheme(scheme=draft, by=colleague, at=now)

    with pytest.raises(IllegalMove):
        actions.adopt_scheme(scheme=draft, revision=0, by=colleague, at=now)


def test_discard_refuses_whoever_makes_no_rules(draft: Scheme, treasurer: User, now: dt.datetime) -> None:
    with pytest.raises(NotPermitted):
        actions.discard_scheme(scheme=draft, by=treasurer, at=now)


def test_drafts_and_examples_bind_nobody(draft: Scheme) -> None:
    SchemeFactory(state=SchemeState.EXAMPLE, adopted_at=None)

    assert [scheme.version for scheme in Scheme.objects.in_force(NEXT_YEAR)] == [1]
    assert Scheme.objects.visible_to(OfficerFactory().user).count() == 1


def test_the_database_refuses_to_change_an_adopted_scheme(adopted: Scheme) -> None:
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), atomic():
        Scheme.objects.filter(pk=adopted.pk).update(clauses=[])
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), atomic():
        Scheme.objects.filter(pk=adopted.pk).delete()


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"state": "lost"}, "a_scheme_is_in_a_known_state"),
        ({"binds_on": "birthday"}, "a_scheme_says_by_which_day_it_binds"),
        ({"adopted_at": None}, "an_adopted_scheme_says_since_when"),
    ],
)
def test_the_database_refuses_a_scheme_that_makes_no_sense(change: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), atomic():
        SchemeFactory(**change)


def test_the_database_refuses_an_adopter_who_drafted(approver: User) -> None:
    with pytest.raises(IntegrityError, match="nobody_adopts_the_scheme_they_drafted"), atomic():
        SchemeFactory(drafted_by=approver, adopted_by=approver)


def test_commitments_and_leverage_give_the_lending_room() -> None:
    call_command("load_schemes", verbosity=0)
    fund = Fund.objects.get(code="NX-NKD-DEMO")

    [room] = queries.lending_rooms(fund)

    assert [row.amount for row in queries.committed(fund)] == [Decimal(3_000_000), Decimal(3_000_000)]
    assert (room.least, room.most) == (Decimal(30_000_000), Decimal(60_000_000))


@pytest.mark.parametrize(
    "change", [{"committed_amount": None}, {"match_ratio": Decimal(1)}, {"committed_amount": Decimal(-1)}]
)
def test_the_database_refuses_a_contributor_who_neither_commits_nor_matches(change: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="a_contributor_commits_or_matches"), atomic():
        FundContributorFactory(**change)


def test_a_budget_is_set_by_the_treasury_once_for_each_year(treasurer: User, now: dt.datetime) -> None:
    fund = FundFactory()

    for amount in ("100.00", "200.00"):
        actions.set_budget(fund=fund, year=2026, amount=Decimal(amount), by=treasurer, at=now)

    assert list(FundBudget.objects.values_list("year", "amount")) == [(2026, Decimal("200.00"))]
    assert AuditEvent.objects.filter(verb="compensation.set_budget").count() == 2


@pytest.mark.parametrize(("year", "amount"), [(1999, "1"), (2026, "0"), (2026, "0.001")])
def test_set_budget_refuses_what_is_no_budget(treasurer: User, year: int, amount: str, now: dt.datetime) -> None:
    with pytest.raises(BudgetIncomplete):
        actions.set_budget(fund=FundFactory(), year=year, amount=Decimal(amount), by=treasurer, at=now)


def test_set_budget_refuses_anybody_but_the_treasurer(approver: User, now: dt.datetime) -> None:
    with pytest.raises(NotPermitted):
        actions.set_budget(fund=FundFactory(), year=2026, amount=Decimal(1), by=approver, at=now)
