"""The verbs of risk compensation: enrol and file (the bank), check to pay (three of the staff), fund and recover."""

from lending.compensation.actions.enrolments import cancel_enrolment, enrol
from lending.compensation.actions.filing import file_claim, issue_sheet, refile_claim, withdraw_claim
from lending.compensation.actions.funds import deposit, load_schemes
from lending.compensation.actions.recoveries import close_claim, confirm_remittance, report_recovery
from lending.compensation.actions.review import approve_claim, check_claim, pay_claim, refuse_claim, return_claim

__all__ = [
    "approve_claim",
    "cancel_enrolment",
    "check_claim",
    "close_claim",
    "confirm_remittance",
    "deposit",
    "enrol",
    "file_claim",
    "issue_sheet",
    "load_schemes",
    "pay_claim",
    "refile_claim",
    "refuse_claim",
    "report_recovery",
    "return_claim",
    "withdraw_claim",
]
