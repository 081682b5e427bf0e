"""The repayment schedule (还款计划) of a drawdown, to the fen.

Interest follows the central bank's rule for interest "reckoned loan by loan" (银发〔2005〕129号): a period of whole months
may bear months x annual rate / 12, or its actual days x annual rate / 360. Our default is the first for the two instalment
methods (等额本息, 等额本金: every instalment is one whole month) and the second where principal is repaid at the end
(按月付息, 一次还本付息). Due days are whole months after the drawdown; a day the month lacks becomes its last day.
The last instalment takes what rounding left, so that principal adds up exactly.

A prepayment (提前还款) shortens the end: it is set against the last principal first, the other instalments keep their
principal, and interest is reckoned anew on the smaller balance from the day of the prepayment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from portal.money import ZERO, yuan
from portal.periods import add_months

MONTHS_OF_A_YEAR: Final = 12
DAYS_OF_A_YEAR: Final = 360


class Method(StrEnum):
    EQUAL_INSTALMENTS = "equal_instalments"
    EQUAL_PRINCIPAL = "equal_principal"
    INTEREST_FIRST = "interest_first"
    BULLET = "bullet"


class Basis(StrEnum):
    MONTHLY = "monthly"
    ACTUAL_360 = "actual_360"


BASIS_OF: Final = {
    Method.EQUAL_INSTALMENTS: Basis.MONTHLY,
    Method.EQUAL_PRINCIPAL: Basis.MONTHLY,
    Method.INTEREST_FIRST: Basis.ACTUAL_360,
    Method.BULLET: Basis.ACTUAL_360,
}


@dataclass(frozen=True)
class Row:
    """One due day, and what is owed in principal after it."""

    number: int
    due_on: date
    principal: Decimal
    interest: Decimal
    balance: Decimal

    @property
    def total(self) -> Decimal:
        return self.principal + self.interest


def schedule(
    method: str, principal: Decimal, annual_rate: Decimal, term_months: int, drawn_on: date, *, basis: str = ""
) -> list[Row]:
    """The rows for ``principal`` yuan drawn on ``drawn_on``. Equal instalments know the monthly basis only."""
    kind, reckoned = Method(method), Basis(basis or BASIS_OF[Method(method)])
    if principal <= 0 or term_months < 1 or annual_rate < 0:
        raise ValueError("a schedule needs a principal, a term and no negative rate")
    if kind is Method.EQUAL_INSTALMENTS:
        if reckoned is not Basis.MONTHLY:
            raise ValueError("equal instalments are reckoned by the month")
        return _annuity(principal, annual_rate, term_months, drawn_on)
    if kind is Method.BULLET:
        matures_on = add_months(drawn_on, term_months)
        bears = _interest(principal, annual_rate, drawn_on, matures_on, reckoned, months=term_months)
        return [Row(1, matures_on, principal, bears, ZERO)]
    shares = (
        _equal_parts(principal, term_months) if kind is Method.EQUAL_PRINCIPAL else _at_the_end(principal, term_months)
    )
    return _by_balance(shares, annual_rate, drawn_on, reckoned)


@dataclass(frozen=True)
class Open:
    """An instalment still to come: its period, its principal, and the principal owed while the period runs."""

    number: int
    starts_on: date
    due_on: date
    principal: Decimal
    interest: Decimal


def accrued(rows: Sequence[Open], paid_on: date) -> Decimal:
    """Interest of the running period up to ``paid_on``: the period's own, by days."""
    running = rows[0]
    days = (running.due_on - running.starts_on).days
    gone = min(max((paid_on - running.starts_on).days, 0), days)
    return yuan(running.interest * gone / days)


def prepay(rows: Sequence[Open], amount: Decimal, annual_rate: Decimal, paid_on: date, *, basis: str) -> list[Open]:
    """``rows`` (all after ``paid_on``, in order) after ``amount`` of principal came early. Raises for more than is owed."""
    owed = sum((row.principal for row in rows), ZERO)
    if not 0 < amount <= owed:
        raise ValueError("a prepayment lies between nothing and what is owed")
    so_far = accrued(rows, paid_on)
    kept, rest = [], amount
    for row in reversed(rows):
        taken = min(rest, row.principal)
        rest -= taken
        kept.append(replace(row, principal=row.principal - taken))
    kept.reverse()
    balance, changed = owed - amount, []
    for index, row in enumerate(kept):
        if index == 0:
            bears = so_far + yuan((row.interest - so_far) * balance / owed)
        else:
            bears = _interest(balance, annual_rate, row.starts_on, row.due_on, Basis(basis))
        changed.append(replace(row, interest=bears))
        balance -= row.principal
    return changed


def _interest(
    balance: Decimal, annual_rate: Decimal, first: date, last: date, basis: Basis, *, months: int = 1
) -> Decimal:
    """What ``balance`` bears from ``first`` to ``last``, which are ``months`` apart. Divides last, so that half a fen is half."""
    if basis is Basis.MONTHLY:
        return yuan(balance * annual_rate * months / MONTHS_OF_A_YEAR)
    return yuan(balance * annual_rate * (last - first).days / DAYS_OF_A_YEAR)


def _annuity(principal: Decimal, annual_rate: Decimal, months: int, drawn_on: date) -> list[Row]:
    monthly = annual_rate / MONTHS_OF_A_YEAR
    payment = yuan(principal / months if monthly == 0 else principal * monthly / (1 - (1 + monthly) ** -months))
    rows, balance = [], principal
    for number in range(1, months + 1):
        bears = yuan(balance * annual_rate / MONTHS_OF_A_YEAR)
        repaid = balance if number == months else min(payment - bears, balance)
        balance -= repaid
        rows.append(Row(number, add_months(drawn_on, number), repaid, bears, balance))
    return rows


def _equal_parts(principal: Decimal, months: int) -> list[Decimal]:
    each = yuan(principal / months)
    last = principal - each * (months - 1)
    if last < 0:
        raise ValueError("too little to be parted into so many instalments")
    return [each] * (months - 1) + [last]


def _at_the_end(principal: Decimal, months: int) -> list[Decimal]:
    return [ZERO] * (months - 1) + [principal]


def _by_balance(shares: Sequence[Decimal], annual_rate: Decimal, drawn_on: date, basis: Basis) -> list[Row]:
    rows, balance, first = [], sum(shares, ZERO), drawn_on
    for number, share in enumerate(shares, start=1):
        due_on = add_months(drawn_on, number)
        bears = _interest(balance, annual_rate, first, due_on, basis)
        balance -= share
        rows.append(Row(number, due_on, share, bears, balance))
        first = due_on
    return rows
