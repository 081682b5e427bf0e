"""What came back: costs off, set against the debt in order, shared as the loss was borne; late interest; buying back on cure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lending.compensation.clauses.base import Clause, RecoveryRule
from lending.compensation.clauses.facts import Component, Debt, Share, Side
from lending.compensation.clauses.losses import OutstandingDebt
from lending.compensation.clauses.recoveries import RecoveryByPaidRatio
from lending.compensation.sharing.claims import the
from portal.money import ZERO, split


@dataclass(frozen=True)
class Applied:
    """What a recovery was set against, in yuan. ``shared`` goes to the payers of the loss, ``kept`` to the bank alone."""

    gross: Decimal
    costs: Decimal
    #: Costs above what the scheme lets off: the bank bears them.
    costs_refused: Decimal
    against: Debt
    shared: Decimal
    kept: Decimal

    @property
    def net(self) -> Decimal:
        return self.gross - self.costs


def apply_recovery(
    clauses: Sequence[Clause], *, gross: Decimal, costs: Decimal, owed: Debt, missing: Decimal
) -> Applied:
    """Set ``gross`` against costs, then against ``owed`` in the order of the scheme.

    ``missing`` is what of the loss has not come back to its payers. What falls on the components of the loss is shared, up to
    ``missing``; the rest (interest the scheme does not compensate, a surplus) is the bank's.
    """
    rule = the(clauses, RecoveryRule)  # type: ignore[type-abstract] # looked up by kind, never made
    off = min(rule.deductible(gross, costs), gross)
    left, against = gross - off, {}
    for component in rule.order if isinstance(rule, RecoveryByPaidRatio) else tuple(Component):
        taken = min(left, owed.of((component,)))
        against[component.value] = taken
        left -= taken
    set_off = Debt(**against)
    shared = min(set_off.of(loss_components(clauses)), missing)
    return Applied(gross, off, costs - off, set_off, shared, gross - off - shared)


def loss_components(clauses: Sequence[Clause]) -> tuple[Component, ...]:
    """What the scheme compensates: principal, unless its loss rule names more."""
    named = [clause.components for clause in clauses if isinstance(clause, OutstandingDebt)]
    return named[0] if named else (Component.PRINCIPAL,)


def share_recovery(net: Decimal, borne: Sequence[Share], returned: Sequence[Share] = ()) -> list[Share]:
    """Share ``net`` as the loss was borne. The weights are what each payer still misses, so that no rounding is carried
    on: nobody ever gets back more than was borne, and the last recovery settles everybody to the fen."""
    missing = still_missing(borne, returned)
    parts = split(net, [share.amount for share in missing])
    return [Share(share.code, share.name, share.side, part) for share, part in zip(borne, parts, strict=True)]


def still_missing(borne: Sequence[Share], returned: Sequence[Share] = ()) -> list[Share]:
    """What each payer has not got back."""
    got: dict[str, Decimal] = {}
    for share in returned:
        got[share.code] = got.get(share.code, ZERO) + share.amount
    return [Share(each.code, each.name, each.side, each.amount - got.get(each.code, ZERO)) for each in borne]


def repurchase(borne: Sequence[Share], returned: Sequence[Share] = ()) -> list[Share]:
    """What the bank pays back to everybody else when the borrower is cured: all that they still miss."""
    return [share for share in still_missing(borne, returned) if share.side != Side.BANK and share.amount > 0]


def remit_by(clauses: Sequence[Clause], recovered_on: date) -> date:
    rule = the(clauses, RecoveryRule)  # type: ignore[type-abstract] # looked up by kind, never made
    return rule.remit_by(recovered_on)


def late_interest(clauses: Sequence[Clause], amount: Decimal, *, due_on: date, paid_on: date) -> Decimal:
    """What a remittance of ``amount`` costs that came after its day, for each calendar day late; 0 in time."""
    rule = the(clauses, RecoveryRule)  # type: ignore[type-abstract] # looked up by kind, never made
    return rule.late_interest(amount, due_on=due_on, paid_on=paid_on)
