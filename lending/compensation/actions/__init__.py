"""The verbs of risk compensation: enrol and file (the bank), check to pay (three of the staff), fund and recover."""

from lending.compensation.actions.enrolments import cancel_enrolment, enrol
from lending.compensation.actions.filing import file_claim, issue_sheet, refile_claim, withdraw_claim
from lending.compensation.actions.funds import deposit, load_schemes, set_budget
from lending.compensation.actions.recoveries import close_claim, confirm_remittance, report_recovery
from lending.compensation.actions.review import approve_claim, check_claim, pay_claim, refuse_claim, return_claim
from lending.compensation.actions.schemes import (
    adopt_scheme,
    discard_scheme,
    draft_scheme,
    drop_clause,
    lift_clause,
    put_clause,
    set_terms,
)

__all__ = [
    "adopt_scheme",
    "approve_claim",
    "cancel_enrolment",
    "check_claim",
    "close_claim",
    "confirm_remittance",
    "deposit",
    "discard_scheme",
    "draft_scheme",
    "drop_clause",
    "enrol",
    "file_claim",
    "issue_sheet",
    "lift_clause",
    "load_schemes",
    "pay_claim",
    "put_clause",
    "refile_claim",
    "refuse_claim",
    "report_recovery",
    "return_claim",
    "set_budget",
    "set_terms",
    "withdraw_claim",
]
