"""The firm's own pages: consents, who looked, the whole file, the grade."""

from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

from allauth.account.authentication import get_authentication_records
from allauth.account.decorators import reauthentication_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from enterprises.access import MemberRequest, member_required
from enterprises.consent import actions, exports, gate, queries, reports, signing
from enterprises.consent.forms import GrantForm, LooksForm
from enterprises.consent.models import Authorization, DeletionDuty, FetchKind, Proof, Purpose
from enterprises.consent.states import MOVES, AuthorizationState
from enterprises.credit import queries as credit
from enterprises.evaluation import queries as evaluation
from institutions.products.models import ProductVersion
from portal.accounts.roles import Permission
from portal.doors import is_key, keyset_page, refuses, say
from portal.refusals import Refusal

#: How many looks one export holds.
EXPORT_ROWS: Final = 20_000
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Records of one item on a page.
ITEM_ROWS: Final = 12

# --- Consents -----------------------------------------------------------------------------------------------------------


@require_GET
@member_required()
def enterprise_authorizations(request: MemberRequest) -> HttpResponse:
    """All consents of the firm, newest first; what waits for an answer on top."""
    ours = Authorization.objects.filter(enterprise=request.member.enterprise).select_related("institution", "purpose")
    waiting = ours.filter(state=AuthorizationState.REQUESTED, ends_at__gt=timezone.now()).order_by("-pk")
    page = keyset_page(ours.exclude(state=AuthorizationState.REQUESTED), request.GET.get("after", ""))
    return render(request, "enterprises/consent/authorizations.html", {"page": page, "waiting": waiting})


@require_http_methods(["GET", "POST"])
@never_cache
@reauthentication_required  # type: ignore[untyped-decorator] # allauth ships no types
@member_required(Permission.AUTHORIZATION_GRANT)
@refuses
def enterprise_authorization_grant(request: MemberRequest) -> HttpResponseBase:
    """Sign a consent for what a product's bank asks to see, after a fresh proof of who signs."""
    version = get_object_or_404(ProductVersion.objects.on_shelf(), pk=_number(request.GET.get("product_version", "")))
    purpose, now = get_object_or_404(Purpose, code=actions.GRADED_PURPOSE), timezone.now()
    form = GrantForm(
        request.POST or None,
        bounds=queries.bounds(
            institution_id=version.product.institution_id,
            purpose_code=purpose.code,
            fetch_kind=FetchKind.PERIODIC,
            item_codes=version.asked_items,
        ),
        asked=queries.preview(version.asked_items),
        day=timezone.localdate(now),
        initial={"submission_key": uuid4()},
    )
    context = {"form": form, "version": version, "institution": version.product.institution, "purpose": purpose}
    if request.method != "POST" or not form.is_valid():
        return render(request, "enterprises/consent/grant.html", context, status=422 if form.errors else 200)
    try:
        authorization = actions.grant(
            member=request.member,
            institution=version.product.institution,
            purpose_code=purpose.code,
            items=form.chosen,
            fetch_kind=form.cleaned_data["fetch_kind"],
            frequency=form.frequency,
            data_months=form.cleaned_data["data_months"],
            data_life=form.life,
            proof=_proof(request),
            ends_at=form.ends_at,
            submission_key=form.cleaned_data["submission_key"],
            at=now,
        )
    except Refusal as refusal:
        return render(request, "enterprises/consent/grant.html", context | {"refusal": refusal}, status=refusal.status)
    say(request, _("授权已生效。您可以随时在“授权”页面暂停或撤回。"))
    return redirect(onward) if (onward := _next(request)) else _to(authorization)


@require_GET
@member_required()
def enterprise_authorization(request: MemberRequest, pk: int) -> HttpResponse:
    """One consent: its terms, its state, its letter and every look under it."""
    authorization = _own(request, pk)
    looks = queries.looks(authorization.enterprise_id).filter(authorization_id=authorization.pk)
    page = keyset_page(looks, request.GET.get("after", ""), size=10)
    duty = DeletionDuty.objects.filter(authorization=authorization).first()
    if duty is not None:
        duty.is_late = duty.is_overdue_on(timezone.localdate())
    context = {
        "authorization": authorization,
        "items": queries.asked_items(authorization),
        "moves": MOVES.verbs_from(authorization.state),
        "may_move": request.member.may(Permission.AUTHORIZATION_GRANT),
        "is_genuine": signing.is_genuine(authorization),
        "scheme": signing.scheme_in_words(authorization.signature_scheme),
        "is_over": authorization.ends_at <= timezone.now(),
        "page": page,
        "looks": queries.in_words(page.rows),
        "may_object": request.member.may(Permission.REMEDY_FILE),
        "uses_in_unit": authorization.uses_in_unit(timezone.now()),
        "duty": duty,
    }
    return render(request, "enterprises/consent/authorization.html", context)


