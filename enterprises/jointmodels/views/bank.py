"""The institution's side: questions and runs under a consent, own models, figures over many firms, lists compared."""

from typing import Any, cast
from uuid import uuid4

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from enterprises.consent.models import Authorization
from enterprises.jointmodels import aggregates, policies, queries
from enterprises.jointmodels.actions import bank_models, cohorts, questions, runs
from enterprises.jointmodels.forms import FigureForm, ModelForm, QuestionForm, RunForm
from enterprises.jointmodels.models import BankModel, ModelRun, Question
from enterprises.jointmodels.states import MODEL_MOVES
from institutions.access import OfficerRequest, officer_required
from portal import industries, regions
from portal.accounts.roles import Permission
from portal.doors import is_key, keyset_page, refuses, say
from portal.refusals import Refusal

FEW = 20


# --- Questions and runs -------------------------------------------------------------------------------------------------


@require_GET
@officer_required(Permission.APPLICATION_HANDLE)
def bank_checks(request: OfficerRequest) -> HttpResponse:
    """The consents under which something may be asked now, and what was asked lately."""
    now = timezone.now()
    asked = Question.objects.filter(institution_id=request.officer.institution_id)
    shown = {
        "page": keyset_page(queries.live_consents(request.officer, at=now), request.GET.get("after", "")),
        "asked": queries.in_words(queries.with_answers(asked)[:FEW]),
    }
    return render(request, "enterprises/jointmodels/checks.html", shown)


@require_GET
@officer_required(Permission.APPLICATION_HANDLE)
def bank_check(request: OfficerRequest, pk: int) -> HttpResponse:
    return _check_page(request, _consent(request, pk))


@require_POST
@refuses
@officer_required(Permission.APPLICATION_HANDLE)
def bank_check_ask(request: OfficerRequest, pk: int) -> HttpResponseBase:
    consent = _consent(request, pk)
    offer = _chosen(request, consent)
    if offer is None:
        raise Http404
    form = QuestionForm(request.POST, offer=offer)
    if not form.is_valid():
        return _check_page(request, consent, form=form, status=422)
    try:
        questions.ask(
            authorization_id=consent.pk,
            officer=request.officer,
            feature=offer.feature,
            comparison=form.cleaned_data["comparison"],
            threshold=form.as_stored,
            at=timezone.now(),
        )
    except Refusal as refusal:
        return _check_page(request, consent, form=form, refusal=refusal, status=refusal.status)
    return redirect("bank_check", pk)


@require_POST
@refuses
@officer_required(Permission.APPLICATION_HANDLE)
def bank_check_run(request: OfficerRequest, pk: int) -> HttpResponseBase:
    consent = _consent(request, pk)
    form = RunForm(request.POST, models=queries.in_force(request.officer.institution_id))
    if not form.is_valid():
        raise Http404
    runs.request(
        authorization_id=consent.pk,
        officer=request.officer,
        model=form.cleaned_data["model"],
        submission_key=form.cleaned_data["submission_key"],
        at=timezone.now(),
    )
    say(request, _("已发起运行，结论稍后显示在本页。"))
    return redirect("bank_check", pk)


@require_GET
@officer_required(Permission.APPLICATION_HANDLE)
def bank_check_runs(request: OfficerRequest, pk: int) -> HttpResponse:
    """The runs alone, for a page that waits for a worker."""
    consent = _consent(request, pk)
    return render(request, "enterprises/jointmodels/_runs.html", _runs(consent) | {"consent": consent})


def _consent(request: OfficerRequest, pk: int) -> Authorization:
    consent = queries.consent_of(request.officer, pk)
    if consent is None:
        raise Http404
    return consent


def _chosen(request: OfficerRequest, consent: Authorization) -> queries.Offer | None:
    """The feature named in the address, if it may be asked about."""
    asked = request.GET.get("feature", "")
    found = _offers(request, consent) if is_key(asked) else []
    return next((offer for offer in found if offer.feature.pk == int(asked)), None)


def _offers(request: OfficerRequest, consent: Authorization) -> list[queries.Offer]:
    institution_id = request.officer.institution_id
    return queries.offers(enterprise_id=consent.enterprise_id, institution_id=institution_id, at=timezone.now())


