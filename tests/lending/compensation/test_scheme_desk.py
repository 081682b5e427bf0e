"""The scheme desk: read as law, typed clause by clause, adopted by another."""

import datetime as dt
import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from lending.compensation import actions
from lending.compensation.actions.funds import EXAMPLES, FACTS
from lending.compensation.admin.clause_forms import ClauseForm, initial_of, row_of, tables
from lending.compensation.clauses import CLAUSES, read
from lending.compensation.models import Scheme
from portal.accounts.models import User
from portal.accounts.roles import StaffRole
from tests.factories import FundFactory, SchemeFactory, StaffPostFactory

ROWS = [
    row
    for file in (FACTS, EXAMPLES)
    for scheme in json.loads(file.read_text(encoding="utf-8"))["schemes"]
    for row in scheme["clauses"]
]


def posted(form: Any) -> dict[str, Any]:
    """What a browser sends of a form as it stands."""
    sent = {}
    for field in form.visible_fields() + form.hidden_fields():
        value = field.value()
        if value not in (None, "", False, []):
            sent[field.html_name] = value
    return sent


def typed(row: dict[str, Any]) -> dict[str, Any]:
    form = ClauseForm(clause=row["clause"], initial=initial_of(row["clause"], row))
    sent = posted(form)
    for table in tables(row["clause"], row.get("parameters", {})):
        sent |= posted(table.rows.management_form)
        for each in table.rows.forms:
            sent |= posted(each)
    return sent


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["clause"])
def test_a_clause_opened_and_saved_is_the_same_clause(row: dict[str, Any]) -> None:
    sent = typed(row)

    form = ClauseForm(sent, clause=row["clause"])
    beside = tables(row["clause"], row.get("parameters", {}), sent)

    assert (form.is_valid(), [table.rows.is_valid() for table in beside]) == (True, [True] * len(beside)), form.errors
    assert read([row_of(form, beside)]) == read([row])


@pytest.mark.parametrize("kind", sorted(CLAUSES))
def test_a_new_clause_of_every_kind_can_be_typed(kind: str) -> None:
    form = ClauseForm(clause=kind, initial=initial_of(kind, {}))

    assert all(str(field.label) for field in form)
    assert [len(table.rows.forms) for table in tables(kind, {})] == [2] * len(tables(kind, {}))


@pytest.fixture
def draft(approver: User, now: dt.datetime) -> Scheme:
    source = SchemeFactory()
    begins = dt.date(2027, 1, 1)
    return actions.draft_scheme(
        source=source, fund=source.fund, code=source.code, in_force_from=begins, by=approver, at=now
    )


@pytest.fixture
def desk(client: Client, approver: User) -> Client:
    client.force_login(approver, backend="django.contrib.auth.backends.ModelBackend")
    return client


def at(name: str, *args: object) -> str:
    return reverse(f"admin:compensation_scheme_{name}", args=args)


@pytest.mark.django_db
def test_the_page_reads_as_law(desk: Client) -> None:
    scheme = SchemeFactory(clauses=[row for row in ROWS if row["clause"] in {"Breaker", "UnpaidPrincipal"}][:4])

    page = desk.get(at("change", scheme.pk)).content.decode()

    for wanted in ("整条为假设", "未收回本金", "缺漏与矛盾", "没有“分担比例”条款"):
        assert wanted in page


@pytest.mark.django_db
def test_a_clause_is_changed_on_the_desk(desk: Client, draft: Scheme) -> None:
    position = next(i for i, row in enumerate(draft.clauses) if row["clause"] == "ShareByCohort")
    row = draft.clauses[position]
    sent = {**typed(row), "t-rates-1-value": "45", "revision": "0"}

    response = desk.post(at("clause", draft.pk, position), sent)

    draft.refresh_from_db()
    assert response.url == at("change", draft.pk)
    assert draft.clauses[position]["parameters"]["rates"] == {
        "first_loan": "0.5",
        "credit": "0.45",
        "general": "0.3",
        "guaranteed": "0.2",
    }


