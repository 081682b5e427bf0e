"""Payers one after another (waterfall), and layers over the loss rate of a portfolio (excess of loss)."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from lending.compensation.clauses.base import ShareRule, Sharing, bank_takes, money
from lending.compensation.clauses.base import percent as percent_of
from lending.compensation.clauses.facts import EMPTY_POOL, LoanFacts, PoolFacts, Scope, Share, Side, Window
from lending.compensation.clauses.shares import ONE, Bonus, Payer, Tier, by_weight, cohort_of, weight_in
from portal.money import ZERO, part


class Key(StrEnum):
    """By what a table of rates is read."""

    COHORT = "cohort"
    SIZE = "size"
    RATING = "rating"
    MODE = "mode"
    GUARANTEE = "guarantee"
    PURPOSE = "purpose"
    RISK_CLASS = "risk_class"


class Basis(StrEnum):
    """Of what a payer's rate is taken."""

    LOSS = "loss"
    REST = "rest"


class Purse(StrEnum):
    """A sum set aside for the loan, beyond which its payer does not pay."""

    NONE = ""
    MUTUAL = "mutual_deposit"
    INSURED = "insured_amount"


#: Any value of a key, in a table of rates.
ANY = "*"


def key_of(facts: LoanFacts, key: Key) -> str:
    if key == Key.COHORT:
        return cohort_of(facts)
    field = {Key.SIZE: "size_class", Key.RATING: "rating_class"}.get(key, key.value)
    if key == Key.SIZE and facts.firm_kind in {"sole_trader", "cooperative"}:
        field = "firm_kind"
    return str(getattr(facts, field))


@dataclass(frozen=True)
class OrderedPayer:
    """One payer of a waterfall.

    Bears its rate of the loss, or of what is left when its turn comes (``of``). The rate is ``rate``, or read from ``rates``
    by the keys ``by`` (joined with "/", "*" for any), or by the amount from ``tiers``; ``bonuses`` are added up to
    ``ceiling``. At most ``most`` yuan, at most its ``purse``, at most what is left.
    """

    code: str
    name: str
    side: Side
    of: Basis = Basis.LOSS
    rate: Decimal | None = None
    by: tuple[Key, ...] = ()
    rates: dict[str, Decimal] | None = None
    tiers: tuple[Tier, ...] = ()
    is_marginal: bool = False
    bonuses: tuple[Bonus, ...] = ()
    ceiling: Decimal = ONE
    most: Decimal | None = None
    purse: Purse = Purse.NONE

    def share_rate(self, facts: LoanFacts) -> Decimal | None:
        """The rate before any limit in yuan; None where no row fits, and then the payer bears nothing."""
        base = self._base(facts)
        if base is None:
            return None
        earned = sum((bonus.rate for bonus in self.bonuses if bonus.mark in facts.marks), ZERO)
        return min(base + earned, self.ceiling)

    def _base(self, facts: LoanFacts) -> Decimal | None:
        if self.tiers:
            weight = weight_in(self.tiers, facts.amount, is_marginal=self.is_marginal)
            return None if weight is None or facts.amount <= 0 else weight / facts.amount
        if self.rates is None:
            return self.rate
        exact = [key_of(facts, key) for key in self.by]
        for masked in range(1 << len(exact)):
            row = "/".join(ANY if masked >> i & 1 else value for i, value in enumerate(exact))
            if row in self.rates:
                return self.rates[row]
        return None


