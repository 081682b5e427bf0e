"""A need and the products that fit it, with the reason for each."""

from typing import Final

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from enterprises.access import MemberRequest, member_required
from enterprises.jointmodels.actions import cohorts
from institutions.access import OfficerRequest, officer_required
from institutions.products.models import ProductVersion
from lending.matching import queries
from lending.needs.models import Need
from lending.needs.states import NeedState
from portal.accounts.roles import Permission
from portal.doors import is_key

SHOWN: Final = 20


@require_GET
@member_required(Permission.ENTERPRISE_VIEW)
def enterprise_need(request: MemberRequest, pk: int) -> HttpResponse:
    """Matches are worked out anew at every look, as long as the need is open."""
    mine = Need.objects.visible_to(request.user).filter(enterprise=request.member.enterprise)
    need = get_object_or_404(mine, pk=pk)
    at = timezone.now()
    shelf = queries.sorted_shelf(need=need, at=at) if need.state == NeedState.OPEN else queries.Shelf()
    fit = request.GET.get("fit", "")
    found, applied = shelf.of(fit), queries.applied(need)
    start = int(after) if is_key(after := request.GET.get("after", "")) else 0
    shown = {
        "need": need,
        "shelf": shelf,
        "fit": fit,
        "found": [
            (match, applied.get(match.version.pk)) for match in queries.with_versions(found[start : start + SHOWN])
        ],
        "after": str(start + SHOWN) if start + SHOWN < len(found) else "",
        "may_apply": request.member.may(Permission.FINANCE_APPLY) and need.state == NeedState.OPEN,
        "at": at,
    }
    return render(request, "lending/matching/need.html", shown)


@officer_required(Permission.PRODUCT_DRAFT)
@require_GET
def bank_product_reach(request: OfficerRequest, pk: int) -> HttpResponse:
    """How many firms a version's criteria would let in, to see before it is submitted whether they are too narrow."""
    ours = ProductVersion.objects.visible_to(request.user).select_related("product")
    version = get_object_or_404(ours, pk=pk, product__institution=request.officer.institution_id)
    now = timezone.now()
    today = timezone.localdate(now)
    cohorts.note_look(officer=request.officer, question="reach", places=[str(version.pk)], at=now)
    shown = {"version": version, "reach": queries.reach(version=version, today=today), "today": today}
    return render(request, "lending/matching/reach.html", shown)
