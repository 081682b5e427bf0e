"""How a payment is set against what is due: oldest instalment first, in it interest before principal (民法典第五百六十一条).

An ordinary payment covers the instalments due by its day and the one that runs, no further: more is a slip or a prepayment,
and a prepayment is said to be one (see ``schedules.prepay``). What cannot be placed comes back as ``rest``; nothing is lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.money import ZERO


@dataclass(frozen=True)
class Due:
    """What is still open of one instalment."""

    number: int
    due_on: date
    principal: Decimal
    interest: Decimal


@dataclass(frozen=True)
class Share:
    """What one instalment gets of a payment."""

    number: int
    principal: Decimal
    interest: Decimal


@dataclass(frozen=True)
class Allocation:
    shares: tuple[Share, ...]
    rest: Decimal

    @property
    def principal(self) -> Decimal:
        return sum((share.principal for share in self.shares), ZERO)

    @property
    def interest(self) -> Decimal:
        return sum((share.interest for share in self.shares), ZERO)


def within_reach(dues: Sequence[Due], paid_on: date, *, with_running: bool = True) -> list[Due]:
    """The open instalments an ordinary payment of that day may cover: those due by then, and the next one."""
    is_open = [due for due in sorted(dues, key=lambda due: due.number) if due.principal or due.interest]
    late = [due for due in is_open if due.due_on <= paid_on]
    coming = [due for due in is_open if due.due_on > paid_on]
    return late + coming[:1] if with_running else late


def allocate(amount: Decimal, dues: Sequence[Due]) -> Allocation:
    """``amount`` over ``dues`` in order, interest before principal."""
    shares, rest = [], amount
    for due in dues:
        interest = min(rest, due.interest)
        principal = min(rest - interest, due.principal)
        rest -= interest + principal
        if interest or principal:
            shares.append(Share(due.number, principal, interest))
    return Allocation(tuple(shares), rest)
