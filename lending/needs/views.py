"""The firm's needs: list, post, withdraw. A need's own page, with its matches, is ``matching``'s."""

import uuid
from typing import Any

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from enterprises.access import MemberRequest, member_required
from institutions.products.models import ProductVersion
from lending.needs import actions
from lending.needs.forms import NeedForm
from lending.needs.models import Need
from portal.accounts.roles import Permission
from portal.doors import is_key, keyset_page, refuses, say
from portal.refusals import Refusal


@require_GET
@member_required(Permission.ENTERPRISE_VIEW)
def enterprise_needs(request: MemberRequest) -> HttpResponse:
    needs = Need.objects.visible_to(request.user).filter(enterprise=request.member.enterprise)
    page = keyset_page(needs.annotate(application_count=Count("applications")), request.GET.get("after", ""))
    may_post = request.member.may(Permission.FINANCE_APPLY)
    return render(request, "lending/needs/list.html", {"page": page, "may_post": may_post})


@require_http_methods(["GET", "POST"])
@member_required(Permission.FINANCE_APPLY)
def enterprise_need_post(request: MemberRequest) -> HttpResponse:
    form = NeedForm(request.POST or None, initial=_initial(request))
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            need = actions.post(member=request.member, at=timezone.now(), **form.cleaned_data)
        except Refusal as refused:
            refusal = refused
        else:
            say(request, _("融资需求已发布，以下是匹配结果。"))
            chosen = _chosen_version(request)
            return redirect("enterprise_apply", need.pk, chosen) if chosen else redirect("enterprise_need", need.pk)
    shown = {"form": form, "refusal": refusal}
    status = refusal.status if refusal else 422 if form.errors else 200
    return render(request, "lending/needs/post.html", shown, status=status)


@require_http_methods(["GET", "POST"])
@refuses
@member_required(Permission.FINANCE_APPLY)
def enterprise_need_withdraw(request: MemberRequest, pk: int) -> HttpResponse:
    mine = Need.objects.visible_to(request.user).filter(enterprise=request.member.enterprise)
    need = get_object_or_404(mine, pk=pk)
    if request.method == "POST":
        actions.withdraw(need=need, member=request.member, at=timezone.now())
        say(request, _("融资需求已撤回。"))
        return redirect("enterprise_needs")
    return render(request, "lending/needs/withdraw.html", {"need": need})


def _chosen_version(request: MemberRequest) -> int | None:
    """The product somebody came from, ``?version=``, while it stands on the shelf."""
    asked = request.GET.get("version", "")
    found = ProductVersion.objects.on_shelf().filter(pk=asked) if is_key(asked) else None
    return found.values_list("pk", flat=True).first() if found is not None else None


def _initial(request: MemberRequest) -> dict[str, Any]:
    """Whom to call, as last time or from the account; a key that makes a second click harmless."""
    contact = {"contact_name": request.user.full_name, "contact_phone": request.user.phone or ""}
    last = Need.objects.filter(enterprise=request.member.enterprise).order_by("-pk").first()
    if last is not None and last.posted_by_id == request.user.pk:
        contact = {"contact_name": last.contact_name, "contact_phone": last.contact_phone}
    return {**contact, "submission_key": uuid.uuid4()}
