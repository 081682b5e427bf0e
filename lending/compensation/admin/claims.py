"""Claims on the finance desk: the queue, the page with its decisions, recoveries."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lending.compensation import actions, queries
from lending.compensation.admin.decisions import DECISIONS, is_barred, open_decisions, waits_for
from lending.compensation.admin.desk import money, staff
from lending.compensation.forms import NoteForm
from lending.compensation.models import Claim, Recovery
from portal import regions
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.admin_desk import DeskPage
from portal.documents.models import IssuedDocument, Upload
from portal.documents.views import document_view, upload_view


class RegionFilter(admin.SimpleListFilter):
    """By the region that answers for the firm (五市与宁东)."""

    title = gettext_lazy("管理责任区域")
    parameter_name = "enrolment__loan__responsible_region"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(region.code, region.name) for region in regions.RESPONSIBLE]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(**{self.parameter_name: self.value()}) if self.value() else queryset


@admin.register(Claim)
class ClaimAdmin(DeskPage):
    view_permission = Permission.LEDGER_READ
    waiting = {
        "filed": Permission.CLAIM_CHECK,
        "checked": Permission.CLAIM_APPROVE,
        "approved": Permission.CLAIM_PAY,
    }
    list_display = ["number", "firm", "institution", "state", "loss", "fund_share", "filed_at"]
    list_filter = ["state", RegionFilter, "enrolment__scheme", "institution", "filed_at", "paid_at"]
    list_select_related = ["enrolment__loan__enterprise", "institution"]
    search_fields = ["number", "enrolment__loan__enterprise__name", "enrolment__loan__contract_number"]
    page_template = "lending/compensation/desk_claim.html"

    def get_urls(self) -> list[URLPattern]:
        at, name = "<int:object_id>", "compensation_claim"
        doors = [
            (f"{at}/decide/<str:verb>/", self.decide, "decide"),
            (f"{at}/recoveries/<int:pk>/receive/", self.receive, "receive"),
            (f"{at}/evidence/", self.evidence, "evidence"),
            (f"{at}/sheet/", self.sheet, "sheet"),
            (f"{at}/sheets/<int:pk>/", self.document, "document"),
        ]
        ours = [path(where, self.admin_site.admin_view(door), name=f"{name}_{verb}") for where, door, verb in doors]
        return [*ours, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        related = ("enrolment__loan__enterprise", "enrolment__scheme__fund", "institution", "evidence")
        return super().get_queryset(request).select_related(*related)

    @admin.display(description=gettext_lazy("企业"))
    def firm(self, claim: Claim) -> str:
        return claim.enrolment.loan.enterprise.name

    @admin.display(description=gettext_lazy("本金损失"), ordering="loss_amount")
    def loss(self, claim: Claim) -> str:
        return money(claim.loss_amount)

    @admin.display(description=gettext_lazy("资金池承担"), ordering="fund_amount")
    def fund_share(self, claim: Claim) -> str:
        return money(claim.fund_amount)

    def page_context(self, request: HttpRequest, row: Claim) -> dict[str, Any]:
        fund, user = row.enrolment.scheme.fund, staff(request)
        recoveries = list(row.recoveries.select_related("received_by").order_by("pk"))
        return {
            "claim": row,
            "fund": fund,
            "standing": queries.standing(fund),
            "recoveries": recoveries,
            "timeline": queries.timeline(row, names_staff=True),
            "sheet": queries.latest_sheet(row),
            "decisions": open_decisions(row, user, recoveries),
            "is_barred": is_barred(row, user),
            "waits_for": waits_for(row),
        }

    def decide(self, request: HttpRequest, object_id: int, verb: str) -> HttpResponse:
        """Check, return, approve, refuse, pay or close, with the words that were typed beside it."""
        claim, decision = self.row(request, str(object_id)), DECISIONS.get(verb)
        if decision is None or request.method != "POST":
            raise Http404
        form = NoteForm(request.POST, prefix=verb, is_required=decision.asks_note)
        url = reverse("admin:compensation_claim_change", args=[object_id])
        if not form.is_valid():
            messages.error(request, _("请填写“%(label)s”后再提交。") % {"label": decision.note_label})
            return redirect(url)
        note, user = form.cleaned_data["note"], staff(request)
        act = decision.act
        return self.perform(
            request, url, str(decision.done), lambda: act(claim=claim, note=note, by=user, at=timezone.now())
        )

    def receive(self, request: HttpRequest, object_id: int, pk: int) -> HttpResponse:
        """The bank's remittance of a recovery has come."""
        claim = self.row(request, str(object_id))
        recovery = get_object_or_404(Recovery, claim=claim, pk=pk)
        if request.method != "POST":
            raise Http404
        note, user = request.POST.get(f"receive-{pk}-note", ""), staff(request)
        return self.perform(
            request,
            reverse("admin:compensation_claim_change", args=[object_id]),
            _("已确认到账，资金池可用余额已增加。"),
            lambda: actions.confirm_remittance(recovery=recovery, note=note, by=user, at=timezone.now()),
        )

    def evidence(self, request: HttpRequest, object_id: int) -> HttpResponseBase:
        claim = self.row(request, str(object_id))
        if claim.evidence_id is None:
            raise Http404

        def may_open(_user: User, upload: Upload) -> bool:
            return bool(upload.pk == claim.evidence_id)

        return upload_view(may_open)(request, claim.evidence_id)

    def sheet(self, request: HttpRequest, object_id: int) -> HttpResponse:
        claim = self.row(request, str(object_id))
        if request.method != "POST":
            raise Http404
        document = actions.issue_sheet(claim=claim, by=staff(request), at=timezone.now())
        return redirect("admin:compensation_claim_document", object_id=object_id, pk=document.pk)

    def document(self, request: HttpRequest, object_id: int, pk: int) -> HttpResponseBase:
        claim = self.row(request, str(object_id))

        def may_open(_user: User, document: IssuedDocument) -> bool:
            return (document.subject_kind, document.subject_id) == (Claim._meta.label_lower, str(claim.pk))

        return document_view(may_open)(request, pk)


@admin.register(Recovery)
class RecoveryAdmin(DeskPage):
    """A list; a recovery opens with its claim, where the treasury confirms it."""

    view_permission = Permission.LEDGER_READ
    list_display = ["reference", "claim", "recovered_on", "net", "returned", "remit_by", "received_at"]
    list_filter = ["received_at", "recovered_on"]
    list_select_related = ["claim"]
    search_fields = ["reference", "claim__number"]

    @admin.display(description=gettext_lazy("追回净额"))
    def net(self, recovery: Recovery) -> str:
        return money(recovery.gross_amount - recovery.cost_amount)

    @admin.display(description=gettext_lazy("返还资金池"))
    def returned(self, recovery: Recovery) -> str:
        return money(recovery.fund_amount)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("admin:compensation_claim_change", self.row(request, object_id).claim_id)
