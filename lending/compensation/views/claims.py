"""File a claim, follow it, complete it, report what comes back."""

from uuid import uuid4

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from institutions.access import OfficerRequest, officer_required
from lending.compensation import actions, queries
from lending.compensation.forms import ClaimForm, FileClaimForm, RecoveryForm
from lending.compensation.models import Claim
from lending.compensation.states import CLAIM_MOVES, ClaimState
from lending.compensation.views.enrolments import visible_enrolment
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.documents import actions as documents
from portal.documents.models import IssuedDocument, Upload, UploadKind
from portal.documents.views import document_view, upload_view
from portal.doors import keyset_page, refuses, say

ALLOWED = (UploadKind.PDF,)


@require_GET
@officer_required(Permission.INSTITUTION_VIEW)
def bank_claims(request: OfficerRequest) -> HttpResponse:
    """The bank's claims by state, and the enrolled loans whose claim is open today."""
    ours = Claim.objects.visible_to(request.user).filter(institution=request.officer.institution)
    state = request.GET.get("state", "")
    rows = ours.filter(state=state) if state in ClaimState.values else ours
    shown = {
        "page": keyset_page(rows.select_related("enrolment__loan__enterprise"), request.GET.get("after", "")),
        "state": state,
        "counts": queries.claims_by_state(ours),
        "claimable": queries.claimable(request.officer.institution, day=timezone.localdate()),
        "may_file": request.officer.may(Permission.CLAIM_FILE),
    }
    return render(request, "lending/compensation/claims.html", shown)


@require_GET
@officer_required(Permission.INSTITUTION_VIEW)
def bank_claim(request: OfficerRequest, pk: int) -> HttpResponse:
    claim = _visible(request, pk)
    shown = {
        "claim": claim,
        "recoveries": claim.recoveries.select_related("reported_by", "received_by").order_by("pk"),
        "timeline": queries.timeline(claim, names_staff=False),
        "sheet": queries.latest_sheet(claim),
        "verbs": CLAIM_MOVES.verbs_from(claim.state),
        "may_file": request.officer.may(Permission.CLAIM_FILE),
    }
    return render(request, "lending/compensation/claim.html", shown)


@require_http_methods(["GET", "POST"])
@officer_required(Permission.CLAIM_FILE)
@refuses
def bank_claim_file(request: OfficerRequest, pk: int) -> HttpResponse:
    """What the clauses ask, what the claim would come to today, and the form."""
    enrolment = visible_enrolment(request, pk)
    form = FileClaimForm(request.POST or None, request.FILES or None, initial={"submission_key": uuid4()})
    if request.method == "POST" and form.is_valid():
        at = timezone.now()
        told, firm_id = form.cleaned_data, enrolment.loan.enterprise_id
        file = told.pop("evidence")
        with documents.kept_if_done(
            file=file, allowed=ALLOWED, by=request.user, at=at, enterprise_id=firm_id
        ) as evidence:
            claim = actions.file_claim(enrolment=enrolment, officer=request.officer, evidence=evidence, at=at, **told)
        say(request, _("补偿申请已提交，编号 %(number)s。") % {"number": claim.number})
        return redirect("bank_claim", pk=claim.pk)
    shown = {
        "enrolment": enrolment,
        "form": form,
        "readiness": queries.readiness(enrolment, day=timezone.localdate()),
        "claim": queries.live_claim(enrolment),
    }
    return render(request, "lending/compensation/claim_file.html", shown)


@require_http_methods(["GET", "POST"])
@officer_required(Permission.CLAIM_FILE)
@refuses
def bank_claim_refile(request: OfficerRequest, pk: int) -> HttpResponse:
    """Complete a returned claim and file it again."""
    claim = _visible(request, pk)
    initial = {"legal_step": claim.legal_step, "statement": claim.statement}
    form = ClaimForm(request.POST or None, request.FILES or None, initial=initial, has_evidence=bool(claim.evidence_id))
    if request.method == "POST" and form.is_valid():
        at, file = timezone.now(), form.cleaned_data["evidence"]
        firm_id = claim.enrolment.loan.enterprise_id
        actions.refile_claim(
            claim=claim,
            officer=request.officer,
            legal_step=form.cleaned_data["legal_step"],
            statement=form.cleaned_data["statement"],
            evidence=documents.store_upload(file=file, allowed=ALLOWED, by=request.user, at=at, enterprise_id=firm_id)
            if file
            else None,
            at=at,
        )
        say(request, _("已补正并重新提交。"))
        return redirect("bank_claim", pk=pk)
    readiness = queries.readiness(claim.enrolment, day=timezone.localdate(), besides=claim)
    shown = {"claim": claim, "enrolment": claim.enrolment, "form": form, "readiness": readiness}
    return render(request, "lending/compensation/claim_refile.html", shown)


@require_http_methods(["GET", "POST"])
@officer_required(Permission.CLAIM_FILE)
@refuses
def bank_claim_withdraw(request: OfficerRequest, pk: int) -> HttpResponse:
    claim = _visible(request, pk)
    if request.method == "POST":
        actions.withdraw_claim(claim=claim, officer=request.officer, at=timezone.now())
        say(request, _("补偿申请已撤回。"))
        return redirect("bank_claim", pk=pk)
    return render(request, "lending/compensation/claim_withdraw.html", {"claim": claim})


@require_http_methods(["GET", "POST"])
@officer_required(Permission.CLAIM_FILE)
@refuses
def bank_claim_recover(request: OfficerRequest, pk: int) -> HttpResponse:
    """Report money that came back after the pay-out."""
    claim = _visible(request, pk)
    form = RecoveryForm(request.POST or None, initial={"recovered_on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        recovery = actions.report_recovery(claim=claim, officer=request.officer, at=timezone.now(), **form.cleaned_data)
        say(request, _("追偿已登记，请于 %(day)s 前缴回资金池。") % {"day": recovery.remit_by})
        return redirect("bank_claim", pk=pk)
    return render(request, "lending/compensation/claim_recover.html", {"claim": claim, "form": form})


@require_POST
@officer_required(Permission.INSTITUTION_VIEW)
@refuses
def bank_claim_sheet(request: OfficerRequest, pk: int) -> HttpResponse:
    """Issue the claim sheet of this moment and open it."""
    document = actions.issue_sheet(claim=_visible(request, pk), by=request.user, at=timezone.now())
    return redirect("bank_claim_document", pk=document.pk)


def _may_open_sheet(user: User, document: IssuedDocument) -> bool:
    is_sheet = document.subject_kind == Claim._meta.label_lower
    return is_sheet and Claim.objects.visible_to(user).filter(pk=document.subject_id).exists()


def _may_open_evidence(user: User, upload: Upload) -> bool:
    return Claim.objects.visible_to(user).filter(evidence=upload).exists()


bank_claim_document = officer_required(Permission.INSTITUTION_VIEW)(document_view(_may_open_sheet))
bank_claim_evidence = officer_required(Permission.INSTITUTION_VIEW)(upload_view(_may_open_evidence))


def _visible(request: OfficerRequest, pk: int) -> Claim:
    """The claim, if it is this bank's."""
    rows = Claim.objects.visible_to(request.user).select_related(
        "enrolment__loan__enterprise", "enrolment__scheme__fund", "institution", "evidence", "filed_by"
    )
    return get_object_or_404(rows.filter(institution=request.officer.institution), pk=pk)
