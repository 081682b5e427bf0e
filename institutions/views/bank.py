"""The institution's own page: who works there and where."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from institutions import actions, queries
from institutions.access import OfficerRequest, officer_required
from institutions.forms import AppointForm, BranchForm
from institutions.models import Officer
from portal.accounts.roles import Permission
from portal.doors import refuses, say
from portal.refusals import Refusal


@officer_required()
@require_GET
def bank_institution(request: OfficerRequest) -> HttpResponse:
    institution = request.officer.institution
    shown = {
        "institution": institution,
        "officers": queries.officers_of(institution),
        "branches": queries.branches_of(institution),
        "manages": request.officer.may(Permission.INSTITUTION_MANAGE),
    }
    return render(request, "institutions/bank_institution.html", shown)


@refuses
@officer_required(Permission.INSTITUTION_MANAGE)
@require_http_methods(["GET", "POST"])
def bank_officer_appoint(request: OfficerRequest) -> HttpResponse:
    institution = request.officer.institution
    form = AppointForm(request.POST or None, institution=institution)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            officer = actions.appoint(institution=institution, by=request.user, at=timezone.now(), **form.cleaned_data)
        except Refusal as refused:
            refusal = refused
        else:
            say(request, _("%(who)s 已任%(role)s。") % {"who": officer.user, "role": officer.get_role_display()})
            return redirect("bank_institution")
    status = refusal.status if refusal else 422 if form.errors else 200
    return render(request, "institutions/bank_officer_appoint.html", {"form": form, "refusal": refusal}, status=status)


@refuses
@officer_required(Permission.INSTITUTION_MANAGE)
@require_http_methods(["GET", "POST"])
def bank_officer_end(request: OfficerRequest, pk: int) -> HttpResponse:
    """Ask once more, then end the post."""
    colleagues = Officer.objects.visible_to(request.user).select_related("user", "institution")
    officer = get_object_or_404(colleagues, pk=pk, institution=request.officer.institution_id)
    if request.method == "POST":
        actions.end_post(officer=officer, by=request.user, at=timezone.now())
        say(request, _("%(who)s 的岗位已结束。") % {"who": officer.user})
        return redirect("bank_institution" if officer.user_id != request.user.pk else "after_login")
    return render(request, "institutions/bank_officer_end.html", {"officer": officer})


@refuses
@officer_required(Permission.INSTITUTION_MANAGE)
@require_http_methods(["GET", "POST"])
def bank_branch_open(request: OfficerRequest) -> HttpResponse:
    form = BranchForm(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            branch = actions.open_branch(
                institution=request.officer.institution, by=request.user, at=timezone.now(), **form.cleaned_data
            )
        except Refusal as refused:
            refusal = refused
        else:
            say(request, _("已新增网点 %(name)s。") % {"name": branch})
            return redirect("bank_institution")
    status = refusal.status if refusal else 422 if form.errors else 200
    return render(request, "institutions/bank_branch_open.html", {"form": form, "refusal": refusal}, status=status)
