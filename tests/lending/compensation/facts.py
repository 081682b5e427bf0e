"""A loan that meets every clause of the demonstration scheme, to be changed one fact at a time."""

import datetime as dt
from decimal import Decimal
from typing import Any

from lending.compensation.clauses import LoanFacts

SOUND: dict[str, Any] = {
    "as_of": dt.date(2026, 11, 20),
    "firm_kind": "company",
    "firm_status": "living",
    "size_class": "small",
    "areas": frozenset({"640000", "640100", "640104"}),
    "industry_section": "C",
    "dishonest_records": 0,
    "amount": Decimal("1000000.00"),
    "annual_rate": Decimal("0.042000"),
    "term_months": 12,
    "guarantee": "credit",
    "drawn_on": dt.date(2026, 11, 10),
    "principal_balance": Decimal("1000000.00"),
    "deposited": Decimal("10000000.00"),
    "available": Decimal("10000000.00"),
    "authorised": Decimal("10000000.00"),
}


def facts(**changes: Any) -> LoanFacts:
    return LoanFacts(**{**SOUND, **changes})


def wan(amount: str) -> Decimal:
    """万元 as yuan."""
    return (Decimal(amount) * 10_000).quantize(Decimal("0.01"))
