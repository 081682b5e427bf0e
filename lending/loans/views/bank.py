"""The institution's loans: contract, drawdown, repayments, class."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from institutions.access import OfficerRequest, officer_required
from lending.applications.models import Application
from lending.applications.states import ApplicationState
from lending.loans import actions, queries
from lending.loans.forms import ClassForm, DrawForm, LoanFilter, RepayForm, ReportForm, SignForm
from lending.loans.models import Loan
from lending.loans.states import LoanState, RiskClass
from portal.accounts.roles import Permission
from portal.doors import refuses, say
from portal.refusals import Refusal


@require_GET
@officer_required(Permission.INSTITUTION_VIEW)
def bank_loans(request: OfficerRequest) -> HttpResponse:
    filters = LoanFilter(request.GET)
    rows = _ours(request).select_related("enterprise")
    is_overdue = request.GET.get("show") == "overdue"
    if filters.is_valid():
        rows = queries.search(rows, filters.cleaned_data["q"])
        if risk_class := filters.cleaned_data["risk_class"]:
            rows = rows.filter(risk_class=risk_class, state=LoanState.DRAWN)
    shown = {
        "page": queries.portfolio(rows, request.GET.get("after", ""), is_overdue=is_overdue),
        "is_overdue": is_overdue,
        "filters": filters,
        "today": timezone.localdate(),
        "may_service": request.officer.may(Permission.LOAN_SERVICE),
    }
    return render(request, "lending/loans/bank_list.html", shown)


@require_GET
@officer_required(Permission.INSTITUTION_VIEW)
def bank_loan(request: OfficerRequest, pk: int) -> HttpResponse:
    return _page(request, _fetch(request, pk))


@require_http_methods(["GET", "POST"])
@refuses
@officer_required(Permission.LOAN_SERVICE)
def bank_loan_sign(request: OfficerRequest, pk: int) -> HttpResponse:
    """Register the contract of an approved application."""
    ours = Application.objects.visible_to(request.user).filter(institution=request.officer.institution)
    application = get_object_or_404(ours.select_related("enterprise", "institution", "product_version__product"), pk=pk)
    form = SignForm(request.POST or None, initial={"signed_on": timezone.localdate()})
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            loan = actions.sign(
                application=application, officer=request.officer, at=timezone.now(), **form.cleaned_data
            )
        except Refusal as refused:
            refusal = refused
        else:
            say(request, _now("合同已登记，请在放款后登记放款。"))
            return redirect("bank_loan", loan.pk)
    shown = {"application": application, "form": form, "refusal": refusal}
    shown["is_open"] = application.state == ApplicationState.APPROVED
    status = refusal.status if refusal else 422 if form.errors else 200
    return render(request, "lending/loans/sign.html", shown, status=status)


@require_http_methods(["GET", "POST"])
@officer_required(Permission.LOAN_SERVICE)
def bank_loan_report(request: OfficerRequest) -> HttpResponse:
    """Repayments from a file. The same file again changes nothing, so the outcome is shown without a redirect."""
    form = ReportForm(request.POST or None, request.FILES or None)
    shown: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        rows, unread = form.cleaned_data["file"]
        report = actions.report(officer=request.officer, rows=rows, at=timezone.now())
        report.rejects = sorted([*unread, *report.rejects], key=lambda reject: reject.line)
        shown["report"] = report
    return render(request, "lending/loans/report.html", shown, status=422 if form.errors else 200)


def _verb(
    name: str, act: Callable[..., object], make: Callable[[OfficerRequest], forms.Form], done: str | Promise
) -> Callable[..., HttpResponseBase]:
    """The door of one verb with a form: what is wrong is shown in place, on the loan's page."""

    @require_POST
    @refuses
    @officer_required(Permission.LOAN_SERVICE)
    def door(request: OfficerRequest, pk: int) -> HttpResponse:
        loan = _fetch(request, pk)
        form = make(request)
        if not form.is_valid():
            return _page(request, loan, bound={name: form}, status=422)
        try:
            act(loan=loan, officer=request.officer, at=timezone.now(), **form.cleaned_data)
        except Refusal as refusal:
            return _page(request, _fetch(request, pk), bound={name: form}, refusal=refusal, status=refusal.status)
        say(request, str(done))
        return redirect("bank_loan", pk)

    return door


bank_loan_draw = _verb("draw", actions.draw, lambda r: DrawForm(r.POST), _("放款已登记，还款计划已生成。"))
bank_loan_repay = _verb("repay", actions.repay, lambda r: RepayForm(r.POST), _("还款已登记。"))
bank_loan_classify = _verb("classify", actions.set_class, lambda r: ClassForm(r.POST), _("风险分类已更新。"))
bank_loan_write_off = _verb("write_off", actions.write_off, lambda r: forms.Form(r.POST), _("贷款已核销。"))
bank_loan_cancel = _verb("cancel", actions.cancel, lambda r: forms.Form(r.POST), _("合同已取消。"))


def _ours(request: OfficerRequest) -> Any:
    return Loan.objects.visible_to(request.user).filter(institution=request.officer.institution)


def _fetch(request: OfficerRequest, pk: int) -> Loan:
    rows = _ours(request).select_related("enterprise", "institution", "product_version__product", "set_class_by")
    loan: Loan = get_object_or_404(rows, pk=pk)
    return loan


def _page(
    request: OfficerRequest,
    loan: Loan,
    *,
    bound: dict[str, forms.Form] | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    today = timezone.localdate()
    instalments = list(loan.instalments.order_by("number"))
    may_service = request.officer.may(Permission.LOAN_SERVICE)
    blank = {
        "draw": DrawForm(initial={"amount": loan.contract_amount, "drawn_on": today}, auto_id="draw_%s"),
        "repay": RepayForm(initial={"paid_on": today}, auto_id="repay_%s"),
        "classify": ClassForm(initial={"risk_class": loan.set_class}, auto_id="class_%s"),
    }
    shown = {
        "loan": loan,
        "instalments": instalments,
        "repayments": loan.repayments.select_related("reported_by").order_by("-paid_on", "-pk"),
        "outstanding": queries.outstanding_of(loan, instalments, today),
        "next": queries.next_instalment(instalments),
        "forms": {**blank, **(bound or {})},
        "may_draw": may_service and loan.state == LoanState.CONTRACTED,
        "may_repay": may_service and loan.state == LoanState.DRAWN and loan.compensated_at is None,
        "may_class": may_service and loan.state == LoanState.DRAWN,
        "may_write_off": may_service and loan.state == LoanState.DRAWN and loan.risk_class == RiskClass.LOSS,
        "refusal": refusal,
        "today": today,
    }
    return render(request, "lending/loans/bank.html", shown, status=status)
