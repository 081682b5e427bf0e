"""The desk of admission: institutions, their security review, and who works there."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from institutions import actions
from institutions.models import Institution, Officer
from institutions.states import MOVES
from portal import regions
from portal.accounts.roles import OfficerRole, Permission
from portal.admin_desk import DeskAdmin, button, dialog, person
from portal.identifiers import normalise_uscc, uscc_fault


class InstitutionForm(forms.ModelForm):  # type: ignore[type-arg] # the admin site makes subclasses of it at run time
    region_code = forms.ChoiceField(
        label=_("服务区域"),
        choices=[(regions.PROVINCE, regions.name_of(regions.PROVINCE)), *regions.region_choices()],
        widget=UnfoldAdminSelectWidget,
    )

    def clean_uscc(self) -> str:
        code = normalise_uscc(self.cleaned_data["uscc"])
        fault = uscc_fault(code)
        if fault is not None:
            raise ValidationError(
                gettext("统一社会信用代码有误（第 %(n)d 位起），请核对。") % {"n": fault.position or 1}
            )
        return code


class ReviewForm(BaseDialogForm):  # type: ignore[misc] # unfold ships no types
    security_reviewed_on = forms.DateField(
        label=_("安全评估日期"), widget=UnfoldAdminDateWidget(attrs={"type": "date"})
    )
    security_valid_until = forms.DateField(
        label=_("评估有效期至"), widget=UnfoldAdminDateWidget(attrs={"type": "date"})
    )


class ReasonForm(BaseDialogForm):  # type: ignore[misc] # unfold ships no types
    reason = forms.CharField(label=_("原因"), max_length=300, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))


class PostForm(BaseDialogForm):  # type: ignore[misc] # unfold ships no types
    address = forms.CharField(label=_("手机号或邮箱"), max_length=254, widget=UnfoldAdminTextInputWidget)
    role = forms.ChoiceField(label=_("岗位"), choices=OfficerRole.choices, widget=UnfoldAdminSelectWidget)


@admin.register(Institution)
class InstitutionAdmin(DeskAdmin):
    view_permission = Permission.INSTITUTION_ADMIT
    add_permission = Permission.INSTITUTION_ADMIT
    change_permission = Permission.INSTITUTION_ADMIT
    form = InstitutionForm
    list_display: ClassVar[Any] = ["short_name", "kind", "code", "state", "security_valid_until", "admitted_at"]
    list_filter: ClassVar[Any] = ["state", "kind"]
    search_fields: ClassVar[Any] = ["name", "short_name", "code", "uscc__exact"]
    fields: ClassVar[Any] = [
        "kind",
        "code",
        "name",
        "short_name",
        "uscc",
        "region_code",
        "introduction",
        "service_phone",
        "asks_four_eyes",
        "state",
        "security_reviewed_on",
        "security_valid_until",
        "applied_at",
        "admitted_at",
        "admitted_by",
        "suspended_at",
        "suspended_by",
    ]
    readonly_fields: ClassVar[Any] = [
        "state",
        "security_reviewed_on",
        "security_valid_until",
        "applied_at",
        "admitted_at",
        "admitted_by",
        "suspended_at",
        "suspended_by",
    ]
    actions_detail: ClassVar[Any] = ["admit", "readmit", "suspend", "withdraw", "appoint"]

    def save_model(self, request: HttpRequest, obj: Institution, form: Any, change: bool) -> None:
        """Saved by the action, with its audit event."""
        save = actions.correct if change else actions.register
        save(institution=obj, by=person(request), at=timezone.now())

    def has_admit_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._allows(request, object_id, "admit")

    def has_readmit_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._allows(request, object_id, "readmit")

    def has_suspend_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._allows(request, object_id, "suspend")

    def has_withdraw_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._allows(request, object_id, "withdraw")

    @dialog(_("准入"), ReviewForm, icon="verified", permissions=["admit"])
    def admit(self, request: HttpRequest, form: ReviewForm, object_id: int) -> HttpResponse:
        return self._do(request, object_id, _("已准入。"), actions.admit, form)

    @dialog(_("恢复准入"), ReviewForm, icon="verified", permissions=["readmit"])
    def readmit(self, request: HttpRequest, form: ReviewForm, object_id: int) -> HttpResponse:
        return self._do(request, object_id, _("已恢复准入。"), actions.readmit, form)

    @dialog(_("暂停"), ReasonForm, icon="pause_circle", permissions=["suspend"])
    def suspend(self, request: HttpRequest, form: ReasonForm, object_id: int) -> HttpResponse:
        return self._do(request, object_id, _("已暂停，其产品已从产品大厅撤下。"), actions.suspend, form)

    @dialog(_("退出"), ReasonForm, icon="logout", permissions=["withdraw"])
    def withdraw(self, request: HttpRequest, form: ReasonForm, object_id: int) -> HttpResponse:
        return self._do(request, object_id, _("机构已退出。"), actions.withdraw, form)

    @dialog(_("任命人员"), PostForm, icon="person_add", permissions=["view"])
    def appoint(self, request: HttpRequest, form: PostForm, object_id: int) -> HttpResponse:
        typed = {"address": form.cleaned_data["address"], "role": form.cleaned_data["role"], "branch": None}
        return self._run(request, object_id, _("已任命并通知本人。"), actions.appoint, typed)

    def _do(self, request: HttpRequest, object_id: int, done: Any, act: Any, form: BaseDialogForm) -> HttpResponse:
        typed = {name: value for name, value in form.cleaned_data.items() if not name.startswith("_")}
        return self._run(request, object_id, done, act, typed)

    def _run(self, request: HttpRequest, object_id: int, done: Any, act: Any, typed: dict[str, Any]) -> HttpResponse:
        institution = get_object_or_404(self.get_queryset(request), pk=object_id)
        url = reverse("admin:institutions_institution_change", args=[object_id])
        return self.perform(
            request,
            url,
            str(done),
            lambda: act(institution=institution, by=person(request), at=timezone.now(), **typed),
        )

    def _allows(self, request: HttpRequest, object_id: str | None, verb: str) -> bool:
        rows = self.get_queryset(request).filter(pk=object_id, state__in=MOVES[verb].sources)
        return self.has_view_permission(request) and bool(rows.exists())


@admin.register(Officer)
class OfficerAdmin(DeskAdmin):
    view_permission = Permission.INSTITUTION_ADMIT
    list_display: ClassVar[Any] = ["user", "institution", "role", "branch", "started_at", "ended_at"]
    list_filter: ClassVar[Any] = ["role", "institution"]
    list_select_related: ClassVar[Any] = ["user", "institution", "branch"]
    actions_row: ClassVar[Any] = ["end"]

    @button(_("结束岗位"), icon="person_remove", permissions=["view"])
    def end(self, request: HttpRequest, object_id: int) -> HttpResponse:
        officer = get_object_or_404(self.get_queryset(request), pk=object_id)
        return self.perform(
            request,
            reverse("admin:institutions_officer_changelist"),
            gettext("岗位已结束。"),
            lambda: actions.end_post(officer=officer, by=person(request), at=timezone.now()),
        )
