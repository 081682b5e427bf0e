"""The firm's own pages: what it may state, what it has stated, and each statement with the commitment signed."""

from typing import Any
from uuid import uuid4

from allauth.account.decorators import reauthentication_required
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from enterprises.access import MemberRequest, member_required
from enterprises.credit import queries as catalogue
from enterprises.credit.models import Item
from enterprises.declarations import actions, commitment, queries
from enterprises.declarations.forms import DeclareForm
from enterprises.declarations.models import Declaration
from portal.accounts.roles import Permission
from portal.doors import keyset_page, refuses, say
from portal.refusals import Refusal


@require_GET
@member_required()
def enterprise_declarations(request: MemberRequest) -> HttpResponse:
    """What the firm has stated, newest first, and what it may state."""
    page = keyset_page(_ours(request), request.GET.get("after", ""))
    context = {
        "page": page,
        "told": queries.told(page.rows),
        "items": queries.declarable_items(),
        "may_declare": request.member.may(Permission.FACT_DECLARE),
    }
    return render(request, "enterprises/declarations/declarations.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
@reauthentication_required  # type: ignore[untyped-decorator] # allauth ships no types
@member_required(Permission.FACT_DECLARE)
@refuses
def enterprise_declare(request: MemberRequest, item_code: str) -> HttpResponseBase:
    """State one fact, after a fresh proof of who signs."""
    return _sign(request, get_object_or_404(Item, pk=item_code, is_declarable=True))


@require_http_methods(["GET", "POST"])
@never_cache
@reauthentication_required  # type: ignore[untyped-decorator] # allauth ships no types
@member_required(Permission.FACT_DECLARE)
@refuses
def enterprise_declaration_correct(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Say the same fact anew: the key stays, the rest may change, and the commitment is signed again."""
    declaration = _own(request, pk)
    return _sign(request, declaration.item, corrects=declaration)


def _sign(request: MemberRequest, item: Item, corrects: Declaration | None = None) -> HttpResponseBase:
    now = timezone.now()
    schema = catalogue.schemas([item.pk]).get(item.pk)
    if schema is None:
        raise Http404
    form = DeclareForm(
        request.POST or None,
        schema=schema,
        uscc=request.member.enterprise.uscc,
        day=timezone.localdate(now),
        fixed=corrects.cells if corrects else None,
        initial={"submission_key": uuid4()},
    )
    context: dict[str, Any] = {"form": form, "item": schema, "commitment": commitment.in_force(), "corrects": corrects}
    if request.method != "POST" or not form.is_valid():
        return render(request, "enterprises/declarations/declare.html", context, status=422 if form.errors else 200)
    try:
        declaration = actions.declare(
            member=request.member,
            item=item,
            cells=form.cells,
            corrects=corrects,
            submission_key=form.cleaned_data["submission_key"],
            at=now,
        )
    except Refusal as refusal:
        context["refusal"] = refusal
        return render(request, "enterprises/declarations/declare.html", context, status=refusal.status)
    say(request, _("已签署并提交，入库后会出现在“我的档案”，并标明“自愿填报”。"))
    return redirect("enterprise_declaration", pk=declaration.pk)


@require_GET
@member_required()
def enterprise_declaration(request: MemberRequest, pk: int) -> HttpResponse:
    """One declaration: what was stated, what was signed, what has become of it."""
    declaration = _own(request, pk)
    (told,) = queries.told([declaration])
    context = {
        "declaration": declaration,
        "told": told,
        "stated": queries.stated(declaration),
        "clauses": declaration.commitment.splitlines(),
        "refused_for": queries.refusal_of(declaration),
        "is_genuine": actions.is_genuine(declaration),
        "may_change": told.may_change and request.member.may(Permission.FACT_DECLARE),
    }
    return render(request, "enterprises/declarations/declaration.html", context)


@require_POST
@member_required(Permission.FACT_DECLARE)
@refuses
def enterprise_declaration_withdraw(request: MemberRequest, pk: int) -> HttpResponseBase:
    declaration = actions.withdraw(declaration=_own(request, pk), member=request.member, at=timezone.now())
    say(request, _("填报已撤回，不再出现在档案中；签署过的承诺书仍可查看。"))
    return redirect("enterprise_declaration", pk=declaration.pk)


@require_GET
@member_required()
@refuses
def enterprise_declaration_letter(request: MemberRequest, pk: int) -> HttpResponseBase:
    """The commitment as PDF."""
    letter = actions.commitment_letter(declaration=_own(request, pk), by=request.user, at=timezone.now())
    name = f"{letter.number}.pdf"
    response = FileResponse(letter.file.open("rb"), filename=name, content_type="application/pdf")
    response["Cache-Control"] = "private, no-store"
    return response


def _ours(request: MemberRequest) -> Any:
    rows = Declaration.objects.visible_to(request.user).filter(enterprise_id=request.member.enterprise_id)
    return rows.select_related(
        "item", "enterprise", "signed_by", "corrected_by", "batch__item_version__item__department"
    )


def _own(request: MemberRequest, pk: int) -> Declaration:
    """A declaration of the firm one acts for; any other does not exist."""
    found: Declaration = get_object_or_404(_ours(request), pk=pk)
    return found
