"""The firm's loans: what is owed, what is due next."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from enterprises.access import MemberRequest, member_required
from lending.loans import queries
from lending.loans.models import Loan
from portal.accounts.roles import Permission
from portal.doors import keyset_page


@require_GET
@member_required(Permission.ENTERPRISE_VIEW)
def enterprise_loans(request: MemberRequest) -> HttpResponse:
    page = keyset_page(_mine(request).select_related("institution"), request.GET.get("after", ""))
    today = timezone.localdate()
    rows = queries.with_next_due(page.rows)
    return render(request, "lending/loans/enterprise_list.html", {"page": page, "rows": rows, "today": today})


@require_GET
@member_required(Permission.ENTERPRISE_VIEW)
def enterprise_loan(request: MemberRequest, pk: int) -> HttpResponse:
    rows = _mine(request).select_related("institution", "product_version__product")
    loan = get_object_or_404(rows, pk=pk)
    instalments = list(loan.instalments.order_by("number"))
    today = timezone.localdate()
    shown = {
        "loan": loan,
        "instalments": instalments,
        "repayments": loan.repayments.order_by("-paid_on", "-pk"),
        "outstanding": queries.outstanding_of(loan, instalments, today),
        "next": queries.next_instalment(instalments),
        "today": today,
    }
    return render(request, "lending/loans/enterprise.html", shown)


def _mine(request: MemberRequest) -> Any:
    return Loan.objects.visible_to(request.user).filter(enterprise=request.member.enterprise)
