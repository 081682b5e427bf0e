"""Who fills a fund: commitments in yuan, and those that match another's at a ratio (配套)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from portal.money import ZERO, part


@dataclass(frozen=True)
class Contributor:
    """One who pays in: a committed amount, or ``match_ratio`` times what ``matches`` (a code) commits; 1 is 1:1."""

    code: str
    name: str
    committed: Decimal = ZERO
    matches: str = ""
    match_ratio: Decimal = ZERO


def commitments(contributors: Sequence[Contributor]) -> dict[str, Decimal]:
    """What each owes the fund, in yuan. Whoever matches follows one who commits an amount: no chains."""
    fixed = {each.code: each.committed for each in contributors if not each.matches}
    return {
        each.code: part(fixed.get(each.matches, ZERO), each.match_ratio) if each.matches else each.committed
        for each in contributors
    }


def matching_due(contributors: Sequence[Contributor], paid: dict[str, Decimal]) -> dict[str, Decimal]:
    """What each matching contributor still owes on what its counterpart has really paid in; never below 0."""
    return {
        each.code: max(part(paid.get(each.matches, ZERO), each.match_ratio) - paid.get(each.code, ZERO), ZERO)
        for each in contributors
        if each.matches
    }