@dataclass(frozen=True, kw_only=True)
class ShareInOrder(ShareRule):
    """Payers one after another: each bears its part, the bank whatever is left.

    Such as: mutual deposit first, then the insurer, then the fund, then the bank.
    """

    title: ClassVar[str] = "分担顺序"
    reads: ClassVar[tuple[str, ...]] = (
        "amount", "marks", "is_first_loan", "guarantee", "mode", "rating_class", "size_class",
        "mutual_deposit", "insured_amount",
    )  # fmt: skip
    payers: tuple[OrderedPayer, ...]

    def __post_init__(self) -> None:
        if not self.payers:
            raise ValueError("no payer")
        if any(payer.rate is None and not payer.rates and not payer.tiers for payer in self.payers):
            raise ValueError("a payer without a rate")

    def share(self, loss: Decimal, facts: LoanFacts, pool: PoolFacts = EMPTY_POOL) -> Sharing:
        left, shares, said = loss, [], []
        for payer in self.payers:
            amount, words = self._part(payer, loss, left, facts)
            shares.append(Share(payer.code, payer.name, payer.side.value, amount))
            said.append(words)
            left -= amount
        return Sharing(bank_takes(shares, loss), ";".join([*said, "其余由银行承担"]) + "。")

    @staticmethod
    def _part(payer: OrderedPayer, loss: Decimal, left: Decimal, facts: LoanFacts) -> tuple[Decimal, str]:
        rate = payer.share_rate(facts)
        if rate is None:
            return ZERO, f"{payer.name}没有适用的比例,不承担"
        of_rest = payer.of == Basis.REST
        limits = [part(left if of_rest else loss, rate), left]
        words = f"{payer.name}承担{'余下损失' if of_rest else '损失'}的{percent_of(rate)}"
        if payer.most is not None:
            limits.append(payer.most)
            words += f",最高{money(payer.most)}"
        if payer.purse:
            purse: Decimal = getattr(facts, payer.purse.value)
            limits.append(purse)
            words += f",以{money(purse)}为限"
        return max(min(limits), ZERO), words


@dataclass(frozen=True)
class Layer:
    """Between two loss rates of the portfolio, these payers bear the loss by weight."""

    attach: Decimal
    exhaust: Decimal
    payers: tuple[Payer, ...]


@dataclass(frozen=True, kw_only=True)
class ShareByLayers(ShareRule):
    """Layers over the loss rate of a portfolio: this loss falls where the losses before it have filled up to.

    The portfolio is a scope in a window (a bank's year, as a rule); ``Tally.loss`` holds the losses before this one. What no
    layer holds is the bank's.
    """

    title: ClassVar[str] = "分层分担"
    scope: Scope = Scope.BANK
    window: Window = Window.YEAR
    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        if not self.layers or any(layer.exhaust <= layer.attach for layer in self.layers):
            raise ValueError("a layer ends above its beginning")

    def needs(self) -> frozenset[tuple[Scope, Window]]:
        return frozenset({(self.scope, self.window)})

    def share(self, loss: Decimal, facts: LoanFacts, pool: PoolFacts = EMPTY_POOL) -> Sharing:
        tally = pool.tally(self.scope, self.window)
        parts: dict[str, Share] = {}
        said, left = [], loss
        for layer in sorted(self.layers, key=lambda each: each.attach):
            amount = min(_within(layer, tally.loss, loss, tally.registered), left)
            left -= amount
            if amount:
                said.append(f"{percent_of(layer.attach)}至{percent_of(layer.exhaust)}层{money(amount)}")
            for share in by_weight(amount, layer.payers):
                before = parts[share.code].amount if share.code in parts else ZERO
                parts[share.code] = Share(share.code, share.name, share.side, before + share.amount)
        shown = {"组合本金": money(tally.registered), "此前损失": money(tally.loss)}
        words = f"组合本金{money(tally.registered)},此前损失{money(tally.loss)},本笔落入:{'、'.join(said) or '无'}。"
        return Sharing(bank_takes(list(parts.values()), loss), words, shown)


def _within(layer: Layer, before: Decimal, loss: Decimal, registered: Decimal) -> Decimal:
    """How much of the loss lies in the layer, to the fen."""
    low, high = part(registered, layer.attach), part(registered, layer.exhaust)
    return max(min(before + loss, high) - max(before, low), ZERO)
