"""The rollup as one statement: what each kind of row adds to which column of its day, declared once."""

from dataclasses import dataclass
from typing import Final

from lending.applications.models import Application
from lending.compensation.models import Claim, Enrolment, Recovery
from lending.loans.models import Loan
from lending.needs.models import Need
from lending.supervision.models import DayFigures

COLUMNS: Final = (
    "needs",
    "needs_amount",
    "applications",
    "applications_amount",
    "approvals",
    "approvals_amount",
    "refusals",
    "loans",
    "loans_amount",
    "credit_loans_amount",
    "first_loans",
    "claims_paid",
    "compensation_amount",
    "recovered_amount",
)


@dataclass(frozen=True)
class Part:
    """Rows of ``source`` (aliased ``t``) that fall on the day of ``on``; ``place`` holds their region and county."""

    source: str
    on: str
    adds: dict[str, str]
    place: str = "t"

    def sql(self) -> str:
        sums = ", ".join(f"{self.adds.get(column, '0')} AS {column}" for column in COLUMNS)
        place = f"{self.place}.responsible_region, {self.place}.county_code"
        return f"SELECT d.day, {place}, {sums} FROM d JOIN {self.source} ON {self.on}"  # noqa: S608 - nothing from outside


def _in_day(moment: str) -> str:
    """As a range, so that the index on the moment is used."""
    return f"{moment} >= d.first AND {moment} < d.last"


def _table(model: type[Need | Application | Loan | Claim | Enrolment | Recovery | DayFigures]) -> str:
    return model._meta.db_table


_LOAN_OF_CLAIM = (
    f"JOIN {_table(Enrolment)} e ON e.id = {{claim}}.enrolment_id JOIN {_table(Loan)} l ON l.id = e.loan_id"
)

PARTS: Final = (
    Part(f"{_table(Need)} t", _in_day("t.posted_at"), {"needs": "1", "needs_amount": "t.amount"}),
    Part(
        f"{_table(Application)} t",
        _in_day("t.submitted_at"),
        {"applications": "1", "applications_amount": "t.amount"},
    ),
    # An approval that the firm gave up afterwards was an approval all the same.
    Part(
        f"{_table(Application)} t",
        _in_day("t.decided_at"),
        {
            "approvals": "(t.refusal_reason = '')::int",
            "approvals_amount": "CASE WHEN t.refusal_reason = '' THEN t.approved_amount ELSE 0 END",
            "refusals": "(t.refusal_reason <> '')::int",
        },
    ),
    Part(
        f"{_table(Loan)} t",
        "t.drawn_on = d.day",
        {
            "loans": "1",
            "loans_amount": "t.drawn_amount",
            "credit_loans_amount": "CASE WHEN t.guarantee = 'credit' THEN t.drawn_amount ELSE 0 END",
            "first_loans": "t.is_first_loan::int",
        },
    ),
    Part(
        f"{_table(Claim)} t {_LOAN_OF_CLAIM.format(claim='t')}",
        _in_day("t.paid_at"),
        {"claims_paid": "1", "compensation_amount": "t.fund_amount"},
        place="l",
    ),
    Part(
        f"{_table(Recovery)} t JOIN {_table(Claim)} c ON c.id = t.claim_id {_LOAN_OF_CLAIM.format(claim='c')}",
        "t.recovered_on = d.day",
        {"recovered_amount": "t.fund_amount"},
        place="l",
    ),
)

INSERT: Final = f"""
WITH d AS (
    SELECT day, day::timestamp AT TIME ZONE 'Asia/Shanghai' AS first,
           (day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' AS last
    FROM unnest(%(days)s::date[]) AS day
), happened AS ({" UNION ALL ".join(part.sql() for part in PARTS)})
INSERT INTO {_table(DayFigures)} (day, responsible_region, county_code, {", ".join(COLUMNS)}, refreshed_at)
SELECT day, responsible_region, county_code, {", ".join(f"sum({column})" for column in COLUMNS)}, %(at)s
FROM happened GROUP BY day, responsible_region, county_code
"""  # noqa: S608 - tables and columns of our own models, no value from outside
