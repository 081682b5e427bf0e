"""Money comes into a fund, and its budget of the year; the built-in schemes are loaded."""

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lending.compensation import policies, sharing
from lending.compensation.clauses.reading import ClauseError, read
from lending.compensation.models import Fund, FundBudget, FundContributor, Scheme
from lending.compensation.states import BindsOn, SchemeState
from lending.ledger import actions as ledger
from lending.ledger import postings
from lending.ledger.models import Entry
from portal.accounts.models import User
from portal.audit import actions as audit
from portal.refusals import NotPermitted, Refusal

FACTS: Final = Path(__file__).parent.parent / "facts" / "schemes.json"
#: Schemes of other places, to be copied from.
EXAMPLES: Final = FACTS.with_name("examples.json")


class BudgetIncomplete(Refusal):
    code = "budget_incomplete"
    message = _("请填写年度和大于零、精确到分的预算金额。")


class DepositIncomplete(Refusal):
    code = "deposit_incomplete"
    message = _("请填写大于零、精确到分的金额和入账凭证号。")


@transaction.atomic
def deposit(*, fund: Fund, amount: Decimal, reference: str, by: User, at: datetime) -> Entry:
    """Book money that has come into the fund's account. The same reference is the same deposit."""
    if not policies.may_fund(by, fund):
        raise NotPermitted
    reference = reference.strip()
    if len(reference) > 40 or amount <= 0 or amount != amount.quantize(Decimal("0.01")) or not reference:
        raise DepositIncomplete
    ledger.open_book(book=fund.code, name=fund.name, by=by, at=at)
    subject = f"{fund.code}/{reference}"
    if not Entry.objects.filter(event="fund_deposit", subject=subject).exists():
        audit.record("compensation.deposit", fund, by=by, at=at, facts={"amount": amount, "reference": reference})
    return ledger.post(
        event="fund_deposit",
        subject=subject,
        memo=gettext("资金池注资 %(reference)s") % {"reference": reference},
        booked_on=timezone.localdate(at),
        lines=postings.deposit(fund.code, amount),
        by=by,
        at=at,
    )


@transaction.atomic
def set_budget(*, fund: Fund, year: int, amount: Decimal, by: User, at: datetime) -> FundBudget:
    """What the fund may spend in ``year``; setting it again replaces the figure, and both stand in the audit."""
    if not policies.may_fund(by, fund):
        raise NotPermitted
    if not 2000 <= year <= 2100 or amount <= 0 or amount != amount.quantize(Decimal("0.01")):
        raise BudgetIncomplete
    Fund.objects.select_for_update(of=("self",), no_key=True).get(pk=fund.pk)
    before = FundBudget.objects.filter(fund=fund, year=year).values_list("amount", flat=True).first()
    budget, _is_new = FundBudget.objects.update_or_create(
        fund=fund, year=year, defaults={"amount": amount, "set_at": at, "set_by": by}
    )
    facts = {"year": year, "amount": amount, "before": before}
    audit.record("compensation.set_budget", fund, by=by, at=at, facts=facts)
    return budget


@transaction.atomic
def load_schemes(*, by: User | None, at: datetime) -> list[Scheme]:
    """The funds and schemes that come with the station, each with an open book, and the examples of other places.

    A version that is there stays as it is.
    """
    own = json.loads(FACTS.read_text(encoding="utf-8"))["schemes"]
    examples = json.loads(EXAMPLES.read_text(encoding="utf-8"))["schemes"]
    loaded = [_loaded(row, _fund(row["fund"], by=by, at=at), SchemeState.ADOPTED, by=by, at=at) for row in own]
    fund = loaded[0].fund
    loaded += [_loaded(row, fund, SchemeState.EXAMPLE, by=by, at=at) for row in examples]
    return loaded


def _loaded(row: dict[str, Any], fund: Fund, state: SchemeState, *, by: User | None, at: datetime) -> Scheme:
    require_sound(row["clauses"])
    until = row.get("in_force_until")
    terms = {key: row[key] for key in ("name", "legal_basis", "clauses")}
    scheme, is_new = Scheme.objects.get_or_create(
        code=row["code"],
        version=row["version"],
        defaults={
            **terms,
            "fund": fund,
            "state": state,
            "binds_on": row.get("binds_on", BindsOn.DISBURSEMENT),
            "in_force_from": date.fromisoformat(row["in_force_from"]),
            "in_force_until": date.fromisoformat(until) if until else None,
            "adopted_at": at if state == SchemeState.ADOPTED else None,
        },
    )
    if is_new:
        audit.record("compensation.load_scheme", scheme, by=by, at=at)
    return scheme


def require_sound(rows: list[dict[str, Any]]) -> None:
    """Every clause can be read, and none that a claim needs is missing. Raises ClauseError."""
    missing = sharing.gaps(read(rows))
    if missing:
        raise ClauseError(f"the scheme lacks {missing}")


def _fund(row: dict[str, Any], *, by: User | None, at: datetime) -> Fund:
    fund, _is_new = Fund.objects.get_or_create(
        code=row["code"],
        defaults={
            "name": row["name"],
            "region_code": row["region_code"],
            "opened_on": date.fromisoformat(row["opened_on"]),
        },
    )
    ledger.open_book(book=fund.code, name=fund.name, by=by, at=at)
    for given in row.get("contributors", []):
        amount, ratio = given.get("committed_amount"), given.get("match_ratio")
        FundContributor.objects.get_or_create(
            fund=fund,
            code=given["code"],
            defaults={
                "name": given["name"],
                "committed_amount": Decimal(amount) if amount else None,
                "matches": FundContributor.objects.filter(fund=fund, code=given.get("matches")).first(),
                "match_ratio": Decimal(ratio) if ratio else None,
                "is_assumed": given["is_assumed"],
            },
        )
    return fund
