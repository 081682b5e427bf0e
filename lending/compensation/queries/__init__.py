"""Reads of compensation: the facts that clauses judge, and what the desks show."""

from lending.compensation.queries.binding import clauses_of
from lending.compensation.queries.candidates import candidates
from lending.compensation.queries.desks import (
    Claimable,
    Offer,
    Readiness,
    Step,
    claimable,
    claims_by_state,
    latest_sheet,
    offers,
    readiness,
    timeline,
)
from lending.compensation.queries.facts import (
    FundStanding,
    claim_facts,
    clauses_in,
    compensated,
    dishonest_records,
    enrolled_amount,
    live_claim,
    loan_facts,
    schemes_for,
    source_rows,
    staff_for,
    standing,
)
from lending.compensation.queries.pools import COMMITTED, breaker_verdicts, pool_facts
from lending.compensation.queries.schemes import (
    Commitment,
    LendingRoom,
    committed,
    findings,
    lending_rooms,
    other_schemes,
)
from lending.compensation.queries.snapshots import freeze, thaw
from lending.compensation.queries.steps import due_on, has_handled, is_recovered, next_state

__all__ = [
    "COMMITTED",
    "Claimable",
    "Commitment",
    "FundStanding",
    "LendingRoom",
    "Offer",
    "Readiness",
    "Step",
    "breaker_verdicts",
    "candidates",
    "claim_facts",
    "claimable",
    "claims_by_state",
    "clauses_in",
    "clauses_of",
    "committed",
    "compensated",
    "dishonest_records",
    "due_on",
    "enrolled_amount",
    "findings",
    "freeze",
    "has_handled",
    "is_recovered",
    "latest_sheet",
    "lending_rooms",
    "live_claim",
    "loan_facts",
    "next_state",
    "offers",
    "other_schemes",
    "pool_facts",
    "readiness",
    "schemes_for",
    "source_rows",
    "staff_for",
    "standing",
    "thaw",
    "timeline",
]
