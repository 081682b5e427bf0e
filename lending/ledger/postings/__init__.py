"""Which lines each business event makes, by kind of book. Pure: amounts in, postings out.

A fund's events are at hand here; those of the other books stand in ``postings.subsidy`` and ``postings.guarantee``.
"""

from lending.ledger.postings.funds import (
    FUND_BOOK,
    FundAccount,
    clawback,
    deposit,
    deposit_interest,
    late_interest,
    payment,
    recovery,
    remittance,
    withdrawal,
    write_off,
)
from lending.ledger.postings.guarantee import GUARANTEE_BOOK
from lending.ledger.postings.lines import (
    AccountPlan,
    Booking,
    Budget,
    Posting,
    code_of,
    commitment,
    mirrored,
    release,
    reservation,
    uncommitment,
)
from lending.ledger.postings.subsidy import SUBSIDY_BOOK

__all__ = [
    "FUND_BOOK",
    "GUARANTEE_BOOK",
    "SUBSIDY_BOOK",
    "AccountPlan",
    "Booking",
    "Budget",
    "FundAccount",
    "Posting",
    "clawback",
    "code_of",
    "commitment",
    "deposit",
    "deposit_interest",
    "late_interest",
    "mirrored",
    "payment",
    "recovery",
    "release",
    "remittance",
    "reservation",
    "uncommitment",
    "withdrawal",
    "write_off",
]
