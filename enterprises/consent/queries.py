"""Authorizations and looks, read."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from enterprises.consent import rules
from enterprises.consent.models import AccessRecord, Authorization, DisputedRecord, Mode
from enterprises.consent.states import AuthorizationState
from enterprises.credit import queries as credit


def live(at: datetime) -> Q:
    """The condition of an authorization that may be used at ``at``."""
    return Q(state=AuthorizationState.GRANTED, starts_at__lte=at, ends_at__gt=at)


def month_of(at: datetime) -> tuple[datetime, datetime]:
    """The calendar month around ``at`` by the station's clock: frequency counts calendar months, not thirty days."""
    first = timezone.localtime(at).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    return first, following


def looks_in_month(authorization_id: int, at: datetime) -> int:
    first, following = month_of(at)
    looks = AccessRecord.objects.filter(authorization_id=authorization_id, is_allowed=True)
    return looks.filter(at__gte=first, at__lt=following).count()


def disputed_records(enterprise_id: int) -> frozenset[tuple[str, int]]:
    marks = DisputedRecord.objects.filter(enterprise_id=enterprise_id, lifted_at=None)
    return frozenset(marks.values_list("item_code", "record_id"))


def readers_of(*, enterprise_id: int, item_code: str) -> set[int]:
    """The institutions that have been shown this item of this firm."""
    looks = AccessRecord.objects.filter(enterprise_id=enterprise_id, is_allowed=True, item_codes__contains=[item_code])
    return {pk for pk in looks.values_list("institution_id", flat=True).distinct().order_by() if pk is not None}


@dataclass(frozen=True)
class AskedItem:
    """One item of a consent as the firm sees it before signing: what it is called and exactly what will be visible."""

    code: str
    name: str
    category: str
    department: str
    mode: str
    shown: tuple[str, ...]
    hidden: tuple[str, ...]
    #: Has fields that need the firm's consent: ticked one by one, never bundled.
    is_sensitive: bool

    @property
    def mode_name(self) -> str:
        return str(Mode(self.mode).label)


def preview(items: dict[str, str]) -> list[AskedItem]:
    """What each item would show in its mode, in the catalogue's order."""
    found = []
    for code, schema in credit.schemas(list(items)).items():
        mode = items[code]
        shown = tuple(f.label for f in schema.fields if mode == "detail" and rules.is_shown(f.level, mode))
        hidden = tuple(f.label for f in schema.fields if f.label not in shown)
        is_sensitive = any(f.level == "authorized" for f in schema.fields)
        found.append(
            AskedItem(code, schema.name, schema.category, schema.department, mode, shown, hidden, is_sensitive)
        )
    return found


def item_names(codes: Collection[str]) -> dict[str, str]:
    return {code: schema.name for code, schema in credit.schemas(list(codes)).items()}


def asked_items(authorization: Authorization) -> list[AskedItem]:
    return preview({item.item_code: item.mode for item in authorization.items.all()})
