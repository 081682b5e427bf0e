"""Where a person begins: the first page of the audience they belong to."""

from typing import cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from enterprises.access import MemberRequest, member_required
from enterprises.consent import gate
from enterprises.models import Member
from institutions.access import OfficerRequest, officer_required
from institutions.models import Officer
from lending.applications.states import ApplicationState
from lending.desks import queries
from lending.desks.rules import Waiting, next_step
from portal.accounts.models import User
from portal.accounts.roles import Permission


@require_GET
def after_login(request: HttpRequest) -> HttpResponseBase:
    """Staff to the admin site, officers to the bank desk, members to their firm, everybody else to bind a firm."""
    user = cast(User, request.user)
    if user.is_staff:
        return redirect("admin:index")
    if Officer.objects.serving().filter(user_id=user.pk).exists():
        return redirect("bank_home")
    if Member.objects.acting().filter(user_id=user.pk).exists():
        return redirect("enterprise_home")
    return redirect("enterprise_bind")


@require_GET
@member_required(Permission.ENTERPRISE_VIEW)
def enterprise_home(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    desk = queries.firm_desk(request.member, at=now)
    asked = gate.own_requests(member=request.member, at=now)
    waiting = Waiting(
        documents=len(desk.requests),
        requests=len(asked),
        overdue=sum(debt.is_overdue for debt in desk.debts),
        approved=sum(row.application.state == ApplicationState.APPROVED for row in desk.applications),
        running=len(desk.applications),
        open_needs=len(desk.needs),
    )
    grades = gate.own_grades(member=request.member)
    shown = {
        "desk": desk,
        "asked": asked,
        "step": next_step(waiting),
        "grade": next(iter(grades), None),
        "other_grades": grades[1:],
        "looks": gate.own_looks(member=request.member, count=queries.FEW),
        "now": now,
    }
    return render(request, "lending/desks/enterprise_home.html", shown)


@require_GET
@officer_required(Permission.INSTITUTION_VIEW)
def bank_home(request: OfficerRequest) -> HttpResponse:
    now = timezone.now()
    shown = {"desk": queries.bank_desk(request.officer, at=now), "officer": request.officer, "now": now}
    return render(request, "lending/desks/bank_home.html", shown)
