from django.contrib import admin

from lending.compensation.models import Claim
from portal.accounts.roles import Permission
from portal.admin_desk import DeskAdmin


@admin.register(Claim)
class ClaimAdmin(DeskAdmin):
    view_permission = Permission.LEDGER_READ
    list_display = ["number", "institution", "state", "loss_amount", "fund_amount", "filed_at"]
