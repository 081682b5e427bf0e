"""The grading desk: scorecards with their content and a button to put one in force; the base grades of every firm."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from enterprises.evaluation import actions
from enterprises.evaluation.models import Grade, Scorecard
from portal.accounts.roles import Permission
from portal.admin_desk import DeskAdmin, button


@admin.register(Scorecard)
class ScorecardAdmin(DeskAdmin):
    view_permission = Permission.GRADES_MANAGE
    list_display = ["name", "number", "kind", "applies_to", "state", "enforced_at"]
    list_filter = ["kind", "state"]
    fields = ["name", "number", "kind", "applies_to", "state", "drafted_at", "enforced_at", "retired_at", "content"]
    readonly_fields = ["content"]
    actions_detail = ["enforce"]

    @button(_("启用"), icon="play_arrow")
    def enforce(self, request: HttpRequest, object_id: int) -> HttpResponse:
        scorecard = get_object_or_404(self.get_queryset(request), pk=object_id)
        return self.perform(
            request,
            reverse("admin:evaluation_scorecard_change", args=[object_id]),
            str(_("已启用，同名的上一版已停用。下一次评价起按新版计算。")),
            lambda: actions.enforce(scorecard=scorecard, by=request.user, at=timezone.now()),  # type: ignore[arg-type] # signed-in staff
        )

    @admin.display(description=_("指标与分箱"))
    def content(self, scorecard: Scorecard) -> SafeString:
        """Every feature with its bins and points, and the knock-outs, as a reader wants them."""
        features = format_html_join(
            "",
            "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
            (
                (feature.dimension, feature.label, ";".join(f"{step.sentence} {step.points}" for step in feature.bins))
                for feature in scorecard.card.features
            ),
        )
        knock_outs = format_html_join(
            "", "<li>{} → {}</li>", ((knock_out.sentence, knock_out.cap) for knock_out in scorecard.card.knock_outs)
        )
        note = scorecard.definition.get("note", "")
        return format_html("<p>{}</p><ul>{}</ul><table><tbody>{}</tbody></table>", note, knock_outs, features)


@admin.register(Grade)
class GradeAdmin(DeskAdmin):
    """Base grades only: they are made of public items. Full grades rest on a consent and are seen through the gate."""

    view_permission = Permission.GRADES_MANAGE
    list_display = ["enterprise", "letter", "score", "missing_share", "scorecard", "graded_at", "is_current"]
    list_filter = ["letter", "is_current", "scorecard"]
    list_select_related = ["enterprise", "scorecard"]
    search_fields = ["enterprise__uscc__exact", "enterprise__name__startswith"]
    fields = ["enterprise", "letter", "score", "missing_share", "scorecard", "graded_at", "features_at", "why"]
    readonly_fields = ["why"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("enterprise", "scorecard")

    @admin.display(description=_("理由"))
    def why(self, grade: Grade) -> SafeString:
        return format_html_join(
            "",
            "<p>{} {}/{}</p>",
            ((reason.sentence, reason.points, reason.max_points) for reason in grade.reasons),
        )
