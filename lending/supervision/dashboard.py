"""The admin site's first page for supervisors: the funnel, the plan, the regions, and ways down to the rows."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from lending.compensation import queries as compensation
from lending.supervision import queries
from lending.supervision.forms import SpanForm
from lending.supervision.queries import Funnel
from lending.supervision.rules import progress
from portal import admin_desk, charts
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.money import WAN

BLUE, GOLD = "#1B4B8F", "#C08A2B"


def context(request: HttpRequest, given: dict[str, Any]) -> dict[str, Any]:
    """Added to the context of the first page; posts without supervision get what waits for them and their desks."""
    user = request.user
    if not isinstance(user, User):
        return given
    if not user.may(Permission.SUPERVISION_READ):
        return given | {"queues": admin_desk.queues(request)}
    areas, today = user.areas_of(Permission.SUPERVISION_READ), timezone.localdate()
    form = SpanForm(request.GET or {"span": "year"})
    first, last = form.days(today)
    rows = queries.funnel(areas=areas, first=first, last=last)
    whole = queries.total(rows)
    lent, firms = queries.standing_of_plan(areas=areas)
    return given | {
        "form": form,
        "first": first,
        "last": last,
        "refreshed_at": queries.refreshed_at(),
        "steps": _steps(whole, first, last),
        "whole": whole,
        "rows": [(row, _links(row.code, first, last)) for row in rows],
        "whole_links": _links("", first, last),
        "plan": progress(credit_loans_amount=lent, firms=firms, today=today),
        "funds": [(fund, compensation.standing(fund)) for fund in queries.funds(areas=areas)],
        "now": timezone.now(),
        "by_region": charts.svg(_bars([(row.name, row.loans_amount) for row in rows], _("责任区域"), across=True)),
        "by_month": charts.svg(
            _bars(
                [(f"{month:%Y-%m}", amount) for month, amount in _months(areas, first, last)],
                _("放款月份"),
                across=False,
            )
        ),
    }


def _months(areas: frozenset[str], first: date, last: date) -> list[tuple[date, Decimal]]:
    return queries.by_month(areas=areas, first=first, last=last)


def _steps(whole: Funnel, first: date, last: date) -> list[dict[str, Any]]:
    """The funnel from need to loan: number, amount, the share of the step before, and the way to the rows."""
    links = _links("", first, last)
    counted = [
        (_("融资需求"), whole.needs, whole.needs_amount, links["needs"]),
        (_("贷款申请"), whole.applications, whole.applications_amount, links["applications"]),
        (_("授信通过"), whole.approvals, whole.approvals_amount, links["approvals"]),
        (_("发放贷款"), whole.loans, whole.loans_amount, links["loans"]),
    ]
    most = max(count for _label, count, _amount, _href in counted) or 1
    return [
        {"label": label, "count": count, "amount": amount, "href": href, "of": most}
        for label, count, amount, href in counted
    ]


def _links(code: str, first: date, last: date) -> dict[str, str]:
    """Addresses of the admin's lists, narrowed to the same days and region."""
    place = {"responsible_region": code} if code else {}
    decided = place | _moments("decided_at", first, last)
    return {
        "needs": _list("needs_need", place | _moments("posted_at", first, last)),
        "applications": _list("applications_application", place | _moments("submitted_at", first, last)),
        "approvals": _list("applications_application", decided | {"refusal_reason": ""}),
        "loans": _list("loans_loan", place | {"drawn_on__gte": str(first), "drawn_on__lte": str(last)}),
        "first_loans": _list(
            "loans_loan", place | {"drawn_on__gte": str(first), "drawn_on__lte": str(last), "is_first_loan": "1"}
        ),
        "overdue": _list("loans_loan", place | {"overdue_since__isnull": "0"}),
        "claims": _list(
            "compensation_claim",
            ({"enrolment__loan__responsible_region": code} if code else {}) | _moments("paid_at", first, last),
        ),
    }


def _moments(field: str, first: date, last: date) -> dict[str, str]:
    zone = timezone.get_current_timezone()
    start = datetime.combine(first, datetime.min.time(), zone)
    end = datetime.combine(last + timedelta(days=1), datetime.min.time(), zone)
    return {f"{field}__gte": start.isoformat(sep=" "), f"{field}__lt": end.isoformat(sep=" ")}


def _list(model: str, query: dict[str, str]) -> str:
    return f"{reverse(f'admin:{model}_changelist')}?{urlencode(query)}"


def _bars(figures: Sequence[tuple[str, Decimal]], title: str, *, across: bool) -> dict[str, Any]:
    """Amounts as bars in 万元, whole ones: a picture is for looking, the table beside it is exact."""
    axis = {"labelAngle": 0} if across else {"labelAngle": -45, "labelOverlap": "greedy"}
    name = {"field": "name", "type": "nominal", "title": None, "sort": None, "axis": axis}
    size = {"field": "amount", "type": "quantitative", "title": _("放款金额（万元）")}
    long, short = ("y", "x") if across else ("x", "y")
    return {
        "data": {"values": [{"name": label, "amount": int(amount / WAN)} for label, amount in figures]},
        "mark": {"type": "bar", "color": BLUE if across else GOLD, "cornerRadiusEnd": 2},
        "encoding": {long: name, short: size},
        "width": 420 if across else 460,
        "height": 220,
        "description": title,
    }
