"""The audit desk: what happened, and whether the chains hold. Nothing here can be changed by anybody."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from portal.accounts.roles import Permission
from portal.admin_desk import DeskAdmin, button
from portal.audit import anchoring, sealing
from portal.audit.models import Anchor, AuditEvent, SealedBlock


@admin.register(AuditEvent)
class AuditEventAdmin(DeskAdmin):
    view_permission = Permission.AUDIT_READ
    list_display = ["at", "verb", "actor_name", "subject_label", "subject_kind", "ip"]
    list_filter = ["verb", "subject_kind"]
    search_fields = ["actor_name", "subject_label", "request_id"]
    date_hierarchy = "at"


@admin.register(SealedBlock)
class SealedBlockAdmin(DeskAdmin):
    view_permission = Permission.AUDIT_READ
    list_display = ["chain", "number", "rows", "digest", "sealed_at"]
    list_filter = ["chain"]
    exclude = ["content"]
    actions_list = ["verify"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("content")

    @button(_("校验全部链"), icon="verified")
    def verify(self, request: HttpRequest) -> HttpResponse:
        """Read every chain from its first row."""
        anchors = list(anchoring.known())
        faults = [str(fault) for chain in sealing.chains() for fault in sealing.verify(chain=chain, anchors=anchors)]
        if faults:
            messages.error(
                request,
                _now("发现 %(count)s 处被改动:%(first)s") % {"count": len(faults), "first": "; ".join(faults[:5])},
            )
        else:
            messages.success(request, _now("各链完整,没有发现改动。"))
        return redirect(reverse("admin:audit_sealedblock_changelist"))


@admin.register(Anchor)
class AnchorAdmin(DeskAdmin):
    view_permission = Permission.AUDIT_READ
    list_display = ["anchored_on", "chain", "number", "rows", "digest", "place", "anchored_at"]
    list_filter = ["place", "chain"]
    date_hierarchy = "anchored_on"
