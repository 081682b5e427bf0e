"""The institution's side: the inbox by clock, the application, the credit file, the decision."""

from collections.abc import Callable
from typing import Any, Final

from django import forms
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from enterprises.consent import gate
from institutions.access import OfficerRequest, officer_required
from lending.applications import actions, policies, queries, rules
from lending.applications.forms import AskForm, InboxFilter, RefuseForm, SendBackForm, TermsForm
from lending.applications.models import Application
from lending.applications.states import MOVES, ApplicationState
from portal import industries, regions
from portal.accounts.roles import Permission
from portal.documents.views import upload_view
from portal.doors import refuses, say
from portal.refusals import Refusal

WHOLE: Final = (
    "enterprise",
    "institution",
    "need",
    "product_version__product",
    "submitted_by",
    "accepted_by",
    "proposed_by",
    "sent_back_by",
    "decided_by",
    "withdrawn_by",
    "contracted_by",
)


@require_GET
@officer_required(Permission.APPLICATION_HANDLE)
def bank_inbox(request: OfficerRequest) -> HttpResponse:
    box = request.GET.get("box", "todo")
    box = box if box in queries.BOXES else "todo"
    filters = InboxFilter(request.GET)
    rows = _ours(request)
    if filters.is_valid():
        rows = queries.search(rows, filters.cleaned_data["q"])
        if region := filters.cleaned_data["region"]:
            rows = rows.filter(responsible_region=region)
    at = timezone.now()
    shown = {
        "box": box,
        "page": queries.inbox(rows, box, request.GET.get("after", ""), at=at),
        "counts": queries.box_counts(request.officer.institution),
        "filters": filters,
        "at": at,
    }
    return render(request, "lending/applications/inbox.html", shown)


@require_GET
@officer_required(Permission.APPLICATION_HANDLE)
def bank_application(request: OfficerRequest, pk: int) -> HttpResponse:
    return _page(request, _fetch(request, pk))


@require_http_methods(["GET", "POST"])
@refuses
@officer_required(Permission.APPLICATION_HANDLE)
def bank_application_file(request: OfficerRequest, pk: int) -> HttpResponse:
    """A look is an act: it is announced by GET and made by POST, so that no reload spends a use of the consent."""
    application = _fetch(request, pk)
    shown: dict[str, Any] = {"application": application}
    if request.method == "POST":
        shown["file"] = gate.open_file(
            authorization_id=application.authorization_id,
            officer=request.officer,
            door="page",
            parent=("application", application.pk),
            at=timezone.now(),
        )
    response = render(request, "lending/applications/file.html", shown)
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@refuses
@officer_required(Permission.APPLICATION_HANDLE)
def bank_application_accept(request: OfficerRequest, pk: int) -> HttpResponse:
    application = _fetch(request, pk)
    actions.accept(application=application, officer=request.officer, at=timezone.now())
    say(request, str(_("已受理。")))
    return redirect("bank_application", pk)


def _verb(
    name: str,
    act: Callable[..., object],
    make: Callable[[OfficerRequest, Application], forms.Form],
    done: str | Promise,
    permission: Permission = Permission.APPLICATION_HANDLE,
) -> Callable[..., HttpResponseBase]:
    """The door of one verb with a form: what is wrong is shown in place, on the application's page."""

    @require_POST
    @refuses
    @officer_required(permission)
    def door(request: OfficerRequest, pk: int) -> HttpResponse:
        application = _fetch(request, pk)
        form = make(request, application)
        if not form.is_valid():
            return _page(request, application, bound={name: form}, status=422)
        try:
            act(application=application, officer=request.officer, at=timezone.now(), **form.cleaned_data)
        except Refusal as refusal:
            application.refresh_from_db()
            return _page(request, application, bound={name: form}, refusal=refusal, status=refusal.status)
        say(request, str(done))
        return redirect("bank_application", pk)

    return door


def _terms(request: OfficerRequest, application: Application) -> TermsForm:
    return TermsForm(request.POST, application=application)


bank_application_ask = _verb("ask", actions.ask, lambda r, _a: AskForm(r.POST), _("已请企业补充材料。"))
bank_application_propose = _verb("terms", actions.propose, _terms, _("授信建议已提交审批。"))
bank_application_approve = _verb("terms", actions.approve, _terms, _("已批准授信，企业已收到通知。"))
bank_application_refuse = _verb(
    "refuse", actions.refuse, lambda r, _a: RefuseForm(r.POST), _("已告知企业未通过的原因。")
)
bank_application_send_back = _verb(
    "send_back",
    actions.send_back,
    lambda r, _a: SendBackForm(r.POST),
    _("已退回信贷员。"),
    Permission.APPLICATION_DECIDE,
)

bank_answer_file = officer_required(Permission.APPLICATION_HANDLE)(upload_view(queries.may_open_answer))


def _ours(request: OfficerRequest) -> Any:
    return Application.objects.visible_to(request.user).filter(institution=request.officer.institution)


def _fetch(request: OfficerRequest, pk: int) -> Application:
    application: Application = get_object_or_404(_ours(request).select_related(*WHOLE), pk=pk)
    return application


def _page(
    request: OfficerRequest,
    application: Application,
    *,
    bound: dict[str, forms.Form] | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    asked = list(application.document_requests.select_related("answer", "asked_by", "answered_by"))
    blank = {
        "ask": AskForm(auto_id="ask_%s"),
        "terms": TermsForm(application=application, auto_id="terms_%s"),
        "refuse": RefuseForm(auto_id="refuse_%s"),
        "send_back": SendBackForm(auto_id="send_back_%s"),
    }
    shown = {
        "application": application,
        "clock": rules.clock(application.due_at, timezone.now()),
        "requests": asked,
        "timeline": queries.timeline(application, asked, for_bank=True),
        "forms": {**blank, **(bound or {})},
        "may": _may(request, application),
        "region": regions.name_of(application.enterprise.county_code),
        "industry": industries.name_of(application.enterprise.industry_code),
        "refusal": refusal,
    }
    return render(request, "lending/applications/bank.html", shown, status=status)


def _may(request: OfficerRequest, application: Application) -> dict[str, bool]:
    """Which panels to offer; the actions decide for themselves."""
    officer, state = request.officer, application.state
    is_handler, is_approver = policies.may_handle(officer, application), policies.may_decide(officer, application)
    is_other = not policies.is_own_proposal(officer, application)
    is_proposed, four_eyes = state == ApplicationState.PROPOSED, application.institution.asks_four_eyes
    return {
        "accept": is_handler and MOVES.allows("accept", state),
        "ask": is_handler and MOVES.allows("ask", state),
        "propose": is_handler and four_eyes and MOVES.allows("propose", state),
        "approve": (is_approver and is_other)
        if is_proposed
        else is_handler and not four_eyes and state == ApplicationState.ACCEPTED,
        "send_back": is_approver and is_other and is_proposed,
        "refuse": (is_approver if is_proposed else is_handler) and MOVES.allows("refuse", state),
        "sign": officer.may(Permission.LOAN_SERVICE) and state == ApplicationState.APPROVED,
    }
