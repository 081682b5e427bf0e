"""Authorizations and looks, read."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from enterprises.consent import rules
from enterprises.consent.models import AccessRecord, Authorization, DisputedRecord, Mode
from enterprises.consent.states import AuthorizationState
from enterprises.credit import queries as credit
from enterprises.models import Member


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


#: What a look was refused for, in a few words.
REFUSED_FOR = {
    "wrong_institution": _("授权不是给该机构的"),
    "requested": _("尚未授权"),
    "declined": _("未同意授权"),
    "paused": _("授权已暂停"),
    "revoked": _("授权已撤回"),
    "expired": _("授权已到期"),
    "used_up": _("次数已用完"),
    "not_started": _("尚未生效"),
    "over_frequency": _("超过每月次数"),
    "not_permitted": _("岗位无权查询"),
    "reason_missing": _("未写明事由"),
}
#: Through which door a look came.
DOORS = {
    "page": _("页面"),
    "pdf": _("PDF 报告"),
    "export": _("导出"),
    "api": _("接口"),
    "admin": _("政府工作台"),
    "model": _("模型"),
}


@dataclass(frozen=True)
class Look:
    """One access record in words."""

    record: AccessRecord
    items: tuple[str, ...]

    @property
    def door(self) -> str:
        return str(DOORS.get(self.record.door, self.record.door))

    @property
    def refused_for(self) -> str:
        code = self.record.refusal_code
        return str(REFUSED_FOR.get(code, code))

    @property
    def is_raw(self) -> bool:
        """Whether records themselves were opened, rather than only outcomes or sums."""
        return self.record.mode == Mode.DETAIL


def looks(
    enterprise_id: int, *, who: str = "", how: str = "", first: date | None = None, last: date | None = None
) -> QuerySet[AccessRecord]:
    """The looks at one firm, newest first."""
    rows = AccessRecord.objects.filter(enterprise_id=enterprise_id)
    if who == "institution":
        rows = rows.exclude(institution_id=None)
    elif who == "others":
        rows = rows.exclude(institution_id=None, reason="", actor_id__in=_members(enterprise_id))
    elif who:
        own = _members(enterprise_id)
        rows = rows.filter(institution_id=None)
        rows = rows.filter(actor_id__in=own) if who == "own" else rows.exclude(actor_id__in=own)
    if how:
        rows = rows.filter(is_allowed=how == "allowed")
    if first:
        rows = rows.filter(at__gte=_midnight(first))
    if last:
        rows = rows.filter(at__lt=_midnight(last + timedelta(days=1)))
    return rows.order_by("-id")


def _members(enterprise_id: int) -> QuerySet[Member, Any]:
    return Member.objects.filter(enterprise_id=enterprise_id).values("user_id")


def in_words(records: Iterable[AccessRecord]) -> list[Look]:
    names = {code: schema.name for code, schema in credit.schemas().items()}
    return [Look(record, tuple(names.get(code, code) for code in record.item_codes)) for record in records]


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
