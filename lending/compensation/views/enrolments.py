"""Enrol a loan (备案), look at what is enrolled, take a loan out again."""

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from institutions.access import OfficerRequest, officer_required
from lending.compensation import actions, queries
from lending.compensation.forms import EnrolForm
from lending.compensation.models import Enrolment
from lending.loans.models import Loan
from portal.accounts.roles import Permission
from portal.doors import keyset_page, refuses, say


@require_GET
@officer_required(Permission.INSTITUTION_VIEW)
def bank_enrolments(request: OfficerRequest) -> HttpResponse:
    """Every loan the bank has under a scheme, newest first, with the claim it has led to."""
    rows = Enrolment.objects.visible_to(request.user).select_related("loan__enterprise", "scheme")
    page = keyset_page(rows.prefetch_related("claims"), request.GET.get("after", ""))
    return render(request, "lending/compensation/enrolments.html", {"page": page})


@require_GET
@officer_required(Permission.INSTITUTION_VIEW)
def bank_enrolment(request: OfficerRequest, pk: int) -> HttpResponse:
    """The enrolment with its verdicts, and how far it is from a claim."""
    enrolment = visible_enrolment(request, pk)
    shown = {
        "enrolment": enrolment,
        "claim": queries.live_claim(enrolment),
        "readiness": queries.readiness(enrolment, day=timezone.localdate()),
        "may_file": request.officer.may(Permission.CLAIM_FILE),
    }
    return render(request, "lending/compensation/enrolment.html", shown)


@require_http_methods(["GET", "POST"])
@officer_required(Permission.CLAIM_FILE)
@refuses
def bank_loan_enrol(request: OfficerRequest, loan_pk: int) -> HttpResponse:
    """Every scheme of the drawdown day with the verdict of each clause; one click enrols."""
    loans = Loan.objects.visible_to(request.user).select_related("enterprise", "product_version__product")
    loan = get_object_or_404(loans.filter(institution=request.officer.institution), pk=loan_pk)
    asks_collateral = loan.guarantee in {"mortgage", "pledge"}
    form = EnrolForm(request.POST or None, asks_collateral=asks_collateral)
    if request.method == "POST" and form.is_valid():
        scheme = get_object_or_404(
            queries.schemes_for(loan, today=timezone.localdate(_now())), pk=form.cleaned_data["scheme"]
        )
        enrolment = actions.enrol(
            loan=loan, scheme=scheme, officer=request.officer, at=_now(), collateral_share=form.collateral_share
        )
        say(request, _("已备案，编号 %(number)s。") % {"number": enrolment.number})
        return redirect("bank_enrolment", pk=enrolment.pk)
    live = Enrolment.objects.live().filter(loan=loan).first()
    offers = [] if live else queries.offers(loan, at=_now())
    shown = {"loan": loan, "form": form, "offers": offers, "live": live, "asks_collateral": asks_collateral}
    return render(request, "lending/compensation/enrol.html", shown)


@require_http_methods(["GET", "POST"])
@officer_required(Permission.CLAIM_FILE)
@refuses
def bank_enrolment_cancel(request: OfficerRequest, pk: int) -> HttpResponse:
    enrolment = visible_enrolment(request, pk)
    if request.method == "POST":
        actions.cancel_enrolment(enrolment=enrolment, officer=request.officer, at=_now())
        say(request, _("已撤销备案。"))
        return redirect("bank_enrolment", pk=pk)
    return render(request, "lending/compensation/enrolment_cancel.html", {"enrolment": enrolment})


def visible_enrolment(request: OfficerRequest, pk: int) -> Enrolment:
    """The enrolment, if it is this bank's."""
    rows = Enrolment.objects.visible_to(request.user).select_related(
        "loan__enterprise", "loan__institution", "scheme__fund", "enrolled_by"
    )
    return get_object_or_404(rows.filter(loan__institution=request.officer.institution), pk=pk)


def _now() -> datetime:
    return timezone.now()
