"""Clauses of compensation schemes: one class for each, read from the rows of a scheme."""

from lending.compensation.clauses.base import Clause, Condition, Stage, Verdict
from lending.compensation.clauses.facts import Debt, LoanFacts, PoolFacts, Scope, Share, Side, Tally, Window
from lending.compensation.clauses.reading import CLAUSES, ClauseError, read

__all__ = [
    "CLAUSES",
    "Clause",
    "ClauseError",
    "Condition",
    "Debt",
    "LoanFacts",
    "PoolFacts",
    "Scope",
    "Share",
    "Side",
    "Stage",
    "Tally",
    "Verdict",
    "Window",
    "read",
]
