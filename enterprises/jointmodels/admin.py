"""The desk of the model reviewer: reports and decisions, what may be asked and how often, the bounds; the security desk reads along."""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from enterprises.jointmodels import queries
from enterprises.jointmodels.actions import bank_models, questions
from enterprises.jointmodels.models import AggregateLook, AskableFeature, BankModel, Limit, Linkage, QuestionBudget
from enterprises.jointmodels.states import MODEL_MOVES
from portal.accounts.roles import Permission
from portal.admin_desk import DeskAdmin, button, dialog, person
from portal.refusals import Refusal


class NoteForm(BaseDialogForm):  # type: ignore[misc] # unfold ships no types
    note = forms.CharField(
        label=_("审核意见"),
        max_length=300,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("机构会看到这段文字。"),
    )


@admin.register(BankModel)
class BankModelAdmin(DeskAdmin):
    view_permission = Permission.MODEL_REVIEW
    waiting: ClassVar[Any] = {"submitted": Permission.MODEL_REVIEW, "reviewing": Permission.MODEL_REVIEW}
    moves = MODEL_MOVES
    list_display: ClassVar[Any] = ["__str__", "institution", "kind", "state", "submitted_at", "verdict", "reviewed_by"]
    list_filter: ClassVar[Any] = ["state", "kind", "institution"]
    list_select_related: ClassVar[Any] = ["institution", "reviewed_by"]
    search_fields: ClassVar[Any] = ["name", "institution__name"]
    fields: ClassVar[Any] = [
        "name", "number", "institution", "kind", "use", "state", "takes", "size", "digest", "submitted_at", "submitted_by",
        "taken_up_at", "taken_up_by", "reviewed_at", "reviewed_by", "review_note", "report",
    ]  # fmt: skip
    readonly_fields: ClassVar[Any] = ["takes", "report"]
    actions_detail: ClassVar[Any] = ["take_up", "approve", "return_model", "refuse"]

    @admin.display(description=_("输入特征"))
    def takes(self, model: BankModel) -> str:
        return "; ".join(f"{meaning} ({name})" for name, meaning in queries.named_inputs(model.inputs))

    @admin.display(description=_("审核报告"))
    def verdict(self, model: BankModel) -> str:
        report = model.reports.first()
        if report is None:
            return gettext("生成中")
        return gettext("无超限") if report.is_passed else gettext("%(n)d 项超限") % {"n": len(report.findings)}

    @admin.display(description=_("审核报告"))
    def report(self, model: BankModel) -> SafeString | str:
        report = queries.report_in_words(model.reports.first())
        if report is None:
            return gettext("正在生成，请稍候刷新。")
        return render_to_string("enterprises/jointmodels/_report.html", {"report": report})

    @button(_("受理"), icon="task_alt")
    def take_up(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._act(request, object_id, gettext("已受理。"), bank_models.take_up)

    @button(_("通过"), icon="check")
    def approve(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._act(request, object_id, gettext("已通过，机构可以启用。"), bank_models.approve)

    @dialog(_("退回修改"), NoteForm, icon="undo")
    def return_model(self, request: HttpRequest, form: NoteForm, object_id: int) -> HttpResponse:
        note = form.cleaned_data["note"]
        return self._act(request, object_id, gettext("已退回并通知机构。"), bank_models.return_model, note=note)

    @dialog(_("不通过"), NoteForm, icon="close")
    def refuse(self, request: HttpRequest, form: NoteForm, object_id: int) -> HttpResponse:
        note = form.cleaned_data["note"]
        return self._act(request, object_id, gettext("已判定不通过并通知机构。"), bank_models.refuse, note=note)

    def _act(
        self, request: HttpRequest, object_id: int, done: str, act: Callable[..., object], **typed: str
    ) -> HttpResponse:
        model: BankModel = get_object_or_404(self.get_queryset(request), pk=object_id)
        url = reverse("admin:jointmodels_bankmodel_change", args=[object_id])
        return self.perform(
            request, url, done, lambda: act(model=model, by=person(request), at=timezone.now(), **typed)
        )


class KeptForm(ModelForm):  # type: ignore[type-arg] # shared by several models
    """A form whose row is kept by an action: what the action refuses is said on the form."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                self.check(cleaned)
            except Refusal as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return cleaned

    def check(self, cleaned: dict[str, Any]) -> None:
        """Subclasses refuse what their action would."""


class FeatureForm(KeptForm):
    class Meta:
        model = AskableFeature
        fields = ["feature", "name", "unit", "comparisons", "step", "narrowest", "floor", "cuts", "is_open", "sequence"]

    def check(self, cleaned: dict[str, Any]) -> None:
        cuts = cleaned.get("cuts") or []
        if not (0 < cleaned["step"] <= cleaned["narrowest"] and cuts == sorted(set(cuts))):
            raise questions.GridUnsound
        if cleaned["feature"] not in queries.INPUTS - queries.WORDS:
            raise questions.FeatureUnknown


@admin.register(AskableFeature)
class AskableFeatureAdmin(DeskAdmin):
    view_permission = Permission.MODEL_REVIEW
    add_permission = Permission.MODEL_REVIEW
    change_permission = Permission.MODEL_REVIEW
    form = FeatureForm
    list_display: ClassVar[Any] = ["name", "feature", "unit", "step", "narrowest", "is_open", "sequence"]
    list_filter: ClassVar[Any] = ["is_open", "unit"]

    def save_model(self, request: HttpRequest, obj: AskableFeature, form: Any, change: bool) -> None:
        questions.keep_feature(feature=obj, by=person(request), at=timezone.now())


class BudgetForm(KeptForm):
    class Meta:
        model = QuestionBudget
        fields = ["feature", "institution", "most_thresholds", "window_months"]

    def check(self, cleaned: dict[str, Any]) -> None:
        questions.check_budget(self.instance, **cleaned)


@admin.register(QuestionBudget)
class QuestionBudgetAdmin(DeskAdmin):
    view_permission = Permission.MODEL_REVIEW
    add_permission = Permission.MODEL_REVIEW
    change_permission = Permission.MODEL_REVIEW
    form = BudgetForm
    list_display: ClassVar[Any] = ["__str__", "feature", "institution", "most_thresholds", "window_months"]
    list_select_related: ClassVar[Any] = ["feature", "institution"]

    def save_model(self, request: HttpRequest, obj: QuestionBudget, form: Any, change: bool) -> None:
        questions.keep_budget(budget=obj, **form.cleaned_data, by=person(request), at=timezone.now())


@admin.register(Limit)
class LimitAdmin(DeskAdmin):
    view_permission = Permission.MODEL_REVIEW
    change_permission = Permission.MODEL_REVIEW
    list_display: ClassVar[Any] = ["name", "value", "note"]
    fields: ClassVar[Any] = ["name", "note", "value"]
    readonly_fields: ClassVar[Any] = ["name", "note"]

    def save_model(self, request: HttpRequest, obj: Limit, form: Any, change: bool) -> None:
        bank_models.set_limit(limit=obj, value=form.cleaned_data["value"], by=person(request), at=timezone.now())


@admin.register(Linkage)
class LinkageAdmin(DeskAdmin):
    """That lists were compared, and what was told; never whose."""

    view_permission = Permission.ACCESS_WATCH
    list_display: ClassVar[Any] = ["title", "institution", "state", "opened_at", "listed", "told"]
    list_filter: ClassVar[Any] = ["state", "institution"]
    list_select_related: ClassVar[Any] = ["institution"]
    exclude: ClassVar[Any] = ["secret", "members"]


@admin.register(AggregateLook)
class AggregateLookAdmin(DeskAdmin):
    view_permission = Permission.ACCESS_WATCH
    list_display: ClassVar[Any] = ["asked_at", "institution", "asked_by", "question", "places"]
    list_filter: ClassVar[Any] = ["institution", "question"]
    list_select_related: ClassVar[Any] = ["institution", "asked_by"]
