"""Supervisors read the applications of their regions; the dashboard drills down to here by GET parameters.

``?state=…``, ``?responsible_region=…``, ``?submitted_at__date__gte=…&submitted_at__date__lte=…`` (``decided_at`` likewise).
"""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from lending.applications.models import Application
from lending.needs.admin import RegionFilter
from portal import regions
from portal.accounts.roles import Permission
from portal.admin_desk import DeskAdmin


@admin.register(Application)
class ApplicationAdmin(DeskAdmin):
    view_permission = Permission.SUPERVISION_READ
    list_display = (
        "enterprise",
        "institution",
        "product_version",
        "amount",
        "approved_amount",
        "region",
        "state",
        "submitted_at",
        "decided_at",
    )
    list_filter = ("state", RegionFilter, "is_first_loan", "refusal_reason")
    list_select_related = ("enterprise", "institution", "product_version__product")
    search_fields = ("=enterprise__uscc",)
    ordering = ("-pk",)
    exclude = ("contact_name", "contact_phone", "verdicts", "refusal_note", "authorization_id", "submission_key")

    @admin.display(description=_("区县"))
    def region(self, application: Application) -> str:
        return regions.name_of(application.county_code)
