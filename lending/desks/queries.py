"""What the first page of each audience shows, gathered in a number of queries that does not grow with the rows."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.db.models import F, Prefetch, Q
from django.utils import timezone

from enterprises.models import Member
from institutions.models import Institution, Officer
from institutions.products.models import ProductVersion
from institutions.products.states import VersionState
from lending.applications.models import Application, DocumentRequest
from lending.applications.queries import Row, box_counts, inbox
from lending.applications.rules import clock
from lending.applications.states import ApplicationState
from lending.compensation import queries as compensation
from lending.compensation.models import Claim
from lending.compensation.queries.desks import Claimable
from lending.compensation.states import ClaimState
from lending.loans.models import Instalment, Loan
from lending.loans.states import LoanState
from lending.needs.models import Need
from lending.needs.states import NeedState
from portal.accounts.roles import Permission
from portal.money import ZERO

#: Lines of a list on a first page; the rest is a click away.
FEW: Final = 5
RUNNING: Final = (
    ApplicationState.SUBMITTED,
    ApplicationState.ACCEPTED,
    ApplicationState.WAITING,
    ApplicationState.PROPOSED,
    ApplicationState.APPROVED,
)


@dataclass(frozen=True)
class Debt:
    """A running loan and what falls due next."""

    loan: Loan
    due_on: date | None
    due_amount: Decimal

    @property
    def is_overdue(self) -> bool:
        return self.loan.overdue_since is not None


@dataclass(frozen=True)
class FirmDesk:
    requests: list[DocumentRequest]
    applications: list[Row]
    debts: list[Debt]
    needs: list[Need]


@dataclass(frozen=True)
class BankDesk:
    counts: dict[str, int]
    todo: list[Row]
    proposed: list[Row]
    to_draw: list[Loan]
    overdue: list[Loan]
    claims: list[Claim]
    claimable: list[Claimable]
    drafts: list[ProductVersion]


def firm_desk(member: Member, *, at: datetime) -> FirmDesk:
    firm = member.enterprise_id
    applications = Application.objects.filter(enterprise=firm, state__in=RUNNING)
    requests = DocumentRequest.objects.filter(
        application__enterprise=firm, application__state=ApplicationState.WAITING, answered_at=None
    )
    needs = Need.objects.filter(enterprise=firm, state=NeedState.OPEN)
    return FirmDesk(
        requests=list(requests.select_related("application__institution").order_by("pk")[:FEW]),
        applications=[
            Row(row, clock(row.due_at, at))
            for row in applications.select_related("institution", "product_version__product").order_by("-pk")[:FEW]
        ],
        debts=_debts(firm),
        needs=list(needs.order_by("-pk")[:FEW]),
    )


def _debts(enterprise_id: int) -> list[Debt]:
    unpaid = Instalment.objects.filter(
        Q(principal_paid__lt=F("principal_due")) | Q(interest_paid__lt=F("interest_due"))
    ).order_by("number")
    loans = Loan.objects.filter(enterprise=enterprise_id, state=LoanState.DRAWN).select_related("institution")
    rows = loans.prefetch_related(Prefetch("instalments", queryset=unpaid, to_attr="unpaid")).order_by("pk")[:FEW]
    return [_debt(loan, getattr(loan, "unpaid")) for loan in rows]  # noqa: B009 - prefetched, unknown to the model


def _debt(loan: Loan, unpaid: list[Instalment]) -> Debt:
    if not unpaid:
        return Debt(loan, None, ZERO)
    row = unpaid[0]
    return Debt(loan, row.due_on, row.principal_due - row.principal_paid + row.interest_due - row.interest_paid)


def bank_desk(officer: Officer, *, at: datetime) -> BankDesk:
    """The institution's work by what presses; what an officer's role has nothing to do with stays empty."""
    bank: Institution = officer.institution
    ours = Application.objects.filter(institution=bank)
    handles, services = officer.may(Permission.APPLICATION_HANDLE), officer.may(Permission.LOAN_SERVICE)
    loans = Loan.objects.filter(institution=bank).select_related("enterprise")
    overdue = loans.filter(state=LoanState.DRAWN, overdue_since__isnull=False).order_by("overdue_since", "pk")
    to_draw = loans.filter(state=LoanState.CONTRACTED).order_by("signed_on", "pk")
    claims = Claim.objects.filter(institution=bank, state__in=[ClaimState.RETURNED, ClaimState.FILED, ClaimState.PAID])
    drafts = ProductVersion.objects.filter(
        product__institution=bank, state__in=[VersionState.DRAFT, VersionState.RETURNED, VersionState.SUBMITTED]
    )
    return BankDesk(
        counts=box_counts(bank) if handles else {},
        todo=inbox(ours, "todo", "", at=at, size=FEW).rows if handles else [],
        proposed=inbox(ours, "proposed", "", at=at, size=FEW).rows if handles else [],
        to_draw=list(to_draw[:FEW]) if services else [],
        overdue=list(overdue[:FEW]) if services else [],
        claims=list(claims.select_related("enrolment__loan__enterprise").order_by("state", "-pk")[:FEW])
        if officer.may(Permission.CLAIM_FILE)
        else [],
        claimable=compensation.claimable(bank, day=timezone.localdate(at))[:FEW]
        if officer.may(Permission.CLAIM_FILE)
        else [],
        drafts=list(drafts.select_related("product").order_by("-pk")[:FEW])
        if officer.may(Permission.PRODUCT_DRAFT)
        else [],
    )
