"""Reads of the shelf, and a version's terms in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from institutions.products import criteria
from institutions.products.models import (
    AskableItem,
    AskedMode,
    Product,
    ProductVersion,
    Zone,
)
from portal import figures, regions
from portal.doors import is_key

#: The ways to sort the shelf: column, and whether the largest comes first. The key breaks ties, newest first.
SORTS = {
    "rate": ("min_rate", False),
    "amount": ("max_amount", True),
    "term": ("max_term_months", True),
    "new": ("pk", True),
}
COMPARED = 3


@dataclass(frozen=True)
class Wish:
    """What somebody looks for on the shelf; whatever is left out does not narrow it."""

    amount: Decimal | None = None
    term_months: int | None = None
    highest_rate: Decimal | None = None
    guarantee: str = ""
    region: str = ""
    industry: str = ""
    zone: str = ""
    scene: str = ""
    institution_id: int | None = None


def shelf(wish: Wish) -> QuerySet[ProductVersion]:
    """The listed versions of admitted institutions that suit ``wish``."""
    rows = ProductVersion.objects.on_shelf()
    if wish.amount is not None:
        rows = rows.filter(min_amount__lte=wish.amount, max_amount__gte=wish.amount)
    if wish.term_months is not None:
        rows = rows.filter(min_term_months__lte=wish.term_months, max_term_months__gte=wish.term_months)
    if wish.highest_rate is not None:
        rows = rows.filter(min_rate__lte=wish.highest_rate)
    if wish.guarantee:
        rows = rows.filter(guarantees__contains=[wish.guarantee])
    if wish.region:
        rows = rows.filter(_open_to("region", _regions_of_interest(wish.region)))
    if wish.industry:
        rows = rows.filter(_open_to("industry", [wish.industry]))
        rows = rows.exclude(criteria__contains=[{"kind": "industry_excluded", "value": [wish.industry]}])
    if wish.zone:
        rows = rows.filter(zone=wish.zone)
    if wish.scene:
        rows = rows.filter(scene=wish.scene)
    return rows.filter(product__institution=wish.institution_id) if wish.institution_id else rows


def _open_to(kind: str, codes: list[str]) -> Q:
    """Versions without a criterion of this kind, or whose criterion names one of ``codes``."""
    condition = ~Q(criteria__contains=[{"kind": kind}])
    for code in codes:
        condition |= Q(criteria__contains=[{"kind": kind, "value": [code]}])
    return condition


def _regions_of_interest(code: str) -> list[str]:
    """The region itself, what contains it, and what lies in it: a city's seeker also sees its counties' products."""
    around = [code, regions.PROVINCE, regions.city_of(code)]
    return list(dict.fromkeys([*around, *(c.code for c in regions.COUNTIES if c.parent == code)]))


def shelf_page(
    rows: QuerySet[ProductVersion], *, sort: str, after: str, size: int = 12
) -> tuple[list[ProductVersion], str]:
    """One page of ``rows`` by key, and the key of the next page ('' at the end). An ``after`` nobody gave out starts anew."""
    column, is_descending = SORTS.get(sort, SORTS["rate"])
    value, _separator, key = after.rpartition("~")
    if is_key(key) and (column == "pk" or is_key(value.replace(".", "", 1))):
        beyond = {f"{column}__lt" if is_descending else f"{column}__gt": value or key}
        rows = (
            rows.filter(pk__lt=key) if column == "pk" else rows.filter(Q(**beyond) | Q(**{column: value}, pk__lt=key))
        )
    found = list(rows.order_by(f"-{column}" if is_descending else column, "-pk")[: size + 1])
    if len(found) <= size:
        return found, ""
    last = found[size - 1]
    return found[:size], f"{getattr(last, column)}~{last.pk}"


def zone_counts() -> list[tuple[str, str, int]]:
    """Code, name and number of products on the shelf of each zone that has any."""
    counted = dict(ProductVersion.objects.on_shelf().order_by().values_list("zone").annotate(Count("pk")))
    return [(zone.value, str(zone.label), counted[zone]) for zone in Zone if counted.get(zone)]


def products_of(institution_id: int) -> QuerySet[Product]:
    """The products of an institution with all of their versions, newest first."""
    return Product.objects.filter(institution=institution_id).prefetch_related("versions")


def former(version: ProductVersion) -> ProductVersion | None:
    """The version before this one."""
    return (
        ProductVersion.objects.filter(product=version.product_id, number__lt=version.number).order_by("-number").first()
    )


def item_names() -> dict[str, str]:
    return dict(AskableItem.objects.values_list("code", "name"))


def in_words(version: ProductVersion, names: Mapping[str, str]) -> dict[str, str]:
    """The terms of a version as label and text, in the order people read them. ``names`` are those of the items asked for."""
    said = {
        _("一句话介绍"): version.summary,
        _("额度"): f"{_wan(version.min_amount)} – {_wan(version.max_amount)}",
        _("期限"): _("%(low)s – %(high)s 个月") % {"low": version.min_term_months, "high": version.max_term_months},
        _("年利率"): f"{figures.percent(version.min_rate)} – {figures.percent(version.max_rate)}",
        _("担保方式"): version.guarantee_labels,
        _("还款方式"): version.repayment_labels,
        _("专区"): str(version.get_zone_display() or _("不属于专区")),
        _("场景"): str(version.get_scene_display()),
    }
    said |= dict(criteria.requirements(version.criteria))
    said[_("所需信用信息")] = "、".join(asked_items(version, names)) or _("不需要")
    return said | {_("产品说明"): version.description, _("所需材料"): version.materials}


def asked_items(version: ProductVersion, names: Mapping[str, str]) -> list[str]:
    """What the bank asks to see and how much of it: "纳税信用级别信息（明细）"."""
    return [f"{names.get(code, code)}（{AskedMode(mode).label}）" for code, mode in version.asked_items.items()]


@dataclass(frozen=True)
class Change:
    label: str
    before: str
    after: str


def changes(before: ProductVersion, after: ProductVersion, names: Mapping[str, str]) -> list[Change]:
    """What differs between two versions, in words."""
    old, new = in_words(before, names), in_words(after, names)
    labels = dict.fromkeys([*new, *old])
    pairs = [Change(label, old.get(label, ""), new.get(label, "")) for label in labels]
    return [change for change in pairs if change.before != change.after]


def _wan(amount: Decimal) -> str:
    said = figures.money(amount)
    return f"{said.figure} {said.unit}"
