"""The bank's pages of compensation. The government's side is the admin site."""

from lending.compensation.views.claims import (
    bank_claim,
    bank_claim_document,
    bank_claim_evidence,
    bank_claim_file,
    bank_claim_recover,
    bank_claim_refile,
    bank_claim_sheet,
    bank_claim_withdraw,
    bank_claims,
)
from lending.compensation.views.enrolments import (
    bank_enrolment,
    bank_enrolment_cancel,
    bank_enrolments,
    bank_loan_enrol,
)

__all__ = [
    "bank_claim",
    "bank_claim_document",
    "bank_claim_evidence",
    "bank_claim_file",
    "bank_claim_recover",
    "bank_claim_refile",
    "bank_claim_sheet",
    "bank_claim_withdraw",
    "bank_claims",
    "bank_enrolment",
    "bank_enrolment_cancel",
    "bank_enrolments",
    "bank_loan_enrol",
]
