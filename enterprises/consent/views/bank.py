"""What an institution owes when a consent to it has ended: the list, and the two things to say."""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from enterprises.consent import actions, policies, queries
from enterprises.consent.forms import DutyForm
from enterprises.consent.models import DeletionDuty
from institutions.access import OfficerRequest, officer_required
from portal.accounts.roles import Permission
from portal.doors import keyset_page, refuses, say
from portal.refusals import Refusal


@require_GET
@officer_required(Permission.INSTITUTION_VIEW)
def bank_duties(request: OfficerRequest) -> HttpResponse:
    """Duties of the institution: the open ones by the day they are due, what is done behind a switch."""
    return _list(request)


@require_POST
@refuses
@officer_required(Permission.INSTITUTION_VIEW)
def bank_duty_acknowledge(request: OfficerRequest, pk: int) -> HttpResponseBase:
    actions.acknowledge(duty=_ours(request, pk), officer=request.officer, at=timezone.now())
    say(request, _("已确认。请在期限内删除信息后再来登记。"))
    return redirect("bank_duties")


@require_POST
@refuses
@officer_required(Permission.INSTITUTION_VIEW)
def bank_duty_delete(request: OfficerRequest, pk: int) -> HttpResponseBase:
    duty, form = _ours(request, pk), DutyForm(request.POST)
    if not form.is_valid():
        return _list(request, bound=(duty.pk, form), status=422)
    try:
        actions.confirm_deletion(
            duty=duty, officer=request.officer, statement=form.cleaned_data["statement"], at=timezone.now()
        )
    except Refusal as refusal:
        return _list(request, bound=(duty.pk, form), refusal=refusal, status=refusal.status)
    say(request, _("已登记删除，企业会看到您的说明。"))
    return redirect("bank_duties")


def _list(
    request: OfficerRequest,
    *,
    bound: tuple[int, DutyForm] | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = DeletionDuty.objects.visible_to(request.user).filter(institution=request.officer.institution)
    is_done = request.GET.get("show") == "done"
    page = keyset_page(queries.duties(rows, is_done=is_done), request.GET.get("after", ""))
    today = timezone.localdate()
    duties = [
        (duty, bound[1] if bound and bound[0] == duty.pk else DutyForm(auto_id=f"id_{duty.pk}_%s"))
        for duty in page.rows
    ]
    for duty, _form in duties:
        duty.is_late = duty.is_overdue_on(today)
    context = {
        "page": page,
        "duties": duties,
        "is_done": is_done,
        "today": today,
        "refusal": refusal,
        "may": policies.may_open_files(request.officer) or request.officer.may(Permission.INSTITUTION_MANAGE),
    }
    return render(request, "enterprises/consent/duties.html", context, status=status)


def _ours(request: OfficerRequest, pk: int) -> DeletionDuty:
    rows = DeletionDuty.objects.visible_to(request.user).filter(institution=request.officer.institution)
    return get_object_or_404(rows, pk=pk)
