"""Supervisors read the needs of their regions; the dashboard drills down to here."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from lending.needs.models import Need
from portal import regions
from portal.accounts.roles import Permission
from portal.admin_desk import DeskAdmin


class RegionFilter(admin.SimpleListFilter):
    """By the region that answers for the firm (五市与宁东)."""

    title = _("管理责任区域")
    parameter_name = "responsible_region"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(region.code, region.name) for region in regions.RESPONSIBLE]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(responsible_region=self.value()) if self.value() else queryset


@admin.register(Need)
class NeedAdmin(DeskAdmin):
    view_permission = Permission.SUPERVISION_READ
    list_display = ("enterprise", "amount", "term_months", "use", "region", "state", "posted_at")
    list_filter = ("state", RegionFilter, "is_first_loan")
    list_select_related = ("enterprise",)
    search_fields = ("=enterprise__uscc",)
    ordering = ("-pk",)
    exclude = ("contact_name", "contact_phone", "note", "submission_key")

    @admin.display(description=_("区县"))
    def region(self, need: Need) -> str:
        return regions.name_of(need.county_code)
