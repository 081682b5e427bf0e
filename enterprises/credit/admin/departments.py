"""The desk of who answers and who delivers: departments with the names they had, their contacts, the sources."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from enterprises.credit import actions
from enterprises.credit.forms import ContactForm, RenameForm
from enterprises.credit.models import Contact, Department, Item, Source
from portal.accounts.roles import Permission
from portal.admin_desk import DeskAdmin, DeskPage, person


@admin.register(Source)
class SourceAdmin(DeskAdmin):
    view_permission = Permission.CATALOGUE_MANAGE
    list_display: ClassVar[Any] = ["code", "name", "department", "level", "region_code", "precedence"]
    list_filter: ClassVar[Any] = ["level"]
    list_select_related: ClassVar[Any] = ["department"]


@admin.register(Department)
class DepartmentAdmin(DeskPage):
    """A department is renamed with the day its new name begins; contacts are added and ended, never deleted."""

    view_permission = Permission.CATALOGUE_MANAGE
    list_display: ClassVar[Any] = ["code", "name"]
    search_fields: ClassVar[Any] = ["code", "name"]
    page_template = "enterprises/credit/desk_department.html"

    def get_urls(self) -> list[URLPattern]:
        doors = {"rename": self.rename, "contact": self.add_contact, "contact/<int:contact_id>/end": self.end_contact}
        own = [
            path(
                f"<int:object_id>/{route}/",
                self.admin_site.admin_view(require_POST(door)),
                name=f"credit_department_{door.__name__}",
            )
            for route, door in doors.items()
        ]
        return [*own, *super().get_urls()]

    def page_context(self, request: HttpRequest, row: Department) -> dict[str, Any]:
        return {
            "department": row,
            "contacts": Contact.objects.filter(department=row, ended_at=None),
            "items": Item.objects.filter(department=row),
            "rename_form": RenameForm(prefix="rename"),
            "contact_form": ContactForm(prefix="contact"),
        }

    def rename(self, request: HttpRequest, object_id: int) -> HttpResponse:
        form = RenameForm(request.POST, prefix="rename")
        return self._with(request, object_id, form, _("单位已更名，原名称保留在曾用名中。"), actions.rename_department)

    def add_contact(self, request: HttpRequest, object_id: int) -> HttpResponse:
        form = ContactForm(request.POST, prefix="contact")
        return self._with(request, object_id, form, _("联系人已登记。"), actions.add_contact)

    def end_contact(self, request: HttpRequest, object_id: int, contact_id: int) -> HttpResponse:
        department, by = self.row(request, str(object_id)), person(request)
        contact = get_object_or_404(Contact, pk=contact_id, department=department)
        return self.perform(
            request,
            self._url(department),
            _("联系人已停用。"),
            lambda: actions.end_contact(contact=contact, by=by, at=timezone.now()),
        )

    def _with(
        self, request: HttpRequest, object_id: int, form: Form, done: str | Promise, act: Callable[..., object]
    ) -> HttpResponse:
        """Do what the form asks, or show the page again with what is wrong in it."""
        department, by = self.row(request, str(object_id)), person(request)
        if not form.is_valid():
            context = self.page_context(request, department) | {f"{form.prefix}_form": form}
            page = self.page(request, self.page_template, str(department), **context)
            page.status_code = 422
            return page
        return self.perform(
            request,
            self._url(department),
            done,
            lambda: act(department=department, by=by, at=timezone.now(), **form.cleaned_data),
        )

    def _url(self, department: Department) -> str:
        return reverse("admin:credit_department_change", args=[department.pk])
