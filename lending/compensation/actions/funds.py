"""Money comes into a fund; the built-in schemes are loaded."""

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
from lending.compensation.models import Fund, Scheme
from lending.ledger import actions as ledger
from lending.ledger import postings
from lending.ledger.models import Entry
from portal.accounts.models import User
from portal.audit import actions as audit
from portal.refusals import NotPermitted, Refusal

FACTS: Final = Path(__file__).parent.parent / "facts" / "schemes.json"


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
def load_schemes(*, by: User | None, at: datetime) -> list[Scheme]:
    """The funds and schemes that come with the station, each with an open book. A version that is there stays as it is."""
    loaded = []
    for row in json.loads(FACTS.read_text(encoding="utf-8"))["schemes"]:
        require_sound(row["clauses"])
        fund = _fund(row["fund"], by=by, at=at)
        terms = {key: row[key] for key in ("name", "legal_basis", "clauses")}
        scheme, is_new = Scheme.objects.get_or_create(
            code=row["code"],
            version=row["version"],
            defaults={**terms, "fund": fund, "in_force_from": date.fromisoformat(row["in_force_from"])},
        )
        if is_new:
            audit.record("compensation.load_scheme", scheme, by=by, at=at)
        loaded.append(scheme)
    return loaded


def require_sound(rows: list[dict[str, Any]]) -> None:
    """Every clause can be read, and none that a claim needs is missing. Raises ClauseError."""
    missing = sharing.gaps(read(rows))
    if missing:
        raise ClauseError(f"the scheme lacks {missing}")


def _fund(row: dict[str, str], *, by: User | None, at: datetime) -> Fund:
    fund, _is_new = Fund.objects.get_or_create(
        code=row["code"],
        defaults={
            "name": row["name"],
            "region_code": row["region_code"],
            "opened_on": date.fromisoformat(row["opened_on"]),
        },
    )
    ledger.open_book(book=fund.code, name=fund.name, by=by, at=at)
    return fund
