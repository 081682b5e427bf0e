"""Classes of risk: all loans once a day, set-based; one loan after a repayment; and the bank's own, worse opinion."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Final

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from institutions.models import Officer
from lending.loans import classification, policies
from lending.loans.actions.records import lock, record
from lending.loans.models import Instalment, Loan
from lending.loans.states import MOVES, RiskClass
from portal.audit import actions as audit
from portal.refusals import NotPermitted, Refusal
from portal.transitions import IllegalMove, move

CLASSIFY: Final = (Path(__file__).parent.parent / "classify.sql").read_text(encoding="utf-8")


class ClassTooGood(Refusal):
    code = "class_too_good"
    message = _("机构认定的分类不能优于按逾期天数得出的分类，请选择相同或更差的分类。")


class ClassUnexplained(Refusal):
    code = "class_unexplained"
    message = _("请写明调整风险分类的理由。")


class NotYetLost(Refusal):
    code = "not_yet_lost"
    message = _("只有分类为“损失”的贷款可以核销，请先认定风险分类。")


@transaction.atomic
def classify_due(*, day: date, at: datetime) -> int:
    """Restate every running loan that has arrears, had them, or is not normal, as of ``day``; how many rows changed.

    One statement over the partial indexes of open instalments and watched loans: the healthy rest is not read. Loans that
    changed class leave an audit event each; the row's history keeps every other change.
    """
    bounds = classification.RULE
    with connection.cursor() as cursor:
        cursor.execute(
            CLASSIFY,
            {
                "day": day,
                "attention": bounds.attention,
                "substandard": bounds.substandard,
                "doubtful": bounds.doubtful,
                "loss": bounds.loss,
                "observation": classification.OBSERVATION_MONTHS,
            },
        )
        changed = cursor.fetchall()
    moved = {pk: (before, after) for pk, before, after in changed if before != after}
    for loan in Loan.objects.filter(pk__in=moved).order_by("pk"):
        before, after = moved[loan.pk]
        audit.record(
            "loan.classify",
            loan,
            by=None,
            at=at,
            enterprise_id=loan.enterprise_id,
            institution_id=loan.institution_id,
            facts={"from": before, "to": after, "day": day},
        )
    return len(changed)


def standing(loan: Loan, instalments: Sequence[Instalment], day: date) -> dict[str, object]:
    """The columns that say where ``loan`` stands on ``day``."""
    overdue = [row.due_on for row in instalments if row.is_open and row.due_on < day]
    found = classification.stand(
        overdue_since=min(overdue, default=None),
        before=loan.risk_class,
        performing_since=loan.performing_since,
        set_by_bank=loan.set_class,
        day=day,
    )
    return {**asdict(found), "classified_on": day}


@transaction.atomic
def set_class(*, loan: Loan, officer: Officer, risk_class: str, note: str, at: datetime) -> Loan:
    """The bank classes a loan worse than its days past due do; "" takes that back."""
    loan = lock(loan)
    if not policies.may_service(officer, loan):
        raise NotPermitted
    if not MOVES.allows("write_off", loan.state):
        raise IllegalMove
    if not note.strip():
        raise ClassUnexplained
    if risk_class and classification.worse(classification.class_of(loan.days_past_due), risk_class) != risk_class:
        raise ClassTooGood
    loan.set_class = RiskClass(risk_class) if risk_class else ""
    loan.set_class_note, loan.set_class_at, loan.set_class_by = note, at, officer.user
    changes = standing(loan, list(loan.instalments.order_by("number")), timezone.localdate(at))
    for name, value in changes.items():
        setattr(loan, name, value)
    loan.save(update_fields=["set_class", "set_class_note", "set_class_at", "set_class_by", *changes])
    record("loan.set_class", loan, officer, at, risk_class=risk_class, note=note)
    return loan


@transaction.atomic
def write_off(*, loan: Loan, officer: Officer, at: datetime) -> Loan:
    """The bank gives up a loan classed as lost; its balance stands as what was written off."""
    loan = lock(loan)
    if not policies.may_service(officer, loan):
        raise NotPermitted
    if MOVES.allows("write_off", loan.state) and loan.risk_class != RiskClass.LOSS:
        raise NotYetLost
    move(loan, "write_off", table=MOVES, by=officer.user, at=at)
    record("loan.write_off", loan, officer, at, amount=loan.principal_balance)
    return loan
