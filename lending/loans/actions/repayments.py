"""Repayments, one by one or from a file. The same reference again is the same repayment."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from institutions.models import Officer
from lending.loans import allocation, policies, queries, schedules
from lending.loans.actions.classes import standing
from lending.loans.actions.contracts import DayNotPossible
from lending.loans.actions.records import lock, record
from lending.loans.models import Instalment, Loan, Repayment
from lending.loans.states import MOVES, LoanState
from portal.money import ZERO
from portal.refusals import Conflict, NotPermitted, Refusal
from portal.transitions import move

#: What a repayment may change of an instalment.
FIGURES = ("principal_due", "interest_due", "principal_paid", "interest_paid")
figures_of = attrgetter(*FIGURES)


class LoanNotRunning(Conflict):
    code = "loan_not_running"
    message = _("该贷款未放款、已结清或已核销，不能登记还款。")


class LoanCompensated(Conflict):
    code = "loan_compensated"
    message = _("该贷款的风险补偿已拨付，此后收到的款项属于追偿，须与补偿资金分配。请在该笔补偿申请中登记追偿。")


class ReferenceOfAnother(Conflict):
    code = "reference_of_another"
    message = _("该还款流水号已登记过，但日期或金额不同，请核对流水号。")


class PaysNothing(Refusal):
    code = "pays_nothing"
    message = _("还款金额应大于零，精确到分。")


class PaysTooMuch(Refusal):
    code = "pays_too_much"
    message = _("还款金额超过应还款，请核对。")


@transaction.atomic
def repay(
    *,
    loan: Loan,
    officer: Officer,
    reference: str,
    paid_on: date,
    amount: Decimal,
    at: datetime,
    is_prepayment: bool = False,
) -> Repayment:
    """Set a payment against what is due. With nothing left the loan is settled; its class is judged anew as of ``at``.

    What exceeds the instalments due and the running one is refused unless ``is_prepayment``; more than the payoff always.
    """
    loan = lock(loan)
    if not policies.may_service(officer, loan):
        raise NotPermitted
    if earlier := loan.repayments.filter(reference=reference).first():
        if (earlier.amount, earlier.paid_on) != (amount, paid_on):
            raise ReferenceOfAnother
        return earlier
    today = timezone.localdate(at)
    _check(loan, paid_on, amount, today)
    instalments = list(loan.instalments.order_by("number"))
    before = {row.pk: figures_of(row) for row in instalments}
    principal, interest = _place(loan, instalments, amount, paid_on, is_prepayment=is_prepayment)
    repayment = Repayment.objects.create(
        loan=loan,
        reference=reference,
        paid_on=paid_on,
        amount=amount,
        principal_amount=principal,
        interest_amount=interest,
        is_prepayment=is_prepayment,
        reported_at=at,
        reported_by=officer.user,
    )
    Instalment.objects.bulk_update([row for row in instalments if figures_of(row) != before[row.pk]], FIGURES)
    loan.principal_balance -= principal
    _restate(loan, instalments, officer, today, at)
    record("loan.repay", loan, officer, at, reference=reference, amount=amount, paid_on=paid_on)
    return repayment


@dataclass(frozen=True)
class Reported:
    """One line of a bank's file."""

    line: int
    contract_number: str
    reference: str
    paid_on: date
    amount: Decimal
    is_prepayment: bool = False


@dataclass(frozen=True)
class Reject:
    line: int
    contract_number: str
    reference: str
    reason: str


@dataclass
class Report:
    """What became of a file: every line is in exactly one of the three."""

    accepted: int = 0
    repeated: int = 0
    rejects: list[Reject] = field(default_factory=list)


