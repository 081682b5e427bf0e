"""Reads of compensation: the facts that clauses judge, and what the desks show."""

from lending.compensation.queries.desks import (
    Offer,
    Readiness,
    claimable,
    claims_by_state,
    latest_sheet,
    offers,
    readiness,
    timeline,
)
from lending.compensation.queries.facts import (
    COMMITTED,
    FundStanding,
    claim_facts,
    clauses_of,
    compensated,
    dishonest_records,
    enrolled_amount,
    live_claim,
    loan_facts,
    schemes_for,
    staff_for,
    standing,
)

__all__ = [
    "COMMITTED",
    "FundStanding",
    "Offer",
    "Readiness",
    "claim_facts",
    "claimable",
    "claims_by_state",
    "clauses_of",
    "compensated",
    "dishonest_records",
    "enrolled_amount",
    "latest_sheet",
    "live_claim",
    "loan_facts",
    "offers",
    "readiness",
    "schemes_for",
    "staff_for",
    "standing",
    "timeline",
]
