"""The remedies desk: a queue of objections and one of repairs, with the moves as buttons."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from enterprises.consent import queries as looks
from enterprises.objections import actions, queries, rules, views
from enterprises.objections.forms import ReasonForm
from enterprises.objections.models import Objection, Repair
from portal.accounts.roles import Permission
from portal.admin_desk import DeskAdmin, button, dialog, person


def _look_in_words(remedy: Objection | Repair) -> SafeString:
    """Who looked, when, what for and by which way; nothing of what was seen."""
    look = looks.look_by_others(remedy.enterprise_id, remedy.record_id)
    if look is None:
        return format_html("{}", "—")
    record, moment = look.record, timezone.localtime(look.record.at).strftime("%Y-%m-%d %H:%M:%S")
    result = _("已放行") if record.is_allowed else f"{_('已拒绝')}：{look.refused_for}"
    parts = [
        moment,
        record.institution_name,
        record.actor_role,
        record.purpose,
        look.door,
        result,
        "、".join(look.items),
    ]
    return format_html("{}", " · ".join(str(part) for part in parts if part))


class RemedyAdmin(DeskAdmin):
    """What both desks share."""

    view_permission = Permission.REMEDY_HANDLE
    waiting = {"filed": Permission.REMEDY_HANDLE, "accepted": Permission.REMEDY_HANDLE}
    list_select_related = ["enterprise"]
    search_fields = ["enterprise__uscc__exact", "enterprise__name__startswith"]
    list_filter = ["state", "item_code", "due_on"]
    ordering = ["due_on", "pk"]
    readonly_fields = ["item_name", "record", "proof"]

    @admin.display(description=_("信息项"))
    def item_name(self, remedy: Objection | Repair) -> str:
        return queries.item_name(remedy.item_code)

    @admin.display(description=_("信息记录"))
    def record(self, remedy: Objection | Repair) -> SafeString:
        """To the record itself, through the gate: the look is recorded with this case as its reason. A look is told in words."""
        if remedy.item_code == rules.LOOK:
            return _look_in_words(remedy)
        reason = _("%(kind)s核查 #%(number)s") % {"kind": remedy._meta.verbose_name, "number": remedy.pk}
        query = urlencode({"item": remedy.item_code, "reason": reason})
        address = reverse("admin:consent_staff_file", args=[remedy.enterprise_id])
        return format_html('<a href="{}?{}">{} #{}</a>', address, query, _("查看记录"), remedy.record_id)

    @admin.display(description=_("证明材料"))
    def proof(self, remedy: Objection | Repair) -> str | SafeString:
        if remedy.evidence_id is None:
            return "—"
        address = reverse("admin:objections_evidence", args=[remedy.evidence_id])
        return format_html('<a href="{}">{}</a>', address, _("打开"))

    def act(self, request: HttpRequest, object_id: int, done: str, act: Callable[[Any], object]) -> HttpResponse:
        remedy: models.Model = get_object_or_404(self.get_queryset(request), pk=object_id)
        url = reverse(f"admin:objections_{remedy._meta.model_name}_change", args=[object_id])
        return self.perform(request, url, done, lambda: act(remedy))

    @button(_("受理"), icon="task_alt")
    def accept(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self.act(
            request,
            object_id,
            str(_("已受理。")),
            lambda r: actions.accept(remedy=r, by=person(request), at=timezone.now()),
        )


@admin.register(Objection)
class ObjectionAdmin(RemedyAdmin):
    list_display = ["enterprise", "item_name", "state", "filed_at", "due_on", "accepted_by"]
    fields = [
        "enterprise", "item_name", "record", "statement", "proof", "state", "filed_at", "due_on",
        "accepted_at", "accepted_by", "resolved_at", "resolved_by", "resolution",
    ]  # fmt: skip
    actions_detail = ["accept", "uphold", "reject"]

    def get_urls(self) -> list[URLPattern]:
        evidence = self.admin_site.admin_view(views.remedy_evidence)
        return [path("evidence/<int:pk>/", evidence, name="objections_evidence"), *super().get_urls()]

    @dialog(_("异议成立"), ReasonForm, title=_("异议成立，撤销该信息"), icon="check")
    def uphold(self, request: HttpRequest, form: ReasonForm, object_id: int) -> HttpResponse:
        return self.act(
            request,
            object_id,
            str(_("异议成立：信息已撤销，评价已重算，查询过的机构已通知。")),
            lambda o: actions.uphold(
                objection=o, reason=form.cleaned_data["reason"], by=person(request), at=timezone.now()
            ),
        )

    @dialog(_("异议不成立"), ReasonForm, icon="close")
    def reject(self, request: HttpRequest, form: ReasonForm, object_id: int) -> HttpResponse:
        return self.act(
            request,
            object_id,
            str(_("已答复企业：异议不成立。")),
            lambda o: actions.reject(
                objection=o, reason=form.cleaned_data["reason"], by=person(request), at=timezone.now()
            ),
        )


@admin.register(Repair)
class RepairAdmin(RemedyAdmin):
    list_display = ["enterprise", "item_name", "severity", "earliest_on", "state", "filed_at", "due_on"]
    fields = [
        "enterprise", "item_name", "record", "severity", "earliest_on", "statement", "commitment", "proof", "state",
        "filed_at", "due_on", "accepted_at", "accepted_by", "resolved_at", "resolved_by", "resolution",
    ]  # fmt: skip
    actions_detail = ["accept", "grant", "refuse"]

    @dialog(_("准予修复"), ReasonForm, title=_("准予修复，停止共享和使用该信息"), icon="healing")
    def grant(self, request: HttpRequest, form: ReasonForm, object_id: int) -> HttpResponse:
        return self.act(
            request,
            object_id,
            str(_("已修复：信息停止共享和使用，评价已重算，查询过的机构已通知。")),
            lambda r: actions.grant(
                repair=r, reason=form.cleaned_data["reason"], by=person(request), at=timezone.now()
            ),
        )

    @dialog(_("不予修复"), ReasonForm, icon="close")
    def refuse(self, request: HttpRequest, form: ReasonForm, object_id: int) -> HttpResponse:
        return self.act(
            request,
            object_id,
            str(_("已答复企业：不予修复。")),
            lambda r: actions.refuse(
                repair=r, reason=form.cleaned_data["reason"], by=person(request), at=timezone.now()
            ),
        )
