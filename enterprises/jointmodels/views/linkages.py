"""A bank's lists compared with the station: open, fetch key and program, hand in digests, see the size and who agreed."""

from pathlib import Path
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from enterprises.jointmodels import link_digests, policies
from enterprises.jointmodels.actions import linkages
from enterprises.jointmodels.forms import DigestsForm, LinkageForm
from enterprises.jointmodels.models import Invitation, Linkage
from enterprises.jointmodels.states import InvitationState, LinkageState
from institutions.access import OfficerRequest, officer_required
from portal.doors import keyset_page, refuses, say
from portal.refusals import NotPermitted, Refusal


@require_GET
@officer_required()
def bank_linkages(request: OfficerRequest) -> HttpResponse:
    return _list(request, LinkageForm())


@require_POST
@refuses
@officer_required()
def bank_linkage_open(request: OfficerRequest) -> HttpResponseBase:
    form = LinkageForm(request.POST)
    if not form.is_valid():
        return _list(request, form, status=422)
    linkage = linkages.open_linkage(officer=request.officer, title=form.cleaned_data["title"], at=timezone.now())
    return redirect("bank_linkage", linkage.pk)


@require_GET
@officer_required()
def bank_linkage(request: OfficerRequest, pk: int) -> HttpResponse:
    return _page(request, _ours(request, pk), DigestsForm())


@require_GET
@refuses
@officer_required()
def bank_linkage_key(request: OfficerRequest, pk: int) -> HttpResponseBase:
    """Number and secret of one comparison, as the program reads them."""
    linkage = _ours(request, pk)
    if not policies.may_keep_models(request.officer):
        raise NotPermitted
    if linkage.state != LinkageState.OPENED:
        raise linkages.AlreadyCounted
    return _download(f"{linkage.pk}\n{linkage.secret}\n", f"linkage-{linkage.pk}.key")


@require_GET
@officer_required()
def bank_linkage_tool(request: OfficerRequest) -> HttpResponseBase:
    """The program itself, to be read before it is run."""
    return _download(Path(link_digests.__file__).read_text(encoding="utf-8"), "link_digests.py")


@require_POST
@refuses
@officer_required()
def bank_linkage_count(request: OfficerRequest, pk: int) -> HttpResponseBase:
    linkage = _ours(request, pk)
    form = DigestsForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, linkage, form, status=422)
    try:
        linkages.count(
            linkage=linkage, officer=request.officer, digests=form.cleaned_data["digests"].read(), at=timezone.now()
        )
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        return _page(request, linkage, form, refusal=refusal, status=refusal.status)
    say(request, _("比对完成，摘要和密码已销毁。"))
    return redirect("bank_linkage", pk)


def _ours(request: OfficerRequest, pk: int) -> Linkage:
    rows = Linkage.objects.visible_to(request.user).filter(institution_id=request.officer.institution_id)
    return get_object_or_404(rows.select_related("opened_by", "counted_by"), pk=pk)


def _list(request: OfficerRequest, form: LinkageForm, status: int = 200) -> HttpResponse:
    rows = Linkage.objects.visible_to(request.user).filter(institution_id=request.officer.institution_id)
    shown = {
        "page": keyset_page(rows, request.GET.get("after", "")),
        "form": form,
        "keeps": policies.may_keep_models(request.officer),
    }
    return render(request, "enterprises/jointmodels/linkages.html", shown, status=status)


def _page(
    request: OfficerRequest, linkage: Linkage, form: DigestsForm, *, refusal: Refusal | None = None, status: int = 200
) -> HttpResponse:
    agreed = Invitation.objects.filter(linkage=linkage, state=InvitationState.AGREED).select_related("enterprise")
    shown: dict[str, Any] = {
        "linkage": linkage,
        "form": form,
        "refusal": refusal,
        "agreed": agreed,
        "keeps": policies.may_keep_models(request.officer),
    }
    return render(request, "enterprises/jointmodels/linkage.html", shown, status=status)


def _download(text: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
