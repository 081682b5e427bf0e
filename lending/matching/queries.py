"""Which products fit a need, with every criterion's verdict; what is nearly met; what a product reaches."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

from enterprises.consent import aggregates, gate
from institutions.products.criteria import Verdict, compile_sql, judge, judge_terms
from institutions.products.models import ProductVersion
from lending.matching.rules import indicative_amount
from lending.needs.models import Need
from portal import regions


@dataclass(frozen=True)
class Wish:
    """What is asked of a product."""

    amount: Decimal
    term_months: int
    highest_rate: Decimal | None
    guarantees: tuple[str, ...]

    @classmethod
    def of(cls, need: Need) -> "Wish":
        return cls(need.amount, need.term_months, need.highest_rate, tuple(need.guarantees))


@dataclass(frozen=True)
class Match:
    """One product before one need. What is not known about a firm neither makes nor breaks a match."""

    version: ProductVersion
    verdicts: tuple[Verdict, ...]
    indicative_amount: Decimal | None

    @property
    def missed(self) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if verdict.is_met is False]

    @property
    def unknown(self) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if verdict.is_met is None]

    @property
    def is_match(self) -> bool:
        return not self.missed

    @property
    def met(self) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if verdict.is_met]

    @property
    def near_miss(self) -> Verdict | None:
        """The one thing lacking, where it is only one (只差一项)."""
        missed = self.missed
        return missed[0] if len(missed) == 1 else None


@dataclass(frozen=True)
class Shelf:
    """All products before one need, parted by how they fit."""

    fitting: tuple[Match, ...] = ()
    near: tuple[Match, ...] = ()
    others: tuple[Match, ...] = ()

    def of(self, fit: str) -> tuple[Match, ...]:
        """ "" is what fits; "near" what lacks one thing; "other" the rest."""
        return {"near": self.near, "other": self.others}.get(fit, self.fitting)


def sorted_shelf(*, need: Need, at: datetime) -> Shelf:
    found = matches(need=need, at=at)
    return Shelf(
        fitting=tuple(match for match in found if match.is_match),
        near=tuple(match for match in found if match.near_miss),
        others=tuple(match for match in found if len(match.missed) > 1),
    )


def applied_states(need: Need) -> dict[int, str]:
    """Product version to the word for how the firm's latest application for it stands."""
    rows = need.applications.order_by("pk")
    return {row.product_version_id: row.get_state_display() for row in rows}


def matches(*, need: Need, at: datetime) -> list[Match]:
    """Every product on the shelf, best first: fitting before nearly fitting, fewer unknowns, lower rate, more money."""
    wish = Wish.of(need)
    facts = gate.matching_facts(enterprise_id=need.enterprise_id, at=at)
    today = timezone.localdate(at)
    return sorted((_match(version, wish, facts, today) for version in ProductVersion.objects.on_shelf()), key=_rank)


def match(*, need: Need, version: ProductVersion, amount: Decimal, term_months: int, at: datetime) -> Match:
    """One product before ``need``, for the amount and the term that are applied for."""
    facts = gate.matching_facts(enterprise_id=need.enterprise_id, at=at)
    wish = replace(Wish.of(need), amount=amount, term_months=term_months)
    return _match(version, wish, facts, timezone.localdate(at))


def _match(version: ProductVersion, wish: Wish, facts: Mapping[str, object], today: date) -> Match:
    terms = judge_terms(
        version,
        amount=wish.amount,
        term_months=wish.term_months,
        highest_rate=wish.highest_rate,
        guarantees=wish.guarantees,
    )
    sales = facts.get("sales_12m_amount")
    amount = indicative_amount(
        asked=wish.amount,
        lowest=version.min_amount,
        highest=version.max_amount,
        sales=sales if isinstance(sales, Decimal) else None,
    )
    return Match(version, (*terms, *judge(version.criteria, facts, today=today)), amount)


def _rank(match: Match) -> tuple[int, int, Decimal, Decimal, int]:
    amount = match.indicative_amount or Decimal(0)
    return len(match.missed), len(match.unknown), match.version.min_rate, -amount, match.version.pk


@dataclass(frozen=True)
class Reach:
    """How many firms a product's criteria let in, by county; None where a county has too few to tell."""

    counties: tuple[tuple[str, int | None], ...]

    @property
    def firms(self) -> int:
        """The sum of what is told."""
        return sum(count or 0 for _county, count in self.counties)


def reach(*, version: ProductVersion, today: date) -> Reach:
    """The criteria run over every living firm: what a bank learns of the market before anybody applies."""
    told = aggregates.reach(*compile_sql(version.criteria, today=today))
    return Reach(tuple((regions.name_of(cell.county_code), cell.firms) for cell in told))
