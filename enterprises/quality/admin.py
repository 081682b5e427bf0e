"""The quality board, the alarms, and the desk where conflicts between sources are settled."""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from enterprises.credit import actions as credit
from enterprises.credit.models import Conflict, Item
from enterprises.credit.states import CONFLICT_MOVES, ConflictState
from enterprises.quality import queries
from enterprises.quality.forms import DayForm, SettleForm
from enterprises.quality.models import Alarm, Measure
from portal import charts, regions
from portal.accounts.roles import Permission
from portal.admin_desk import DeskAdmin, DeskPage, person


@admin.register(Measure)
class MeasureAdmin(DeskPage):
    """One page for a day, one for an item on that day; below them lie the batches, their refused lines, the conflicts."""

    view_permission = Permission.BATCH_DELIVER

    def get_urls(self) -> list[URLPattern]:
        door = self.admin_site.admin_view(require_GET(self.item))
        return [path("item/<str:code>/", door, name="quality_item"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The board of one day; without a choice, the newest."""
        if not self.has_view_permission(request):
            raise Http404
        user, on = person(request), self._day(request)
        lines = queries.board(user, on=on) if on else []
        context = {
            "on": on,
            "form": DayForm(initial={"on": on}),
            "area": regions.name_of(queries.area_of(user)),
            "lines": lines,
            "totals": queries.totals(lines),
            "alarms": Alarm.objects.visible_to(user).ringing().select_related("item", "source")[:10],
        }
        if lines and on:
            context |= _board_charts(lines) | _day_charts(queries.days_before(user, on=on))
        return self.page(request, "enterprises/quality/board.html", _now("数据质量"), **context)

    def item(self, request: HttpRequest, code: str) -> HttpResponse:
        """One item on one day: by source and region, by field, by reason."""
        user, on = person(request), self._day(request)
        rows = queries.item_on(user, item_code=code, on=on) if on and self.has_view_permission(request) else []
        if not rows or on is None:
            raise Http404
        whole = rows[0]
        context = {
            "on": on,
            "item": Item.objects.get(pk=code),
            "whole": whole,
            "coverage": queries.share(whole.covered, whole.living),
            "rows": [(row, regions.name_of(row.region), queries.share(row.covered, row.living)) for row in rows],
            "fields": queries.completeness(whole),
            "reasons": queries.reasons(whole.faults),
            "alarms": Alarm.objects.visible_to(user).filter(item_id=code).select_related("source", "item")[:10],
            **_day_charts(queries.days_before(user, on=on, item_code=code)),
        }
        return self.page(request, "enterprises/quality/item.html", str(whole.item), **context)

    def _day(self, request: HttpRequest) -> date | None:
        form = DayForm(request.GET)
        chosen: date | None = form.cleaned_data.get("on") if form.is_valid() else None
        return chosen or queries.newest_day(person(request))


@admin.register(Alarm)
class AlarmAdmin(DeskAdmin):
    view_permission = Permission.BATCH_DELIVER
    list_display: ClassVar[Any] = ["item", "source", "delivered_on", "due_on", "raised_at", "told", "closed_at"]
    list_filter: ClassVar[Any] = [("closed_at", admin.EmptyFieldListFilter), "source", "item"]
    list_select_related: ClassVar[Any] = ["item", "source"]


@admin.register(Conflict)
class ConflictAdmin(DeskPage):
    """What sources disagree on: read field by field, settled with a reason."""

    view_permission = Permission.RECORDS_READ
    moves = CONFLICT_MOVES
    waiting: ClassVar[Any] = {ConflictState.DISPUTED: Permission.CATALOGUE_MANAGE}
    list_display: ClassVar[Any] = ["number", "item", "found_at", "state", "settlement", "settled_at", "ended_at"]
    list_filter: ClassVar[Any] = ["state", ("ended_at", admin.EmptyFieldListFilter), "settlement", "item", "found_at"]
    list_select_related: ClassVar[Any] = ["item"]
    page_template = "enterprises/quality/conflict.html"

    @admin.display(description=_("编号"), ordering="pk")
    def number(self, conflict: Conflict) -> str:
        return f"#{conflict.pk}"

    def get_urls(self) -> list[URLPattern]:
        door = self.admin_site.admin_view(require_POST(self.settle))
        return [path("<int:object_id>/settle/", door, name="credit_conflict_settle"), *super().get_urls()]

    def page_context(self, request: HttpRequest, row: Conflict) -> dict[str, Any]:
        is_open = row.ended_at is None and CONFLICT_MOVES.allows("settle", row.state)
        may_settle = is_open and person(request).may(Permission.CATALOGUE_MANAGE)
        return {
            "conflict": row,
            "firm": queries.firm_of(row),
            "labels": queries.disputed_labels(row),
            "claims": queries.claims(row),
            "form": SettleForm(conflict=row) if may_settle else None,
        }

    def settle(self, request: HttpRequest, object_id: int) -> HttpResponse:
        conflict, by = self.row(request, str(object_id)), person(request)
        if not by.may(Permission.CATALOGUE_MANAGE):
            raise Http404
        form = SettleForm(request.POST, conflict=conflict)
        if not form.is_valid():
            context = self.page_context(request, conflict) | {"form": form}
            page = self.page(request, self.page_template, str(conflict), **context)
            page.status_code = 422
            return page
        return self.perform(
            request,
            reverse("admin:credit_conflict_change", args=[conflict.pk]),
            _("冲突已处理。"),
            lambda: credit.settle_conflict(conflict=conflict, **form.cleaned_data, by=by, at=timezone.now()),
        )


# --- Charts -------------------------------------------------------------------------------------------------------------


def _board_charts(lines: Sequence[queries.Line]) -> dict[str, Any]:
    covered = [
        {"name": line.measure.item.name[:14], "value": round(float(line.coverage or 0) * 100, 1)} for line in lines
    ]
    found = queries.reasons(queries.all_faults(lines))[:8]
    charted = {"coverage_chart": charts.svg(_bars(covered, _now("有记录的存续主体（%）"), 22))}
    if found:
        rows = [{"name": name[:20], "value": number} for name, number in found]
        charted["reasons_chart"] = charts.svg(_bars(rows, _now("当日问题（处）"), 30))
    return charted


def _bars(rows: list[dict[str, Any]], title: str, step: int) -> dict[str, Any]:
    return {
        "description": title,
        "data": {"values": rows},
        "width": 420,
        "height": {"step": step},
        "mark": "bar",
        "encoding": {
            "y": {"field": "name", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 240}},
            "x": {"field": "value", "type": "quantitative", "title": title},
        },
    }


def _day_charts(days: Sequence[queries.DayRow]) -> dict[str, Any]:
    """Nothing is drawn of a single day."""
    if len(days) < 2:
        return {}
    names = {"rows": _now("报送行数"), "rows_bad": _now("问题行"), "conflicts": _now("未处理冲突")}
    values = [
        {"on": day.on.isoformat(), "kind": name, "value": getattr(day, key)}
        for day in days
        for key, name in names.items()
    ]
    spec = {
        "description": _now("近 30 天"),
        "data": {"values": values},
        "width": 420,
        "height": 200,
        "mark": "line",
        "encoding": {
            "x": {"field": "on", "type": "temporal", "title": None, "axis": {"format": "%m-%d"}},
            "y": {"field": "value", "type": "quantitative", "title": None},
            "color": {"field": "kind", "type": "nominal", "title": None, "sort": list(names.values())},
        },
    }
    return {"days_chart": charts.svg(spec)}