@pytest.mark.django_db
def test_a_clause_that_contradicts_itself_is_told_so_in_words(desk: Client, draft: Scheme) -> None:
    sent = {
        "number": "第九十条",
        "text": "上限",
        "p-scope": "fund",
        "p-window": "year",
        "p-covers": "fund",
        "revision": "0",
    }

    response = desk.post(at("new_clause", draft.pk, "PoolCap"), sent)

    assert "请填写上限金额，或计算基数和倍数。" in response.content.decode()


@pytest.mark.django_db
def test_the_whole_way_from_draft_to_adoption(client: Client, desk: Client) -> None:
    source = SchemeFactory()
    desk.post(at("draft", source.pk), {"fund": source.fund_id, "code": "NX-NEW", "in_force_from": "2099-01-01"})
    draft = Scheme.objects.get(code="NX-NEW")
    terms = {"revision": 0, "name": "新", "legal_basis": "文号", "in_force_from": "2099-01-01", "binds_on": "claim"}
    desk.post(at("terms", draft.pk), terms)
    client.force_login(
        StaffPostFactory(role=StaffRole.CLAIM_APPROVER).user, backend="django.contrib.auth.backends.ModelBackend"
    )

    client.post(at("adopt", draft.pk), {"revision": 1})

    draft.refresh_from_db()
    assert (draft.state, draft.name, draft.binds_on) == ("adopted", "新", "claim")


@pytest.mark.django_db
def test_clauses_are_added_lifted_and_dropped_on_the_desk(desk: Client, draft: Scheme) -> None:
    last = len(draft.clauses)
    sent = {"number": "第九十条", "text": "单笔上限", "p-most": "1000000", "p-covers": "fund", "revision": "0"}

    desk.post(at("new_clause", draft.pk, "LoanCap"), sent)
    desk.post(at("lift", draft.pk, last), {"revision": 1})
    desk.post(at("drop", draft.pk, last), {"revision": 2})

    draft.refresh_from_db()
    assert [row["clause"] for row in draft.clauses[-2:]] == ["FundRoom", "LoanCap"]


@pytest.mark.django_db
def test_the_draft_of_another_cannot_be_typed_into(client: Client, draft: Scheme) -> None:
    client.force_login(
        StaffPostFactory(role=StaffRole.CLAIM_APPROVER).user, backend="django.contrib.auth.backends.ModelBackend"
    )

    answers = [
        client.get(at("kinds", draft.pk)).status_code,
        client.get(at("terms", draft.pk)).status_code,
        client.get(at("clause", draft.pk, 0)).status_code,
        client.post(at("drop", draft.pk, 0), {"revision": 0}).status_code,
    ]

    assert answers == [404, 404, 404, 404]


@pytest.mark.django_db
def test_a_treasurer_reads_and_does_not_draft(client: Client, treasurer: User) -> None:
    scheme = SchemeFactory()
    client.force_login(treasurer, backend="django.contrib.auth.backends.ModelBackend")

    answers = [client.get(at(name, scheme.pk)).status_code for name in ("change", "draft")]

    assert answers == [200, 404]


@pytest.mark.django_db
def test_a_draft_is_discarded_on_the_desk(desk: Client, draft: Scheme) -> None:
    desk.post(at("discard", draft.pk))

    draft.refresh_from_db()
    assert draft.state == "discarded"


@pytest.mark.django_db
def test_the_treasury_sets_a_budget_on_the_page_of_the_fund(client: Client, treasurer: User) -> None:
    fund = FundFactory()
    client.force_login(treasurer, backend="django.contrib.auth.backends.ModelBackend")
    url = reverse("admin:compensation_fund_budget", args=[fund.pk])

    page = client.post(url, {"budget-year": "2026", "budget-amount": "5000000"}, follow=True).content.decode()

    assert "2026 年预算" in page
