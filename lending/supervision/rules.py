"""The plan's targets (宁政办发, 2022-11-19, clause 三): what was promised, by when, and how far things have come."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

PLAN_ISSUED_ON: Final = date(2022, 11, 19)


@dataclass(frozen=True)
class Target:
    """New unsecured lending (新增信用贷款) and firms served, sole traders included, by the end of a span of years."""

    years: int
    by: date
    credit_loans_amount: Decimal
    firms: int


TARGETS: Final = (
    Target(3, date(2025, 11, 19), Decimal("50000000000.00"), 250_000),
    Target(5, date(2027, 11, 19), Decimal("100000000000.00"), 300_000),
)


@dataclass(frozen=True)
class Progress:
    target: Target
    credit_loans_amount: Decimal
    firms: int
    is_over: bool

    @property
    def amount_share(self) -> Decimal:
        return self.credit_loans_amount / self.target.credit_loans_amount

    @property
    def firms_share(self) -> Decimal:
        return Decimal(self.firms) / self.target.firms


def progress(*, credit_loans_amount: Decimal, firms: int, today: date) -> list[Progress]:
    return [Progress(target, credit_loans_amount, firms, today > target.by) for target in TARGETS]
