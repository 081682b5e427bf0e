"""Clauses of compensation schemes: one class for each, read from the rows of a scheme."""

from lending.compensation.clauses.base import Clause, Condition, LoanFacts, Stage, Verdict
from lending.compensation.clauses.reading import CLAUSES, ClauseError, read

__all__ = ["CLAUSES", "Clause", "ClauseError", "Condition", "LoanFacts", "Stage", "Verdict", "read"]
