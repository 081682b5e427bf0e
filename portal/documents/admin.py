"""The register of issued documents, for the auditor."""

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.roles import Permission
from portal.admin_desk import DeskAdmin
from portal.documents.models import IssuedDocument
from portal.documents.queries import Standing

STANDING = {"valid": _("有效"), "expired": _("已过期"), "revoked": _("已作废")}


@admin.register(IssuedDocument)
class IssuedDocumentAdmin(DeskAdmin):
    view_permission = Permission.AUDIT_READ
    list_display = ["number", "kind", "issued_at", "issued_by", "valid_until", "standing"]
    list_filter = ["kind", "issued_at"]
    search_fields = ["number", "subject_id"]
    list_select_related = ["issued_by"]
    exclude = ["file"]

    @admin.display(description=_("效力"))
    def standing(self, document: IssuedDocument) -> str:
        return str(STANDING[Standing(document, timezone.localdate()).state])
