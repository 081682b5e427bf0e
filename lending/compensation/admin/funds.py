"""Funds and enrolments on the finance desk."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from lending.compensation import actions, policies, queries
from lending.compensation.admin.desk import money, staff
from lending.compensation.admin.scheme_forms import BudgetForm
from lending.compensation.forms import DepositForm
from lending.compensation.models import Enrolment, Fund
from lending.compensation.states import SchemeState
from lending.ledger.models import Entry
from portal.accounts.roles import Permission
from portal.admin_desk import DeskPage


@admin.register(Fund)
class FundAdmin(DeskPage):
    view_permission = Permission.LEDGER_READ
    list_display = ["code", "name", "available", "reserved", "paid", "opened_on"]
    page_template = "lending/compensation/desk_fund.html"

    def get_urls(self) -> list[URLPattern]:
        deposit = self.admin_site.admin_view(require_POST(self.deposit))
        budget = self.admin_site.admin_view(require_POST(self.budget))
        return [
            path("<int:object_id>/deposit/", deposit, name="compensation_fund_deposit"),
            path("<int:object_id>/budget/", budget, name="compensation_fund_budget"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Each fund with what its book says, in one read."""
        return Fund.objects.visible_to(staff(request)).with_balances("available", "reserved", "paid")

    @admin.display(description=gettext_lazy("可用余额"))
    def available(self, fund: Any) -> str:
        return money(-fund.available_balance)

    @admin.display(description=gettext_lazy("已审定待拨付"))
    def reserved(self, fund: Any) -> str:
        return money(-fund.reserved_balance)

    @admin.display(description=gettext_lazy("累计拨付"))
    def paid(self, fund: Any) -> str:
        return money(-fund.paid_balance)

    def page_context(self, request: HttpRequest, row: Fund) -> dict[str, Any]:
        entries = Entry.objects.filter(lines__account__book=row.code).annotate(amount=Max("lines__debit"))
        return {
            "fund": row,
            "standing": queries.standing(row),
            "enrolled": queries.enrolled_amount(row),
            "entries": entries.order_by("-pk")[:20],
            "form": DepositForm() if policies.may_fund(staff(request), row) else None,
            "budget_form": BudgetForm(prefix="budget") if policies.may_fund(staff(request), row) else None,
            "budgets": row.budgets.order_by("-year")[:5],
            "commitments": queries.committed(row),
            "rooms": queries.lending_rooms(row),
            "schemes": row.schemes.exclude(state=SchemeState.EXAMPLE).order_by("code", "-version"),
        }

    def budget(self, request: HttpRequest, object_id: int) -> HttpResponse:
        fund, form = self.row(request, str(object_id)), BudgetForm(request.POST, prefix="budget")
        url = reverse("admin:compensation_fund_change", args=[object_id])
        if not form.is_valid():
            messages.error(request, _("请填写年度和大于零、精确到分的预算金额。"))
            return redirect(url)
        user, typed = staff(request), form.cleaned_data
        return self.perform(
            request, url, _("已登记预算。"), lambda: actions.set_budget(fund=fund, by=user, at=timezone.now(), **typed)
        )

    def deposit(self, request: HttpRequest, object_id: int) -> HttpResponse:
        fund, form = self.row(request, str(object_id)), DepositForm(request.POST)
        url = reverse("admin:compensation_fund_change", args=[object_id])
        if not form.is_valid():
            messages.error(request, _("请填写大于零、精确到分的金额和入账凭证号。"))
            return redirect(url)
        user, typed = staff(request), form.cleaned_data
        return self.perform(
            request, url, _("已登记入账。"), lambda: actions.deposit(fund=fund, by=user, at=timezone.now(), **typed)
        )


@admin.register(Enrolment)
class EnrolmentAdmin(DeskPage):
    view_permission = Permission.LEDGER_READ
    list_display = ["number", "firm", "bank", "scheme", "state", "amount", "enrolled_at"]
    list_filter = ["state", "scheme", "loan__institution", "enrolled_at"]
    list_select_related = ["loan__enterprise", "loan__institution", "scheme"]
    search_fields = ["number", "loan__enterprise__name", "loan__contract_number"]
    page_template = "lending/compensation/desk_enrolment.html"

    @admin.display(description=gettext_lazy("企业"))
    def firm(self, enrolment: Enrolment) -> str:
        return enrolment.loan.enterprise.name

    @admin.display(description=gettext_lazy("银行"))
    def bank(self, enrolment: Enrolment) -> str:
        return enrolment.loan.institution.short_name

    @admin.display(description=gettext_lazy("放款金额"))
    def amount(self, enrolment: Enrolment) -> str:
        return money(enrolment.loan.drawn_amount)

    def page_context(self, request: HttpRequest, row: Enrolment) -> dict[str, Any]:
        return {"enrolment": row, "claim": queries.live_claim(row)}
