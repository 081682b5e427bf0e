"""Items of water, power and gas suppliers (水电气)."""

from collections.abc import Iterator

from lending.province.draws import happens
from lending.province.items.world import Row, Subject, money, ym

#: Power per 10,000 yuan of sales, in kWh, by the first digits of the industry.
HUNGRY = {
    "31": 5200,
    "30": 2600,
    "26": 1800,
    "14": 700,
    "17": 800,
    "34": 620,
    "38": 500,
    "15": 420,
    "61": 480,
    "62": 420,
}


def _bills(subject: Subject, prefix: str, unit_fen: int, per_wan: int) -> Iterator[tuple[Row, bool]]:
    """One bill a month: use follows sales, and a debtor leaves the latest ones unpaid."""
    firm, rng, months = subject.firm, subject.rng, subject.months()
    unpaid = rng.randint(1, 5) if subject.fate.is_utility_debtor else 0
    for place, (month, sold) in enumerate(zip(months, subject.monthly_sales(), strict=True)):
        usage = max(12, sold // 10_000 * per_wan * rng.randint(850, 1150) // 1000)
        fen = usage * unit_fen
        owes = place >= len(months) - unpaid
        yield (
            {
                "uscc": firm.uscc,
                "account_no": f"{prefix}{firm.county}{firm.number:06d}",
                "ym": ym(month),
                "usage": f"{usage}.00",
                "bill_amount": money(fen // 100, fen % 100),
                "paid_amount": money(0) if owes else money(fen // 100, fen % 100),
                "arrears_amount": money(fen // 100, fen % 100) if owes else money(0),
            },
            owes,
        )


def water(subject: Subject) -> Iterator[Row]:
    if not subject.firm.is_living or not happens(subject.rng, 330):
        return
    periods = 0
    for row, owes in _bills(subject, "W", 420, 6):
        periods = periods + 1 if owes else 0
        yield row | {"arrears_periods": str(periods), "overdue_fee": "0.00"}


def electricity(subject: Subject) -> Iterator[Row]:
    firm = subject.firm
    if not firm.is_living or not happens(subject.rng, 620):
        return
    per_wan = HUNGRY.get(firm.industry[:2], 160)
    for row, _owes in _bills(subject, "E", 56, per_wan):
        capacity = max(10, firm.revenue_wan * per_wan // 40_000)
        yield row | {"contract_capacity": f"{capacity}.00", "violation_flag": "false", "supply_status": "正常"}


def gas(subject: Subject) -> Iterator[Row]:
    if not subject.firm.is_living or subject.firm.industry[:2] not in {"62", "61", "14", "15", "30", "31", "26"}:
        return
    if not happens(subject.rng, 480):
        return
    for row, _owes in _bills(subject, "G", 340, 14):
        yield row | {"overdue_fee": "0.00"}
