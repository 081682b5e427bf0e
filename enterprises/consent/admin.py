"""The security desk: purposes and their bounds, consents, looks. Records of a firm are read here through the gate only."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from enterprises.consent import actions, gate, queries, signing
from enterprises.consent.forms import FairUseForm, ReasonForm
from enterprises.consent.models import AccessRecord, Authorization, DeletionDuty, FairUse, Purpose
from enterprises.consent.models.authorizations import life_in_words
from enterprises.consent.states import DutyState
from enterprises.models import Enterprise
from portal.accounts.roles import Permission
from portal.admin_desk import DeskAdmin, person


@admin.register(Purpose)
class PurposeAdmin(DeskAdmin):
    view_permission = Permission.ACCESS_WATCH
    list_display = ["name", "code", "parent_kind", "text"]
    fields = ["name", "code", "text", "parent_kind"]


@admin.register(FairUse)
class FairUseAdmin(DeskAdmin):
    """The bounds of fair use; an empty key stands for everything, and the more specific row wins."""

    view_permission = Permission.ACCESS_WATCH
    add_permission = Permission.ACCESS_WATCH
    change_permission = Permission.ACCESS_WATCH
    form = FairUseForm
    list_display = ["__str__", "max_days", "max_uses", "uses_unit", "max_data_months", "life", "max_mode"]
    list_filter = ["purpose", "fetch_kind"]
    list_select_related = ["purpose", "institution"]
    readonly_fields = ["history"]

    @admin.display(description=_("数据留存上限"))
    def life(self, row: FairUse) -> str:
        return life_in_words(row.max_data_life, row.data_life_unit) if row.max_data_life else "—"

    @admin.display(description=_("以往的上限"))
    def history(self, row: FairUse) -> str:
        """How the row has read since it was laid down, newest first."""
        return "\n".join(queries.bounds_in_words(event) for event in queries.earlier_bounds(row)) or "—"

    def save_model(self, request: HttpRequest, obj: FairUse, form: "ModelForm[FairUse]", change: bool) -> None:
        actions.set_fair_use(row=obj, **form.cleaned_data, by=person(request), at=timezone.now())


@admin.register(Authorization)
class AuthorizationAdmin(DeskAdmin):
    view_permission = Permission.ACCESS_WATCH
    list_display = ["id", "enterprise", "institution", "purpose", "state", "granted_at", "ends_at", "use_count"]
    list_filter = ["state", "purpose", "institution"]
    list_select_related = ["enterprise", "institution", "purpose"]
    search_fields = ["enterprise__uscc__exact", "enterprise__name__startswith"]
    exclude = ["signature", "submission_key", "parent_kind", "parent_id"]
    readonly_fields = ["covers", "is_genuine"]

    @admin.display(description=_("信息项"))
    def covers(self, authorization: Authorization) -> str:
        return ";".join(f"{item.name}({item.mode_name})" for item in queries.asked_items(authorization))

    @admin.display(description=_("条款与签名一致"), boolean=True)
    def is_genuine(self, authorization: Authorization) -> bool | None:
        return signing.is_genuine(authorization)


class LateFilter(admin.SimpleListFilter):
    """Duties whose next step is overdue."""

    title, parameter_name = _("是否逾期"), "late"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("已逾期"))]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[DeletionDuty]") -> "QuerySet[DeletionDuty]":
        return queries.overdue(queryset, day=timezone.localdate()) if self.value() == "yes" else queryset


@admin.register(DeletionDuty)
class DeletionDutyAdmin(DeskAdmin):
    """What institutions owe after consents have ended; the security desk sees who is late."""

    view_permission = Permission.ACCESS_WATCH
    waiting: ClassVar = {DutyState.PENDING: Permission.ACCESS_WATCH}
    list_display = ["enterprise", "institution", "state", "acknowledge_due_on", "delete_due_on", "late", "deleted_at"]
    list_filter = ["state", LateFilter, "institution"]
    list_select_related = ["enterprise", "institution"]

    @admin.display(description=_("已逾期"), boolean=True)
    def late(self, duty: DeletionDuty) -> bool | None:
        """A tick would say that all is well, so a late duty shows the cross and the others nothing."""
        return False if duty.is_overdue_on(timezone.localdate()) else None


@admin.register(AccessRecord)
class AccessRecordAdmin(DeskAdmin):
    view_permission = Permission.ACCESS_WATCH
    list_display = [
        "at",
        "institution_name",
        "actor_name",
        "actor_role",
        "purpose",
        "door",
        "mode",
        "is_allowed",
        "refusal_code",
    ]
    list_filter = ["is_allowed", "refusal_code", "door", "purpose"]
    search_fields = ["institution_name", "actor_name", "=enterprise_id", "=authorization_id"]
    date_hierarchy = "at"

    def get_urls(self) -> list[URLPattern]:
        """The desk where staff read a firm's file by their office."""
        file = path("file/<int:enterprise_id>/", self.admin_site.admin_view(staff_file), name="consent_staff_file")
        return [file, *super().get_urls()]


@require_http_methods(["GET", "POST"])
def staff_file(request: HttpRequest, enterprise_id: int) -> HttpResponse:
    """Ask for the reason, then show the file; the firm reads both in its tracker. ``?item=`` narrows it to one item."""
    user: Any = request.user
    enterprise = get_object_or_404(Enterprise.objects.visible_to(user), pk=enterprise_id)
    item = request.GET.get("item", "")
    form = ReasonForm(request.POST or None, initial={"reason": request.GET.get("reason", "")})
    context = {**admin.site.each_context(request), "title": enterprise.name, "enterprise": enterprise, "form": form}
    if request.method == "POST" and form.is_valid():
        try:
            context["file"] = gate.staff_file(
                user=user,
                enterprise=enterprise,
                reason=form.cleaned_data["reason"],
                item_codes=[item] if item else None,
                at=timezone.now(),
            )
        except gate.AccessRefused as refusal:
            context["refusal"] = refusal
    status = context["refusal"].status if "refusal" in context else 200
    return TemplateResponse(request, "enterprises/consent/staff_file.html", context, status=status)
