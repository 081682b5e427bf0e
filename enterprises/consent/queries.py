"""Authorizations and looks, read."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from enterprises.consent import clauses, rules
from enterprises.consent.models import (
    AccessRecord,
    Authorization,
    DeletionDuty,
    DisputedRecord,
    FairUse,
    LifeUnit,
    Mode,
)
from enterprises.consent.models.authorizations import frequency_in_words, life_in_words
from enterprises.consent.states import AuthorizationState, DutyState
from enterprises.credit import queries as credit
from enterprises.models import Member


def live(at: datetime) -> Q:
    """The condition of an authorization that may be used at ``at``."""
    return Q(state=AuthorizationState.GRANTED, starts_at__lte=at, ends_at__gt=at)


def disputed_records(enterprise_id: int) -> frozenset[tuple[str, int]]:
    marks = DisputedRecord.objects.filter(enterprise_id=enterprise_id, lifted_at=None)
    return frozenset(marks.values_list("item_code", "record_id"))


def readers_of(*, enterprise_id: int, item_code: str) -> set[int]:
    """The institutions that have been shown this item of this firm."""
    looks = AccessRecord.objects.filter(enterprise_id=enterprise_id, is_allowed=True, item_codes__contains=[item_code])
    return {pk for pk in looks.values_list("institution_id", flat=True).distinct().order_by() if pk is not None}


def fair_use() -> list[clauses.FairUseRow]:
    """The bounds in force, as plain rows."""
    names = [field.name for field in dataclass_fields(clauses.Bounds)]
    keys = ("institution_id", "purpose__code", "item_code", "fetch_kind")
    return [
        clauses.FairUseRow(
            bounds=clauses.Bounds(**{name: row[name] for name in names}),
            institution_id=row["institution_id"],
            purpose_code=row["purpose__code"] or clauses.ANY,
            item_code=row["item_code"],
            fetch_kind=row["fetch_kind"],
        )
        for row in FairUse.objects.values(*names, *keys).order_by("pk")
    ]


def bounds(*, institution_id: int, purpose_code: str, fetch_kind: str, item_codes: Collection[str]) -> clauses.Bounds:
    """What a consent over these items may ask for at most: of several items the tightest."""
    rows = fair_use()
    key = {"institution_id": institution_id, "purpose_code": purpose_code, "fetch_kind": fetch_kind}
    return clauses.tightest(clauses.bounds_for(rows, **key, item_code=code) for code in item_codes or [clauses.ANY])


def earlier_bounds(row: FairUse) -> list[Any]:
    """The rows of history of one row of bounds, newest first."""
    events: Any = FairUse.pgh_event_model.objects  # type: ignore[attr-defined] # made by pghistory
    return list(events.filter(pgh_obj_id=row.pk).order_by("-pgh_id")[:20]) if row.pk else []


def bounds_in_words(row: Any) -> str:
    """A row of bounds, or of its history, in one line."""
    said = [
        _now("最长 %(days)s 天") % {"days": row.max_days} if row.max_days else "",
        frequency_in_words(row.max_uses, row.uses_unit) if row.max_uses else "",
        _now("跨度 %(months)s 个月") % {"months": row.max_data_months} if row.max_data_months else "",
        _now("留存 %(life)s") % {"life": life_in_words(row.max_data_life, row.data_life_unit)}
        if row.max_data_life
        else "",
        str(Mode(row.max_mode).label) if row.max_mode else "",
    ]
    day = timezone.localtime(row.pgh_created_at).strftime("%Y-%m-%d %H:%M")
    return f"{day}：" + "，".join(part for part in said if part)


def longest_life(
    institution_id: int, purpose_code: str, fetch_kind: str, item_codes: Collection[str]
) -> tuple[int, str]:
    """The data life where nobody names a shorter one."""
    found = bounds(
        institution_id=institution_id, purpose_code=purpose_code, fetch_kind=fetch_kind, item_codes=item_codes
    )
    return found.max_data_life or 0, found.data_life_unit or LifeUnit.DAY.value


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


def item_names(codes: Collection[str] | None = None) -> dict[str, str]:
    return {code: schema.name for code, schema in credit.schemas(codes).items()}


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
    "over_frequency": _("超过约定次数"),
    "not_permitted": _("岗位无权查询"),
    "not_covered": _("授权没有覆盖"),
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
    "question": _("核验提问"),
}


@dataclass(frozen=True)
class Look:
    """One access record in words."""

    record: AccessRecord
    items: tuple[str, ...]

    @property
    def door(self) -> str:
        """By which way, and for a machine which client."""
        way = str(DOORS.get(self.record.door, self.record.door))
        return f"{way}（{self.record.client}）" if self.record.client else way

    @property
    def is_by_others(self) -> bool:
        """Whether it may be objected to: not the firm's look at itself."""
        return self.record.institution_id is not None or bool(self.record.reason)

    @property
    def refused_for(self) -> str:
        code = self.record.refusal_code
        return str(REFUSED_FOR.get(code, code))

    @property
    def is_raw(self) -> bool:
        """Whether records themselves were opened, rather than only outcomes or sums."""
        return self.record.mode == Mode.DETAIL


