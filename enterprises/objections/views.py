"""The firm's remedies: object to a record, ask for repair, follow both."""

from uuid import uuid4

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from enterprises.access import MemberRequest, member_required
from enterprises.consent import gate
from enterprises.consent import queries as looks
from enterprises.objections import actions, queries, rules
from enterprises.objections.forms import ObjectionForm, RepairForm
from enterprises.objections.models import Objection, Repair
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.documents.models import Upload
from portal.documents.views import upload_view
from portal.doors import refuses, say
from portal.refusals import Refusal


@require_GET
@member_required()
def enterprise_remedies(request: MemberRequest) -> HttpResponse:
    """All objections and repairs of the firm."""
    objections, repairs = queries.of_firm(request.member.enterprise_id)
    context = {
        "objections": objections,
        "repairs": repairs,
        "may_file": request.member.may(Permission.REMEDY_FILE),
        "open_objection": actions.OPEN_OBJECTION,
        "open_repair": actions.OPEN_REPAIR,
    }
    return render(request, "enterprises/objections/remedies.html", context)


@require_http_methods(["GET", "POST"])
@member_required(Permission.REMEDY_FILE)
@refuses
def enterprise_object(request: MemberRequest, item_code: str, record_id: int) -> HttpResponseBase:
    """这条信息有误."""
    shown = {"row": _shown(request, item_code, record_id), "item_name": queries.item_name(item_code)}
    return _object(request, item_code, record_id, shown)


@require_http_methods(["GET", "POST"])
@member_required(Permission.REMEDY_FILE)
@refuses
def enterprise_object_look(request: MemberRequest, pk: int) -> HttpResponseBase:
    """对这次查询有异议: somebody looked at the firm's file and the firm does not see why."""
    look = looks.look_by_others(request.member.enterprise_id, pk)
    if look is None:
        raise Http404
    return _object(request, rules.LOOK, pk, {"look": look})


def _object(request: MemberRequest, item_code: str, record_id: int, shown: dict[str, object]) -> HttpResponseBase:
    form = ObjectionForm(request.POST or None, request.FILES or None, initial={"submission_key": uuid4()})
    context = {"form": form, "days": rules.OBJECTION_WORKING_DAYS, **shown}
    if request.method != "POST" or not form.is_valid():
        return render(request, "enterprises/objections/object.html", context, status=422 if form.errors else 200)
    try:
        actions.file_objection(
            member=request.member,
            item_code=item_code,
            record_id=record_id,
            **form.cleaned_data,
            at=timezone.now(),
        )
    except Refusal as refusal:
        return render(
            request, "enterprises/objections/object.html", context | {"refusal": refusal}, status=refusal.status
        )
    if item_code == rules.LOOK:
        say(request, _("异议已提交，工作人员会核查这次查询并答复。"))
    else:
        say(request, _("异议已提交。答复之前，任何人查看这条信息都会看到“异议处理中”。"))
    return redirect("enterprise_remedies")


@require_http_methods(["GET", "POST"])
@member_required(Permission.REMEDY_FILE)
@refuses
def enterprise_repair(request: MemberRequest, item_code: str, record_id: int) -> HttpResponseBase:
    """申请修复."""
    row = _shown(request, item_code, record_id)
    record = queries.record_of(enterprise_id=request.member.enterprise_id, item_code=item_code, record_id=record_id)
    if record is None:
        raise Http404
    terms, now = actions.terms_of(record), timezone.now()
    form = RepairForm(request.POST or None, request.FILES or None, initial={"submission_key": uuid4()})
    is_early = timezone.localdate(now) < terms.earliest_on
    context = {
        "form": form,
        "row": row,
        "terms": terms,
        "is_early": is_early,
        "item_name": queries.item_name(item_code),
    }
    if request.method != "POST" or not form.is_valid():
        return render(request, "enterprises/objections/repair.html", context, status=422 if form.errors else 200)
    try:
        actions.file_repair(
            member=request.member,
            item_code=item_code,
            record_id=record_id,
            statement=form.cleaned_data["statement"],
            commitment=form.cleaned_data["commitment"],
            evidence=form.cleaned_data["evidence"],
            submission_key=form.cleaned_data["submission_key"],
            at=now,
        )
    except Refusal as refusal:
        return render(
            request, "enterprises/objections/repair.html", context | {"refusal": refusal}, status=refusal.status
        )
    say(request, _("修复申请已提交。"))
    return redirect("enterprise_remedies")


@require_POST
@member_required(Permission.REMEDY_FILE)
@refuses
def enterprise_objection_withdraw(request: MemberRequest, pk: int) -> HttpResponseBase:
    objection = get_object_or_404(Objection, enterprise_id=request.member.enterprise_id, pk=pk)
    actions.withdraw(remedy=objection, member=request.member, at=timezone.now())
    say(request, _("异议已撤回。"))
    return redirect("enterprise_remedies")


@require_POST
@member_required(Permission.REMEDY_FILE)
@refuses
def enterprise_repair_withdraw(request: MemberRequest, pk: int) -> HttpResponseBase:
    repair = get_object_or_404(Repair, enterprise_id=request.member.enterprise_id, pk=pk)
    actions.withdraw(remedy=repair, member=request.member, at=timezone.now())
    say(request, _("修复申请已撤回。"))
    return redirect("enterprise_remedies")


def _may_open(user: User, upload: Upload) -> bool:
    """Evidence is opened by whoever may see the remedy it belongs to."""
    return any(model.objects.visible_to(user).filter(evidence=upload).exists() for model in (Objection, Repair))


#: Hung up at the firm's desk and at the admin site.
remedy_evidence = upload_view(_may_open)


def _shown(request: MemberRequest, item_code: str, record_id: int) -> object:
    """The record as the firm may see it, through the gate like everything else."""
    row = gate.own_record(member=request.member, item_code=item_code, record_id=record_id, at=timezone.now())
    if row is None:
        raise Http404
    return row
