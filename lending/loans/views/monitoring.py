"""Looking after a loan that has been paid out: a consent of its own, asked for here, and the file under it."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from enterprises.consent import actions as consent
from enterprises.consent import gate
from institutions.access import OfficerRequest, officer_required
from lending.loans.forms import MonitoringForm
from lending.loans.models import Loan
from lending.loans.states import LoanState
from portal.accounts.roles import Permission
from portal.doors import refuses, say
from portal.refusals import Conflict, Refusal

PURPOSE = "post_loan"


class LoanNotRunning(Conflict):
    code = "loan_not_running"
    message = gettext_lazy("只有已放款、未结清的贷款才能请求贷后授权。")


@require_http_methods(["GET", "POST"])
@refuses
@officer_required(Permission.LOAN_SERVICE)
def bank_loan_monitoring(request: OfficerRequest, pk: int) -> HttpResponseBase:
    """The consents that belong to the loan, and the form that asks the firm for one."""
    loan, now = _fetch(request, pk), timezone.now()
    found = gate.consents_of(parent=("loan", loan.pk), institution_id=loan.institution_id, at=now)
    last = min(loan.matures_on or timezone.localdate(now), timezone.localdate(now) + timedelta(days=1824))
    form = MonitoringForm(request.POST or None, initial={"submission_key": uuid4(), "ends_on": last})
    shown: dict[str, Any] = {
        "loan": loan,
        "consents": found,
        "live": next((row for row in found if row.is_live), None),
        "is_running": loan.state == LoanState.DRAWN,
        "waits": any(row.state == "requested" and row.ends_at > now for row in found),
        "form": form,
    }
    if request.method != "POST" or not form.is_valid():
        return render(request, "lending/loans/monitoring.html", shown, status=422 if form.errors else 200)
    try:
        _ask(request, loan, form.cleaned_data, now)
    except Refusal as refusal:
        shown["refusal"] = refusal
        return render(request, "lending/loans/monitoring.html", shown, status=refusal.status)
    say(request, _("已请求贷后授权，等待企业同意。"))
    return redirect("bank_loan_monitoring", pk)


@require_http_methods(["GET", "POST"])
@refuses
@officer_required(Permission.LOAN_SERVICE)
def bank_loan_file(request: OfficerRequest, pk: int) -> HttpResponse:
    """A look under the loan's own consent; announced by GET, made by POST."""
    loan, now = _fetch(request, pk), timezone.now()
    shown: dict[str, Any] = {"loan": loan}
    if request.method == "POST":
        found = gate.consents_of(parent=("loan", loan.pk), institution_id=loan.institution_id, at=now)
        if not found:
            raise gate.AuthorizationNotLive
        newest = next((row for row in found if row.is_live), found[0])
        shown["file"] = gate.open_file(
            authorization_id=newest.id, officer=request.officer, door="page", parent=("loan", loan.pk), at=now
        )
    response = render(request, "lending/loans/file.html", shown)
    response["Cache-Control"] = "private, no-store"
    return response


def _ask(request: OfficerRequest, loan: Loan, terms: dict[str, Any], at: datetime) -> None:
    if loan.state != LoanState.DRAWN:
        raise LoanNotRunning
    consent.request(
        officer=request.officer,
        enterprise=loan.enterprise,
        purpose_code=PURPOSE,
        items=loan.product_version.asked_items,
        fetch_kind="periodic",
        frequency=(terms["uses"], "month"),
        ends_at=timezone.make_aware(datetime.combine(terms["ends_on"] + timedelta(days=1), time.min)),
        data_months=terms["data_months"],
        parent=("loan", loan.pk),
        submission_key=terms["submission_key"],
        at=at,
    )


def _fetch(request: OfficerRequest, pk: int) -> Loan:
    rows = Loan.objects.visible_to(request.user).filter(institution=request.officer.institution)
    return get_object_or_404(rows.select_related("enterprise", "product_version__product"), pk=pk)
