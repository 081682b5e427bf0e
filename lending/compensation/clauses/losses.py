"""What of a debt counts as loss, and on which day it is measured."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from lending.compensation.clauses.base import LossRule, Measure, money
from lending.compensation.clauses.facts import Component, Debt, LoanFacts
from portal.money import ZERO, part

COMPONENTS = {
    Component.PRINCIPAL: "本金",
    Component.INTEREST: "利息",
    Component.PENALTY: "罚息",
    Component.COSTS: "合理费用",
}


class Valuation(StrEnum):
    """The day the debt is measured on."""

    TODAY = "today"
    NPA = "npa"
    CLAIM = "claim"
    LOWER = "lower"


DAYS = {
    Valuation.TODAY: "计算日",
    Valuation.NPA: "不良认定日",
    Valuation.CLAIM: "申报日",
    Valuation.LOWER: "不良认定日与申报日孰低",
}


@dataclass(frozen=True, kw_only=True)
class UnpaidPrincipal(LossRule):
    """The principal still owed on the day of the computation: it falls as the debtor pays. No interest, no penalty."""

    title: ClassVar[str] = "损失认定"
    reads: ClassVar[tuple[str, ...]] = ("amount", "principal_balance")

    def measure(self, facts: LoanFacts) -> Measure:
        return Measure(
            facts.principal_balance,
            f"截至{facts.as_of:%Y-%m-%d}未收回本金{money(facts.principal_balance)},不含利息、罚息和费用。",
            {"放款金额": money(facts.amount), "本金余额": money(facts.principal_balance)},
        )


@dataclass(frozen=True, kw_only=True)
class OutstandingDebt(LossRule):
    """The ``components`` owed on the valuation day, less what came in since, and at most ``most_share`` of the loan.

    A day whose debt was not recorded cannot be valued: the debt of the computation day stands for it, and is said to.
    Receipts after the day are set off against all components together, never below zero.
    """

    title: ClassVar[str] = "损失认定"
    reads: ClassVar[tuple[str, ...]] = (
        "amount", "principal_balance", "interest_due", "penalty_due", "cost_due",
        "owed_at_npa", "owed_at_claim", "received_since_npa", "received_since_claim",
    )  # fmt: skip
    components: tuple[Component, ...]
    valued_on: Valuation = Valuation.TODAY
    is_net_of_receipts: bool = True
    most_share: Decimal = Decimal(1)

    def measure(self, facts: LoanFacts) -> Measure:
        shown, found = {"放款金额": money(facts.amount)}, []
        for day in self._days():
            amount, said = self._on(day, facts)
            found.append(amount)
            shown[DAYS[day]] = said
        most = part(facts.amount, self.most_share)
        # What is recognised of principal is bound by the loan; interest and costs grow beyond it.
        bound = self.components == (Component.PRINCIPAL,)
        amount = min([*found, most]) if bound else min(found)
        named = "、".join(COMPONENTS[each] for each in self.components)
        limited = f",以放款金额的上限{money(most)}为限" if bound and amount < min(found) else ""
        return Measure(amount, f"按{DAYS[self.valued_on]}的{named}认定损失{money(amount)}{limited}。", shown)

    def _days(self) -> tuple[Valuation, ...]:
        return (Valuation.NPA, Valuation.CLAIM) if self.valued_on == Valuation.LOWER else (self.valued_on,)

    def _on(self, day: Valuation, facts: LoanFacts) -> tuple[Decimal, str]:
        recorded: Debt | None = {Valuation.NPA: facts.owed_at_npa, Valuation.CLAIM: facts.owed_at_claim}.get(day)
        owed = (recorded or facts.owed).of(self.components)
        if recorded is None:
            return owed, money(owed) + ("" if day == Valuation.TODAY else "(未单独登记,按计算日余额)")
        came = facts.received_since_npa if day == Valuation.NPA else facts.received_since_claim
        if not self.is_net_of_receipts or came <= 0:
            return owed, money(owed)
        net = max(owed - came, ZERO)
        return net, f"{money(owed)}减此后收回{money(came)}"
