"""The security desk: purposes and their bounds, consents, looks. Records of a firm are read here through the gate only."""

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from enterprises.consent import actions, gate, queries, signing
from enterprises.consent.forms import ReasonForm
from enterprises.consent.models import AccessRecord, Authorization, Purpose
from enterprises.models import Enterprise
from portal.accounts.roles import Permission
from portal.admin_desk import DeskAdmin


@admin.register(Purpose)
class PurposeAdmin(DeskAdmin):
    view_permission = Permission.ACCESS_WATCH
    change_permission = Permission.ACCESS_WATCH
    list_display = ["name", "code", "max_days", "max_uses_per_month", "max_data_months", "max_data_life_days"]
    fields = ["name", "code", "text", "max_days", "max_uses_per_month", "max_data_months", "max_data_life_days"]
    readonly_fields = ["name", "code", "text"]

    def save_model(self, request: HttpRequest, obj: Purpose, form: "ModelForm[Purpose]", change: bool) -> None:
        actions.set_bounds(purpose=obj, **form.cleaned_data, by=request.user, at=timezone.now())  # type: ignore[arg-type] # signed-in staff


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
    def is_genuine(self, authorization: Authorization) -> bool:
        return signing.is_genuine(authorization)


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