def report(*, officer: Officer, rows: Sequence[Reported], at: datetime) -> Report:
    """Each line is a repayment of its own: a refused one leaves the others standing and is handed back with its reason."""
    found = Report()
    ours = Loan.objects.filter(institution=officer.institution_id)
    loans = {
        loan.contract_number: loan for loan in ours.filter(contract_number__in={row.contract_number for row in rows})
    }
    known = set(
        Repayment.objects.filter(loan__in=loans.values(), reference__in={row.reference for row in rows}).values_list(
            "loan__contract_number", "reference"
        )
    )
    for row in rows:
        loan = loans.get(row.contract_number)
        if loan is None:
            reason = gettext("没有该合同编号的贷款")
            found.rejects.append(Reject(row.line, row.contract_number, row.reference, reason))
            continue
        try:
            repay(
                loan=loan,
                officer=officer,
                reference=row.reference,
                paid_on=row.paid_on,
                amount=row.amount,
                is_prepayment=row.is_prepayment,
                at=at,
            )
        except Refusal as refusal:
            found.rejects.append(Reject(row.line, row.contract_number, row.reference, str(refusal)))
            continue
        key = (row.contract_number, row.reference)
        found.repeated += key in known
        found.accepted += key not in known
        known.add(key)
    return found


def _check(loan: Loan, paid_on: date, amount: Decimal, today: date) -> None:
    if loan.state != LoanState.DRAWN or loan.drawn_on is None:
        raise LoanNotRunning
    if loan.compensated_at is not None:
        raise LoanCompensated
    if not loan.drawn_on <= paid_on <= today:
        raise DayNotPossible
    if amount <= 0:
        raise PaysNothing


def _place(
    loan: Loan, instalments: list[Instalment], amount: Decimal, paid_on: date, *, is_prepayment: bool
) -> tuple[Decimal, Decimal]:
    """Write ``amount`` onto ``instalments`` (in memory); principal and interest paid by it."""
    reach = allocation.within_reach(queries.dues(instalments), paid_on, with_running=not is_prepayment)
    placed = allocation.allocate(amount, reach)
    _book(instalments, placed)
    if not placed.rest:
        return placed.principal, placed.interest
    if not is_prepayment:
        raise _too_much(amount - placed.rest, gettext("如为提前还款，请勾选“提前还款”。"))
    early = _prepay(loan, instalments, placed.rest, paid_on)
    return placed.principal + early.principal, placed.interest + early.interest


def _book(instalments: Sequence[Instalment], placed: allocation.Allocation) -> None:
    for share in placed.shares:
        row = instalments[share.number - 1]
        row.principal_paid += share.principal
        row.interest_paid += share.interest


def _prepay(loan: Loan, instalments: list[Instalment], rest: Decimal, paid_on: date) -> allocation.Share:
    """Interest run up since the last due day first, then principal from the end; interest to come is reckoned anew."""
    coming = queries.to_come(loan, instalments, paid_on)
    if not coming:
        raise _too_much(ZERO, gettext("全部应还款已还清。"))
    running = instalments[coming[0].number - 1]
    run_up = max(schedules.accrued(coming, paid_on) - running.interest_paid, ZERO)
    interest = min(rest, run_up)
    principal = rest - interest
    owed = sum((row.principal for row in coming), ZERO)
    if principal > owed:
        raise _too_much(run_up + owed, gettext("请按结清金额登记。"))
    running.interest_paid += interest
    if principal:
        basis = schedules.BASIS_OF[schedules.Method(loan.method)]
        for changed in schedules.prepay(coming, principal, loan.annual_rate, paid_on, basis=basis):
            row = instalments[changed.number - 1]
            row.principal_due = row.principal_paid + changed.principal
            row.interest_due = max(changed.interest, row.interest_paid)
    return allocation.Share(running.number, principal, interest)


def _restate(loan: Loan, instalments: list[Instalment], officer: Officer, today: date, at: datetime) -> None:
    """Balance, arrears and class on the row; settled when nothing is open."""
    changes = {"principal_balance": loan.principal_balance, **standing(loan, instalments, today)}
    if any(row.is_open for row in instalments):
        for name, value in changes.items():
            setattr(loan, name, value)
        loan.save(update_fields=list(changes))
    else:
        move(loan, "settle", table=MOVES, by=officer.user, at=at, **changes)
        record("loan.settle", loan, officer, at)


def _too_much(most: Decimal, hint: str) -> PaysTooMuch:
    text = gettext("还款金额超过可入账金额 %(most)s 元。%(hint)s")
    return PaysTooMuch(text % {"most": f"{most:,.2f}", "hint": hint})
