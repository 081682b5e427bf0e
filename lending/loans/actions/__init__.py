"""The verbs of a loan: contract and drawdown, repayments, classes of risk."""

from lending.loans.actions.classes import classify_due, set_class, write_off
from lending.loans.actions.compensated import mark_compensated, unmark_compensated
from lending.loans.actions.contracts import cancel, draw, sign
from lending.loans.actions.repayments import repay, report

__all__ = [
    "cancel",
    "classify_due",
    "draw",
    "mark_compensated",
    "repay",
    "report",
    "set_class",
    "sign",
    "unmark_compensated",
    "write_off",
]