def _check_page(
    request: OfficerRequest,
    consent: Authorization,
    *,
    form: QuestionForm | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    now, chosen = timezone.now(), _chosen(request, consent)
    asked = Question.objects.filter(authorization_id=consent.pk, institution_id=request.officer.institution_id)
    is_live = queries.live_consents(request.officer, at=now).filter(pk=consent.pk).exists()
    models = queries.in_force(request.officer.institution_id)
    shown = {
        "consent": consent,
        "is_live": is_live,
        "offers": _offers(request, consent) if is_live else [],
        "chosen": chosen,
        "form": form or (QuestionForm(offer=chosen) if chosen else None),
        "refusal": refusal,
        "asked": queries.in_words(queries.with_answers(asked)[:FEW]),
        "run_form": RunForm(models=models, initial={"submission_key": uuid4()}) if is_live and models else None,
        **_runs(consent),
    }
    return render(request, "enterprises/jointmodels/check.html", shown, status=status)


def _runs(consent: Authorization) -> dict[str, Any]:
    mine = ModelRun.objects.filter(authorization_id=consent.pk, institution_id=consent.institution_id)
    found = queries.runs_in_words(queries.with_outcomes(mine)[:FEW])
    return {"runs": found, "is_waiting": any(not run.is_done for run in found)}


# --- Models -------------------------------------------------------------------------------------------------------------


@require_GET
@officer_required()
def bank_models_page(request: OfficerRequest) -> HttpResponse:
    shown = {
        "page": keyset_page(_ours(request), request.GET.get("after", "")),
        "keeps": policies.may_keep_models(request.officer),
    }
    return render(request, "enterprises/jointmodels/models.html", shown)


@require_http_methods(["GET", "POST"])
@refuses
@officer_required()
def bank_model_hand_in(request: OfficerRequest) -> HttpResponse:
    """The file is read and checked before it is kept; a fault is said in place."""
    form, refusal = ModelForm(request.POST or None, request.FILES or None), None
    if request.method == "POST" and form.is_valid():
        try:
            model = bank_models.hand_in(officer=request.officer, **form.parts(), at=timezone.now())
        except Refusal as refused:
            if refused.status == 403:
                raise
            refusal = refused
        else:
            say(request, _("已提交。平台正在生成审核报告，结果会发到您的消息中。"))
            return cast(HttpResponse, redirect("bank_model", model.pk))
    status = refusal.status if refusal else 422 if form.errors else 200
    shown = {"form": form, "refusal": refusal, "inputs": queries.named_inputs()}
    return render(request, "enterprises/jointmodels/model_form.html", shown, status=status)


@require_GET
@officer_required()
def bank_model(request: OfficerRequest, pk: int) -> HttpResponse:
    model = get_object_or_404(_ours(request).select_related("submitted_by", "reviewed_by"), pk=pk)
    keeps = policies.may_keep_models(request.officer)
    shown = {
        "model": model,
        "inputs": queries.named_inputs(model.inputs),
        "report": queries.report_in_words(model.reports.first()),
        "verbs": MODEL_MOVES.verbs_from(model.state) if keeps else [],
        "runs": model.runs.count(),
    }
    return render(request, "enterprises/jointmodels/model.html", shown)


@require_POST
@refuses
@officer_required()
def bank_model_put_in_force(request: OfficerRequest, pk: int) -> HttpResponseBase:
    model = get_object_or_404(_ours(request), pk=pk)
    bank_models.put_in_force(model=model, officer=request.officer, at=timezone.now())
    say(request, _("已启用，信贷员可以在授权页面运行。"))
    return redirect("bank_model", pk)


@require_POST
@refuses
@officer_required()
def bank_model_retire(request: OfficerRequest, pk: int) -> HttpResponseBase:
    model = get_object_or_404(_ours(request), pk=pk)
    bank_models.retire(model=model, officer=request.officer, at=timezone.now())
    say(request, _("已停用。"))
    return redirect("bank_model", pk)


def _ours(request: OfficerRequest) -> Any:
    """Models of the officer's institution; anybody else's do not exist."""
    return BankModel.objects.visible_to(request.user).filter(institution_id=request.officer.institution_id)


# --- Figures over many firms --------------------------------------------------------------------------------------------


@require_GET
@officer_required()
def bank_aggregates(request: OfficerRequest) -> HttpResponse:
    """One feature's distribution by county or industry; every look is noted."""
    form = FigureForm(request.GET or None)
    shown: dict[str, Any] = {"form": form, "formed_on": aggregates.formed_on()}
    if form.is_valid():
        feature, by = form.cleaned_data["feature"], form.cleaned_data["by"]
        cohorts.note_look(
            officer=request.officer, question="distribution", places=[feature.feature, by], at=timezone.now()
        )
        told = aggregates.distribution(feature.feature, feature.cuts, by)
        name = regions.name_of if by == "county" else industries.name_of
        shown |= {
            "feature": feature,
            "bands": [queries.band_in_words(feature, band) for band in told.bands],
            "rows": [(name(place), cells) for place, cells in told.rows],
        }
    return render(request, "enterprises/jointmodels/aggregates.html", shown)
