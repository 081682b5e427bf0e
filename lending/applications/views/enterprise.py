"""The firm's side: apply, follow, answer, withdraw."""

import uuid
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from enterprises.access import MemberRequest, member_required
from enterprises.consent import gate
from institutions.products.models import ProductVersion
from lending.applications import actions, queries, rules
from lending.applications.actions.applying import PURPOSE, NeedNotOpen, ProductNotListed
from lending.applications.forms import AnswerForm, ApplyForm
from lending.applications.models import Application, DocumentRequest
from lending.applications.states import MOVES
from lending.matching import queries as matching
from lending.needs.models import Need
from lending.needs.states import NeedState
from portal.accounts.roles import Permission
from portal.documents.views import upload_view
from portal.doors import keyset_page, refuses, say
from portal.refusals import Refusal

WHOLE: Final = ("enterprise", "institution", "need", "product_version__product", "submitted_by", "withdrawn_by")


@require_http_methods(["GET", "POST"])
@refuses
@member_required(Permission.FINANCE_APPLY)
def enterprise_apply(request: MemberRequest, need_pk: int, version_pk: int) -> HttpResponse:
    """The product's terms, how the firm meets them, and the form, once the institution is authorized."""
    need = get_object_or_404(Need.objects.visible_to(request.user), pk=need_pk, enterprise=request.member.enterprise)
    version = ProductVersion.objects.on_shelf().filter(pk=version_pk).first()
    if version is None:
        raise ProductNotListed
    if need.state != NeedState.OPEN:
        raise NeedNotOpen
    form = ApplyForm(request.POST or None, version=version, initial=_initial(need, version))
    if not form.is_valid():
        return _apply_page(request, need, version, form, status=422 if form.is_bound else 200)
    try:
        application = actions.apply(
            member=request.member,
            need=need,
            product_version=version,
            authorization_id=_consent(need, version),
            at=timezone.now(),
            **form.cleaned_data,
        )
    except Refusal as refusal:
        return _apply_page(request, need, version, form, refusal=refusal, status=refusal.status)
    say(request, _("申请已提交，机构将在 1 个工作日内受理。"))
    return redirect("enterprise_application", application.pk)


@require_GET
@member_required(Permission.ENTERPRISE_VIEW)
def enterprise_applications(request: MemberRequest) -> HttpResponse:
    mine = _mine(request).select_related("institution", "product_version__product")
    page = keyset_page(mine, request.GET.get("after", ""))
    rows = [queries.Row(row, rules.clock(row.due_at, timezone.now())) for row in page.rows]
    return render(request, "lending/applications/list.html", {"page": page, "rows": rows})


@require_GET
@member_required(Permission.ENTERPRISE_VIEW)
def enterprise_application(request: MemberRequest, pk: int) -> HttpResponse:
    application = get_object_or_404(_mine(request).select_related(*WHOLE), pk=pk)
    return _page(request, application)


@require_http_methods(["GET", "POST"])
@refuses
@member_required(Permission.FINANCE_APPLY)
def enterprise_application_answer(request: MemberRequest, pk: int, request_pk: int) -> HttpResponse:
    """Hand in one document. Without a file it is only a way back to the application."""
    application = get_object_or_404(_mine(request).select_related(*WHOLE), pk=pk)
    asked = get_object_or_404(DocumentRequest, application=application, pk=request_pk)
    form = AnswerForm(request.POST, request.FILES) if request.method == "POST" else AnswerForm()
    if not form.is_valid():
        return _page(request, application, answer=(asked.pk, form), status=422 if form.is_bound else 200)
    try:
        actions.answer(document_request=asked, member=request.member, at=timezone.now(), **form.cleaned_data)
    except Refusal as refusal:
        return _page(request, application, answer=(asked.pk, form), refusal=refusal, status=refusal.status)
    say(request, _("材料已提交。"))
    return redirect("enterprise_application", application.pk)


@require_http_methods(["GET", "POST"])
@refuses
@member_required(Permission.FINANCE_APPLY)
def enterprise_application_withdraw(request: MemberRequest, pk: int) -> HttpResponse:
    application = get_object_or_404(_mine(request).select_related(*WHOLE), pk=pk)
    if request.method == "POST":
        actions.withdraw(application=application, member=request.member, at=timezone.now())
        say(request, _("申请已撤回。"))
        return redirect("enterprise_application", application.pk)
    return render(request, "lending/applications/withdraw.html", {"application": application})


enterprise_answer_file = member_required(Permission.ENTERPRISE_VIEW)(upload_view(queries.may_open_own_answer))


def _mine(request: MemberRequest) -> Any:
    return Application.objects.visible_to(request.user).filter(enterprise=request.member.enterprise)


def _consent(need: Need, version: ProductVersion) -> int | None:
    return gate.live_authorization(
        enterprise_id=need.enterprise_id,
        institution_id=version.product.institution_id,
        purpose_code=PURPOSE,
        at=timezone.now(),
    )


def _apply_page(
    request: MemberRequest,
    need: Need,
    version: ProductVersion,
    form: ApplyForm,
    *,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    at = timezone.now()
    match = matching.match(need=need, version=version, amount=need.amount, term_months=need.term_months, at=at)
    shown = {
        "need": need,
        "version": version,
        "match": match,
        "consent": _consent(need, version),
        "form": form,
        "refusal": refusal,
        "at": at,
    }
    return render(request, "lending/applications/apply.html", shown, status=status)


def _page(
    request: MemberRequest,
    application: Application,
    *,
    answer: tuple[int, AnswerForm] | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    may_act = request.member.may(Permission.FINANCE_APPLY)
    asked = list(application.document_requests.select_related("answer", "asked_by", "answered_by"))
    failed, bound = answer or (0, AnswerForm())
    shown = {
        "application": application,
        "clock": rules.clock(application.due_at, timezone.now()),
        "requests": [(row, bound if row.pk == failed else AnswerForm(auto_id=f"r{row.pk}_%s")) for row in asked],
        "timeline": queries.timeline(application, asked, for_bank=False),
        "next_steps": rules.next_steps(application.refusal_reason) if application.refusal_reason else (),
        "may_answer": may_act and MOVES.allows("answer", application.state),
        "may_withdraw": may_act and MOVES.allows("withdraw", application.state),
        "refusal": refusal,
    }
    return render(request, "lending/applications/enterprise.html", shown, status=status)


def _initial(need: Need, version: ProductVersion) -> dict[str, Any]:
    return {
        "amount": min(max(need.amount, version.min_amount), version.max_amount),
        "term_months": min(max(need.term_months, version.min_term_months), version.max_term_months),
        "contact_name": need.contact_name,
        "contact_phone": need.contact_phone,
        "is_first_loan": need.is_first_loan,
        "submission_key": uuid.uuid4(),
    }
