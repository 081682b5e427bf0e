"""Usable, not visible: questions and their budgets, banks' models and what they told, cohorts, overlaps."""

from enterprises.jointmodels.models.bank_models import BankModel, ModelKind, ModelRun, ReviewReport, RunOutcome
from enterprises.jointmodels.models.cohorts import AggregateLook, Cohort
from enterprises.jointmodels.models.limits import Limit
from enterprises.jointmodels.models.linkages import Invitation, Linkage
from enterprises.jointmodels.models.questions import (
    Answer,
    AskableFeature,
    Comparison,
    Question,
    QuestionBudget,
    Reply,
    Unit,
)

__all__ = [
    "AggregateLook",
    "Answer",
    "AskableFeature",
    "BankModel",
    "Cohort",
    "Comparison",
    "Invitation",
    "Limit",
    "Linkage",
    "ModelKind",
    "ModelRun",
    "Question",
    "QuestionBudget",
    "Reply",
    "ReviewReport",
    "RunOutcome",
    "Unit",
]
