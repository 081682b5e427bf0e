"""The desk of the product reviewer: terms and criteria in words, and the two buttons."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from institutions.products import actions, queries
from institutions.products.models import ProductVersion
from institutions.products.states import MOVES
from portal.accounts.roles import Permission
from portal.admin_desk import DeskAdmin, button, dialog, person


class ReturnForm(BaseDialogForm):  # type: ignore[misc] # unfold ships no types
    note = forms.CharField(
        label=_("审核意见"),
        max_length=300,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("机构会看到这段文字，请写明需要修改的内容。"),
    )


@admin.register(ProductVersion)
class ProductVersionAdmin(DeskAdmin):
    """Whoever drafted or submitted a version cannot list it; the action and the database both refuse."""

    view_permission = Permission.PRODUCT_REVIEW
    waiting: ClassVar[Any] = {"submitted": Permission.PRODUCT_REVIEW}
    list_display: ClassVar[Any] = [
        "product",
        "institution",
        "number",
        "state",
        "submitted_at",
        "reviewed_at",
        "reviewed_by",
    ]
    list_filter: ClassVar[Any] = ["state", "zone", "scene", "product__institution"]
    list_select_related: ClassVar[Any] = ["product__institution", "reviewed_by"]
    search_fields: ClassVar[Any] = ["product__name", "product__institution__name"]
    fields: ClassVar[Any] = [
        "product",
        "institution",
        "number",
        "state",
        "terms",
        "changed",
        "submitted_at",
        "submitted_by",
        "drafted_by",
        "reviewed_at",
        "reviewed_by",
        "review_note",
    ]
    readonly_fields: ClassVar[Any] = ["institution", "terms", "changed"]
    actions_detail: ClassVar[Any] = ["list_version", "return_version", "withdraw"]

    @admin.display(description=_("机构"), ordering="product__institution__short_name")
    def institution(self, version: ProductVersion) -> str:
        return str(version.product.institution)

    @admin.display(description=_("条款和准入条件"))
    def terms(self, version: ProductVersion) -> SafeString:
        return _lines(queries.in_words(version, queries.item_names()).items())

    @admin.display(description=_("与上一版相比"))
    def changed(self, version: ProductVersion) -> SafeString | str:
        before = queries.former(version)
        if before is None:
            return gettext("首个版本")
        found = queries.changes(before, version, queries.item_names())
        return _lines((change.label, f"{change.before or '—'} → {change.after or '—'}") for change in found) or "—"

    def has_review_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._allows(request, object_id, "list")

    def has_withdraw_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._allows(request, object_id, "withdraw")

    @button(_("审核通过并上架"), icon="check", permissions=["review"])
    def list_version(self, request: HttpRequest, object_id: int) -> HttpResponse:
        version = self._version(request, object_id)
        return self.perform(
            request,
            _queue(),
            gettext("已上架，企业现在可以看到并申请。"),
            lambda: actions.list_version(version=version, by=person(request), at=timezone.now()),
        )

    @dialog(_("退回修改"), ReturnForm, icon="undo", permissions=["review"])
    def return_version(self, request: HttpRequest, form: ReturnForm, object_id: int) -> HttpResponse:
        version, note = self._version(request, object_id), form.cleaned_data["note"]
        return self.perform(
            request,
            _queue(),
            gettext("已退回并通知机构。"),
            lambda: actions.return_version(version=version, note=note, by=person(request), at=timezone.now()),
        )

    @button(_("下架"), icon="archive", permissions=["withdraw"])
    def withdraw(self, request: HttpRequest, object_id: int) -> HttpResponse:
        version = self._version(request, object_id)
        return self.perform(
            request,
            _queue(),
            gettext("已下架。"),
            lambda: actions.withdraw(version=version, by=person(request), at=timezone.now()),
        )

    def _version(self, request: HttpRequest, object_id: int) -> ProductVersion:
        version: ProductVersion = get_object_or_404(self.get_queryset(request), pk=object_id)
        return version

    def _allows(self, request: HttpRequest, object_id: str | None, verb: str) -> bool:
        rows = self.get_queryset(request).filter(pk=object_id, state__in=MOVES[verb].sources)
        return self.has_view_permission(request) and bool(rows.exists())


def _queue() -> str:
    return reverse("admin:products_productversion_changelist") + "?state__exact=submitted"


def _lines(pairs: Iterable[tuple[str, str]]) -> SafeString:
    """Label and text, one under another."""
    return format_html_join("", "<p><strong>{}</strong>：{}</p>", ((label, text or "—") for label, text in pairs))