@dataclass(frozen=True)
class Wanted:
    """Which looks to list; whatever is empty narrows nothing."""

    who: str = ""
    how: str = ""
    institution: str = ""
    purpose: str = ""
    item: str = ""
    shown: str = ""
    first: date | None = None
    last: date | None = None


def looks(enterprise_id: int, wanted: Wanted | None = None) -> QuerySet[AccessRecord]:
    """The looks at one firm, newest first."""
    asked = wanted or Wanted()
    rows = _by_whom(AccessRecord.objects.filter(enterprise_id=enterprise_id), enterprise_id, asked.who)
    if asked.how:
        rows = rows.filter(is_allowed=asked.how == "allowed")
    if asked.institution:
        rows = rows.filter(institution_name=asked.institution)
    if asked.purpose:
        rows = rows.filter(purpose=asked.purpose)
    if asked.item:
        rows = rows.filter(item_codes__contains=[asked.item])
    if asked.shown:
        raw = Q(mode=Mode.DETAIL)
        rows = rows.filter(raw if asked.shown == "raw" else ~raw, is_allowed=True)
    if asked.first:
        rows = rows.filter(at__gte=_midnight(asked.first))
    if asked.last:
        rows = rows.filter(at__lt=_midnight(asked.last + timedelta(days=1)))
    return rows.order_by("-id")


def _by_whom(rows: QuerySet[AccessRecord], enterprise_id: int, who: str) -> QuerySet[AccessRecord]:
    if who == "institution":
        return rows.exclude(institution_id=None)
    if who == "others":
        return rows.exclude(institution_id=None, reason="", actor_id__in=_members(enterprise_id))
    if not who:
        return rows
    own, rows = _members(enterprise_id), rows.filter(institution_id=None)
    return rows.filter(actor_id__in=own) if who == "own" else rows.exclude(actor_id__in=own)


def look_by_others(enterprise_id: int, record_id: int) -> Look | None:
    """One look at the firm's file by somebody else, if there is one of that number."""
    return next(iter(in_words(looks(enterprise_id, Wanted(who="others")).filter(pk=record_id))), None)


def lookers(enterprise_id: int) -> tuple[list[str], list[str]]:
    """Who has looked and what for, to choose from."""
    rows = AccessRecord.objects.filter(enterprise_id=enterprise_id).order_by()
    names = rows.values_list("institution_name", flat=True).distinct()
    purposes = rows.values_list("purpose", flat=True).distinct()
    return sorted(filter(None, names)), sorted(filter(None, purposes))


def _members(enterprise_id: int) -> QuerySet[Member, Any]:
    return Member.objects.filter(enterprise_id=enterprise_id).values("user_id")


def in_words(records: Iterable[AccessRecord]) -> list[Look]:
    names = {code: schema.name for code, schema in credit.schemas().items()}
    return [Look(record, tuple(names.get(code, code) for code in record.item_codes)) for record in records]


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


# --- Duties -------------------------------------------------------------------------------------------------------------


def duties(rows: QuerySet[DeletionDuty], *, is_done: bool = False) -> QuerySet[DeletionDuty]:
    """Duties still open, or those done."""
    found = rows.select_related("enterprise", "authorization__purpose", "acknowledged_by", "deleted_by")
    return found.filter(state=DutyState.DELETED) if is_done else found.exclude(state=DutyState.DELETED)


def overdue(rows: QuerySet[DeletionDuty], *, day: date) -> QuerySet[DeletionDuty]:
    """Duties whose next step is late on ``day``."""
    late = Q(state=DutyState.PENDING, acknowledge_due_on__lt=day)
    return rows.filter(late | Q(state__in=[DutyState.PENDING, DutyState.ACKNOWLEDGED], delete_due_on__lt=day))