@require_POST
@reauthentication_required  # type: ignore[untyped-decorator] # allauth ships no types
@member_required(Permission.AUTHORIZATION_GRANT)
@refuses
def enterprise_authorization_agree(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Sign what an institution has asked for."""
    authorization = actions.agree(
        authorization=_own(request, pk), member=request.member, proof=_proof(request), at=timezone.now()
    )
    say(request, _("授权已生效。"))
    return _to(authorization)


def _moving(act: Callable[..., Authorization], done: str | Promise) -> Callable[..., HttpResponseBase]:
    """A button that moves one of the firm's consents."""

    @require_POST
    @member_required(Permission.AUTHORIZATION_GRANT)
    @refuses
    def door(request: HttpRequest, pk: int) -> HttpResponseBase:
        authorization = act(authorization=_own(request, pk), member=request.member, at=timezone.now())  # type: ignore[attr-defined,arg-type] # member_required has set it
        say(request, str(done))
        return _to(authorization)

    return door


enterprise_authorization_pause = _moving(actions.pause, gettext_lazy("授权已暂停，机构现在不能查询。"))
enterprise_authorization_resume = _moving(actions.resume, gettext_lazy("授权已恢复。"))
enterprise_authorization_revoke = _moving(actions.revoke, gettext_lazy("授权已撤回，机构不能再查询。"))
enterprise_authorization_decline = _moving(actions.decline, gettext_lazy("已拒绝该授权请求。"))


@require_GET
@member_required()
@refuses
def enterprise_authorization_letter(request: MemberRequest, pk: int) -> HttpResponseBase:
    """The letter as PDF; made when it is first asked for, the same file ever after."""
    authorization = _own(request, pk)
    if authorization.granted_at is None:
        raise Http404
    letter = actions.letter(authorization=authorization, by=request.user, at=timezone.now())
    return _pdf(letter)


# --- Who looked -----------------------------------------------------------------------------------------------------------


@require_GET
@member_required()
def enterprise_looks(request: MemberRequest) -> HttpResponse:
    """Every look at the firm's file, allowed or refused."""
    form = _looks_form(request)
    page = keyset_page(queries.looks(request.member.enterprise_id, form.wanted), request.GET.get("after", ""))
    context = {
        "form": form,
        "page": page,
        "looks": queries.in_words(page.rows),
        "may_object": request.member.may(Permission.REMEDY_FILE),
    }
    return render(request, "enterprises/consent/looks.html", context)


@require_GET
@member_required()
def enterprise_looks_export(request: MemberRequest) -> HttpResponseBase:
    """The same list as CSV, or with ``?format=xlsx`` as a workbook."""
    found = queries.looks(request.member.enterprise_id, _looks_form(request).wanted)[:EXPORT_ROWS]
    looks = queries.in_words(found)
    if request.GET.get("format") == "xlsx":
        return FileResponse(exports.workbook(looks), as_attachment=True, filename="looks.xlsx", content_type=XLSX)
    response = StreamingHttpResponse(exports.csv_lines(looks), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="looks.csv"'
    return response


# --- File and grade -------------------------------------------------------------------------------------------------------


@require_GET
@never_cache
@member_required()
def enterprise_file(request: MemberRequest) -> HttpResponse:
    """Everything held about the firm, free of charge."""
    file = gate.own_file(member=request.member, at=timezone.now())
    return render(
        request,
        "enterprises/consent/file.html",
        {"file": file, "may_object": request.member.may(Permission.REMEDY_FILE)},
    )


@require_GET
@never_cache
@member_required()
def enterprise_file_item(request: MemberRequest, item_code: str) -> HttpResponse:
    """All records of one item, newest first, a page at a time."""
    file = gate.own_file(member=request.member, item_codes=[_item(item_code)], at=timezone.now())
    whole = file.sections[0]
    after = request.GET.get("after", "")
    section, following = whole.after(int(after) if is_key(after) else 0, size=ITEM_ROWS)
    context = {
        "section": section,
        "count": len(whole.rows),
        "next": following or "",
        "opened_at": file.opened_at,
        "may_object": request.member.may(Permission.REMEDY_FILE),
    }
    return render(request, "enterprises/consent/file_item.html", context)


@require_POST
@member_required()
@refuses
def enterprise_report(request: MemberRequest) -> HttpResponseBase:
    """The free credit report as PDF."""
    now = timezone.now()
    file = gate.own_file(member=request.member, door="pdf", at=now)
    return _pdf(reports.issue(file=file, enterprise=request.member.enterprise, by=request.user, at=now))


@require_GET
@member_required()
def enterprise_grade(request: MemberRequest) -> HttpResponse:
    """The grades with their reasons, and what would raise them."""
    context = {
        "grades": gate.own_grades(member=request.member),
        "history": evaluation.history(request.member.enterprise_id),
    }
    return render(request, "enterprises/consent/grade.html", context)


# --- Inside -----------------------------------------------------------------------------------------------------------------


def _proof(request: HttpRequest) -> str:
    """How the signer has just proved who signs: the newest of the session's proofs, as allauth keeps them."""
    kinds = {entry.get("type") or entry.get("method") for entry in get_authentication_records(request)[-1:]}
    return next((kind for kind in kinds if kind in Proof.values), "")


def _own(request: MemberRequest, pk: int) -> Authorization:
    """A consent of the firm one acts for; any other does not exist."""
    rows = Authorization.objects.visible_to(request.user).filter(enterprise_id=request.member.enterprise_id)
    return get_object_or_404(
        rows.select_related("enterprise", "institution", "purpose", "granted_by").prefetch_related("items"), pk=pk
    )


def _to(authorization: Authorization) -> HttpResponseBase:
    return redirect("enterprise_authorization", pk=authorization.pk)


def _next(request: HttpRequest) -> str:
    """Where to go on, if it is a page of this site."""
    target = request.GET.get("next", "")
    return target if url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}) else ""


def _number(text: str) -> int:
    if not is_key(text):
        raise Http404
    return int(text)


def _item(code: str) -> str:
    if not credit.schemas([code]):
        raise Http404
    return code


def _looks_form(request: MemberRequest) -> LooksForm:
    lookers, purposes = queries.lookers(request.member.enterprise_id)
    return LooksForm(request.GET, lookers=lookers, purposes=purposes)


def _pdf(document: Any) -> FileResponse:
    response = FileResponse(document.file.open("rb"), filename=f"{document.number}.pdf", content_type="application/pdf")
    response["Cache-Control"] = "private, no-store"
    return response
