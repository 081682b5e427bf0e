"""What the scheme desk shows: what is wrong with a draft, who fills a fund, what its year allows."""

from dataclasses import dataclass
from decimal import Decimal

from lending.compensation import sharing
from lending.compensation.clauses.eligibility import Leverage
from lending.compensation.clauses.reading import read
from lending.compensation.models import Fund, FundContributor, Scheme
from lending.compensation.sharing import Finding, OtherScheme
from lending.compensation.sharing.funds import Contributor, commitments
from portal.money import ZERO


@dataclass(frozen=True)
class Commitment:
    """What one contributor undertook, in yuan."""

    contributor: FundContributor
    amount: Decimal


@dataclass(frozen=True)
class LendingRoom:
    """Between which sums a scheme's leverage lets banks lend on what is committed."""

    scheme: Scheme
    least: Decimal
    most: Decimal


def findings(scheme: Scheme) -> list[Finding]:
    """Gaps and contradictions of a scheme, beside those now adopted."""
    return sharing.check(
        read(scheme.clauses),
        code=scheme.code,
        valid_from=scheme.in_force_from,
        valid_until=scheme.in_force_until,
        others=other_schemes(besides=scheme.code),
    )


def other_schemes(*, besides: str) -> list[OtherScheme]:
    """The newest adopted version of every other scheme."""
    newest = {
        scheme.code: scheme for scheme in Scheme.objects.adopted().exclude(code=besides).order_by("code", "version")
    }
    return [OtherScheme(scheme.code, scheme.name, tuple(read(scheme.clauses))) for scheme in newest.values()]


def committed(fund: Fund) -> list[Commitment]:
    rows = list(fund.contributors.select_related("matches").order_by("pk"))
    amounts = commitments(
        [
            Contributor(
                row.code,
                row.name,
                row.committed_amount or ZERO,
                row.matches.code if row.matches else "",
                row.match_ratio or ZERO,
            )
            for row in rows
        ]
    )
    return [Commitment(row, amounts[row.code]) for row in rows]


def lending_rooms(fund: Fund) -> list[LendingRoom]:
    """What the adopted schemes of the fund let banks lend, by their leverage on all that is committed."""
    total = sum((each.amount for each in committed(fund)), ZERO)
    rooms = []
    for scheme in fund.schemes.adopted().order_by("code", "version") if total else ():
        rule = sharing.maybe(read(scheme.clauses), Leverage)
        if rule:
            rooms.append(LendingRoom(scheme, *rule.room(total)))
    return rooms
