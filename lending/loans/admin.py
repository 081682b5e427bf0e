"""Supervisors read the loans of their regions; the dashboard drills down to here by GET parameters.

``?state=…``, ``?risk_class=…``, ``?responsible_region=…``, ``?drawn_on__gte=…&drawn_on__lte=…``.
"""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from lending.loans.models import Loan
from lending.needs.admin import RegionFilter
from portal import regions
from portal.accounts.roles import Permission
from portal.admin_desk import DeskAdmin


@admin.register(Loan)
class LoanAdmin(DeskAdmin):
    view_permission = Permission.SUPERVISION_READ
    list_display = (
        "contract_number",
        "enterprise",
        "institution",
        "drawn_amount",
        "principal_balance",
        "region",
        "state",
        "risk_class",
        "days_past_due",
        "drawn_on",
    )
    list_filter = ("state", "risk_class", RegionFilter, "is_first_loan", "guarantee")
    list_select_related = ("enterprise", "institution")
    search_fields = ("=contract_number", "=enterprise__uscc")
    ordering = ("-pk",)

    @admin.display(description=_("区县"))
    def region(self, loan: Loan) -> str:
        return regions.name_of(loan.county_code)
