"""The bank's own products: drafts, versions, and what happens to them."""

from collections.abc import Callable
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from institutions.access import OfficerRequest, officer_required
from institutions.products import actions, criteria, queries
from institutions.products.forms import DraftForm, TermsForm, initial_of
from institutions.products.models import ProductVersion
from institutions.products.states import MOVES
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.doors import keyset_page, refuses, say
from portal.refusals import Refusal


@officer_required()
@require_GET
def bank_products(request: OfficerRequest) -> HttpResponse:
    products = queries.products_of(request.officer.institution_id)
    shown = {
        "page": keyset_page(products, request.GET.get("after", "")),
        "drafts": request.officer.may(Permission.PRODUCT_DRAFT),
    }
    return render(request, "institutions/products/bank_products.html", shown)


@officer_required()
@require_GET
def bank_product(request: OfficerRequest, pk: int) -> HttpResponse:
    """One version: its terms in words, what it changes, and what may be done with it."""
    version = _own(request, pk)
    names, before = queries.item_names(), queries.former(version)
    drafts = request.officer.may(Permission.PRODUCT_DRAFT)
    shown = {
        "version": version,
        "drafts": drafts,
        "words": queries.in_words(version, names),
        "before": before,
        "changes": queries.changes(before, version, names) if before else [],
        "siblings": version.product.versions.all(),
        "verbs": MOVES.verbs_from(version.state) if drafts else [],
        "is_editable": drafts and version.state in actions.EDITABLE,
        "may_start_next": drafts
        and not any(sibling.state in actions.IN_THE_MAKING for sibling in version.product.versions.all()),
    }
    return render(request, "institutions/products/bank_product.html", shown)


@refuses
@officer_required(Permission.PRODUCT_DRAFT)
@require_http_methods(["GET", "POST"])
def bank_product_draft(request: OfficerRequest) -> HttpResponse:
    """A new product. The button "preview" shows the terms in words and keeps nothing."""
    form = DraftForm(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid() and "preview" not in request.POST:
        try:
            version = actions.draft(
                officer=request.officer, name=form.cleaned_data["name"], terms=form.terms(), at=timezone.now()
            )
        except Refusal as refused:
            refusal = refused
        else:
            say(request, _("草稿已保存，核对后请提交审核。"))
            return redirect("bank_product", pk=version.pk)
    return _form_page(request, form, refusal, version=None)


@refuses
@officer_required(Permission.PRODUCT_DRAFT)
@require_http_methods(["GET", "POST"])
def bank_product_revise(request: OfficerRequest, pk: int) -> HttpResponse:
    version = _own(request, pk)
    form = TermsForm(request.POST or None, initial=initial_of(version))
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid() and "preview" not in request.POST:
        try:
            actions.revise(version=version, officer=request.officer, terms=form.terms(), at=timezone.now())
        except Refusal as refused:
            refusal = refused
        else:
            say(request, _("修改已保存。"))
            return redirect("bank_product", pk=version.pk)
    return _form_page(request, form, refusal, version=version)


@refuses
@officer_required(Permission.PRODUCT_DRAFT)
@require_POST
def bank_product_submit(request: OfficerRequest, pk: int) -> HttpResponse:
    version = _own(request, pk)
    actions.submit(version=version, officer=request.officer, at=timezone.now())
    say(request, _("已提交审核，结果会发到您的消息中。"))
    return redirect("bank_product", pk=pk)


@refuses
@officer_required(Permission.PRODUCT_DRAFT)
@require_POST
def bank_product_next(request: OfficerRequest, pk: int) -> HttpResponse:
    """Start a new version from the newest one."""
    version = actions.draft_next(product=_own(request, pk).product, officer=request.officer, at=timezone.now())
    say(request, _("已起草第 %(n)d 版，原版本在新版上架前继续有效。") % {"n": version.number})
    return redirect("bank_product_revise", pk=version.pk)


def _keeper(
    act: Callable[..., ProductVersion], done: Callable[[], str]
) -> Callable[[OfficerRequest, int], HttpResponse]:
    """The door of a verb that takes a version off the shelf or brings it back."""

    def door(request: OfficerRequest, pk: int) -> HttpResponse:
        by: User = request.user
        at: datetime = timezone.now()
        act(version=_own(request, pk), by=by, at=at)
        say(request, done())
        return redirect("bank_product", pk=pk)

    return door


_drafter = officer_required(Permission.PRODUCT_DRAFT)
bank_product_pause = refuses(_drafter(require_POST(_keeper(actions.pause, lambda: _("产品已暂停，不再接受新申请。")))))
bank_product_resume = refuses(_drafter(require_POST(_keeper(actions.resume, lambda: _("产品已恢复上架。")))))
bank_product_withdraw = refuses(_drafter(require_POST(_keeper(actions.withdraw, lambda: _("产品已下架。")))))


def _own(request: OfficerRequest, pk: int) -> ProductVersion:
    """A version of the officer's institution; anybody else's does not exist."""
    rows = ProductVersion.objects.visible_to(request.user).select_related(
        "product__institution", "drafted_by", "submitted_by", "reviewed_by"
    )
    return get_object_or_404(
        rows.prefetch_related("product__versions"), pk=pk, product__institution=request.officer.institution_id
    )


def _form_page(
    request: OfficerRequest, form: TermsForm, refusal: Refusal | None, *, version: ProductVersion | None
) -> HttpResponse:
    shows_preview = request.method == "POST" and form.is_valid() and "preview" in request.POST
    shown = {
        "form": form,
        "refusal": refusal,
        "version": version,
        "preview": criteria.requirements(form.cleaned_data["criteria"]) if shows_preview else None,
    }
    status = refusal.status if refusal else 422 if form.errors else 200
    return render(request, "institutions/products/bank_product_form.html", shown, status=status)
