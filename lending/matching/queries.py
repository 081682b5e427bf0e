"""Which products fit a need, with every criterion's verdict; what is nearly met; what a product reaches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.utils import timezone

from enterprises.consent import gate
from enterprises.jointmodels import aggregates
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


class Offer(NamedTuple):
    """What of a product version is judged: a thousand of these are read, and whole versions only for the page shown."""

    pk: int
    min_amount: Decimal
    max_amount: Decimal
    min_term_months: int
    max_term_months: int
    min_rate: Decimal
    guarantees: list[str]
    criteria: list[dict[str, object]]


@dataclass(frozen=True)
class Judged:
    """One offer before one need. What is not known about a firm neither makes nor breaks a match."""

    offer: Offer
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
class Match(Judged):
    """The same with the whole product version, to be shown."""

    version: ProductVersion


@dataclass(frozen=True)
class Shelf:
    """All products before one need, parted by how they fit."""

    fitting: tuple[Judged, ...] = ()
    near: tuple[Judged, ...] = ()
    others: tuple[Judged, ...] = ()

    def of(self, fit: str) -> tuple[Judged, ...]:
        """ "" is what fits; "near" what lacks one thing; "other" the rest."""
        return {"near": self.near, "other": self.others}.get(fit, self.fitting)


def sorted_shelf(*, need: Need, at: datetime) -> Shelf:
    found = judged(need=need, at=at)
    return Shelf(
        fitting=tuple(match for match in found if match.is_match),
        near=tuple(match for match in found if match.near_miss),
        others=tuple(match for match in found if len(match.missed) > 1),
    )


class Applied(NamedTuple):
    """An application that was made for a product: its number, and how it stands as code and as word."""

    pk: int
    state: str
    word: str


def applied(need: Need) -> dict[int, Applied]:
    """Product version to the firm's latest application for it."""
    rows = need.applications.order_by("pk")
    return {row.product_version_id: Applied(row.pk, row.state, row.get_state_display()) for row in rows}


def judged(*, need: Need, at: datetime) -> list[Judged]:
    """Every offer on the shelf, best first: fitting before nearly fitting, fewer unknowns, lower rate, more money."""
    judge_one = Judge(
        Wish.of(need), gate.matching_facts(enterprise_id=need.enterprise_id, at=at), timezone.localdate(at)
    )
    shelf = ProductVersion.objects.on_shelf().order_by().values_list(*Offer._fields)
    return sorted((judge_one(Offer(*row)) for row in shelf), key=_rank)


def matches(*, need: Need, at: datetime) -> list[Match]:
    """The same with the whole versions."""
    return with_versions(judged(need=need, at=at))


def with_versions(found: Sequence[Judged]) -> list[Match]:
    """``found`` with their versions, in one query."""
    rows = ProductVersion.objects.select_related("product__institution")
    versions = rows.in_bulk([one.offer.pk for one in found])
    return [Match(one.offer, one.verdicts, one.indicative_amount, versions[one.offer.pk]) for one in found]


def match(
    *,
    need: Need,
    version: ProductVersion,
    amount: Decimal,
    term_months: int,
    at: datetime,
    authorization_id: int | None = None,
) -> Match:
    """One product before ``need``, for the amount and the term that are applied for.

    With ``authorization_id`` it is judged for the eyes of the institution: on what that consent lets it know.
    """
    if authorization_id is None:
        facts = gate.matching_facts(enterprise_id=need.enterprise_id, at=at)
    else:
        facts = gate.consented_facts(authorization_id=authorization_id)
    wish = replace(Wish.of(need), amount=amount, term_months=term_months)
    offer = Offer(*(getattr(version, name) for name in Offer._fields))
    one = Judge(wish, facts, timezone.localdate(at))(offer)
    return Match(one.offer, one.verdicts, one.indicative_amount, version)


class Judge:
    """One firm's wish and facts. Many products ask the same, so each distinct criterion and set of terms is judged once."""

    def __init__(self, wish: Wish, facts: Mapping[str, object], today: date) -> None:
        self._wish, self._facts, self._today = wish, facts, today
        sales = facts.get("sales_12m_amount")
        self._sales = sales if isinstance(sales, Decimal) else None
        self._criteria: dict[str, Verdict] = {}
        self._terms: dict[tuple[object, ...], list[Verdict]] = {}

    def __call__(self, offer: Offer) -> Judged:
        amount = indicative_amount(
            asked=self._wish.amount, lowest=offer.min_amount, highest=offer.max_amount, sales=self._sales
        )
        return Judged(offer, (*self._on_terms(offer), *map(self._on_criterion, offer.criteria)), amount)

    def _on_criterion(self, criterion: dict[str, object]) -> Verdict:
        key = str(criterion)
        if key not in self._criteria:
            (self._criteria[key],) = judge([criterion], self._facts, today=self._today)
        return self._criteria[key]

    def _on_terms(self, offer: Offer) -> list[Verdict]:
        key = (*offer[1:6], *offer.guarantees)
        if key not in self._terms:
            wish = self._wish
            self._terms[key] = judge_terms(
                offer,
                amount=wish.amount,
                term_months=wish.term_months,
                highest_rate=wish.highest_rate,
                guarantees=wish.guarantees,
            )
        return self._terms[key]


def _rank(one: Judged) -> tuple[int, int, Decimal, Decimal, int]:
    amount = one.indicative_amount or Decimal(0)
    return len(one.missed), len(one.unknown), one.offer.min_rate, -amount, one.offer.pk


@dataclass(frozen=True)
class Reach:
    """How many firms a product's criteria let in, by county; a county where fewer than ten fulfil them is absent."""

    counties: tuple[tuple[str, int], ...]

    @property
    def firms(self) -> int:
        return sum(count for _county, count in self.counties)


def reach(*, version: ProductVersion, today: date) -> Reach:
    """The criteria run over cohorts of living firms: what a bank learns of the market before anybody applies."""
    told = aggregates.reach(*compile_sql(version.criteria, today=today))
    return Reach(tuple((regions.name_of(cell.county_code), cell.firms) for cell in told))
