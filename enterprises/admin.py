"""Desks of the registry reviewer: firms, and proofs of representation that wait."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from enterprises import actions, policies
from enterprises.models import Enterprise, Representation
from enterprises.states import RepresentationState
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.admin_desk import DeskAdmin, button, dialog, person
from portal.documents.models import Upload
from portal.documents.views import upload_view
from portal.regions import name_of


@admin.register(Enterprise)
class EnterpriseAdmin(DeskAdmin):
    """The registry, read only: it is kept from the departments' deliveries."""

    view_permission = Permission.REPRESENTATION_REVIEW
    list_display: ClassVar[Any] = ["name", "uscc", "kind", "status", "county", "size_class", "bound_at"]
    list_filter: ClassVar[Any] = ["status", "kind", "size_class", "city_code"]
    search_fields: ClassVar[Any] = ["uscc__exact", "name__startswith"]
    exclude: ClassVar[Any] = ["legal_representative_digest", "name_pieces"]

    @admin.display(description=_("登记区县"), ordering="county_code")
    def county(self, firm: Enterprise) -> str:
        return name_of(firm.county_code)


def _may_open_licence(user: User, upload: Upload) -> bool:
    """A licence is opened by whoever may review the claim it was handed in for."""
    claims = Representation.objects.filter(licence=upload).select_related("enterprise")
    return any(policies.may_review(user, claim) for claim in claims)


class RefusalForm(BaseDialogForm):  # type: ignore[misc] # unfold ships no types
    reason = forms.CharField(
        label=_("未通过的原因"),
        max_length=300,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("申请人会看到这段文字，请写明如何补正。"),
    )


@admin.register(Representation)
class RepresentationAdmin(DeskAdmin):
    """Licences that wait for a reviewer; nobody reviews the own claim."""

    view_permission = Permission.REPRESENTATION_REVIEW
    waiting: ClassVar[Any] = {"filed": Permission.REPRESENTATION_REVIEW}
    list_display: ClassVar[Any] = ["enterprise", "claimed_name", "method", "state", "filed_at", "reviewed_by"]
    list_filter: ClassVar[Any] = ["state", "method", "filed_at"]
    list_select_related: ClassVar[Any] = ["enterprise", "user", "reviewed_by"]
    search_fields: ClassVar[Any] = ["enterprise__uscc__exact", "enterprise__name__startswith"]
    fields: ClassVar[Any] = [
        "enterprise",
        "registered_as",
        "claimed_name",
        "user",
        "method",
        "licence_link",
        "state",
        "filed_at",
        "reviewed_at",
        "reviewed_by",
        "refusal_reason",
    ]
    readonly_fields: ClassVar[Any] = ["registered_as", "licence_link"]
    actions_detail: ClassVar[Any] = ["approve", "refuse"]

    @admin.display(description=_("登记的法定代表人"))
    def registered_as(self, claim: Representation) -> str:
        return f"{claim.enterprise.legal_representative}（{claim.enterprise.get_status_display()}）"

    @admin.display(description=_("营业执照"))
    def licence_link(self, claim: Representation) -> SafeString | str:
        if claim.licence is None:
            return "—"
        url = reverse("admin:enterprises_representation_licence", args=[claim.licence_id])
        return format_html('<a href="{}" target="_blank" rel="noopener">{}</a>', url, claim.licence.name)

    def get_urls(self) -> list[Any]:
        door = self.admin_site.admin_view(upload_view(_may_open_licence))
        return [path("licences/<int:pk>/", door, name="enterprises_representation_licence"), *super().get_urls()]

    def has_review_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """The buttons show while the claim waits; who may press them is the action's to say."""
        waiting = self.get_queryset(request).filter(pk=object_id, state=RepresentationState.FILED)
        return self.has_view_permission(request) and bool(waiting.exists())

    @button(_("核验通过"), icon="check", permissions=["review"])
    def approve(self, request: HttpRequest, object_id: int) -> HttpResponse:
        claim = self._claim(request, object_id)
        return self.perform(
            request,
            reverse("admin:enterprises_representation_changelist"),
            _("已通过，申请人成为该主体的法定代表人成员。"),
            lambda: actions.approve_representation(representation=claim, by=person(request), at=timezone.now()),
        )

    @dialog(_("不通过"), RefusalForm, icon="close", permissions=["review"])
    def refuse(self, request: HttpRequest, form: RefusalForm, object_id: int) -> HttpResponse:
        claim, reason = self._claim(request, object_id), form.cleaned_data["reason"]
        return self.perform(
            request,
            reverse("admin:enterprises_representation_changelist"),
            _("已退回并通知申请人。"),
            lambda: actions.refuse_representation(
                representation=claim, reason=reason, by=person(request), at=timezone.now()
            ),
        )

    def _claim(self, request: HttpRequest, object_id: int) -> Representation:
        claim: Representation = get_object_or_404(self.get_queryset(request), pk=object_id)
        return claim
