"""The facts that clauses judge, the standing of a fund, and whom a claim waits for."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum

from enterprises.consent import gate
from lending.compensation.clauses.base import Clause, LoanFacts
from lending.compensation.clauses.reading import read
from lending.compensation.models import Claim, Enrolment, Fund, Scheme
from lending.compensation.states import ClaimState, EnrolmentState
from lending.ledger import queries as ledger
from lending.loans.models import Loan
from portal import regions
from portal.accounts.models import User
from portal.accounts.roles import ROLES, Permission
from portal.money import ZERO

#: Claims whose amount the fund has promised or paid.
COMMITTED = (ClaimState.APPROVED, ClaimState.PAID, ClaimState.CLOSED)


@dataclass(frozen=True)
class FundStanding:
    """What is in a fund, from its book. Everything that ever came in is available, reserved or paid."""

    deposited: Decimal
    available: Decimal
    reserved: Decimal
    paid: Decimal
    recovered: Decimal
    receivable: Decimal
    authorised: Decimal


def standing(fund: Fund) -> FundStanding:
    book = ledger.balances(fund.code)
    return FundStanding(
        deposited=-book.get("contributions", ZERO),
        available=-book.get("available", ZERO),
        reserved=-book.get("reserved", ZERO),
        paid=-book.get("paid", ZERO),
        recovered=-book.get("recoveries", ZERO),
        receivable=book.get("receivable", ZERO),
        authorised=book.get("authorised", ZERO),
    )


def clauses_of(scheme: Scheme, loan: Loan) -> list[Clause]:
    """The clauses of the scheme that bind the loan: by the day of its drawdown."""
    return read(scheme.clauses, day=loan.drawn_on)


def clauses_in(scheme: Scheme) -> list[Clause]:
    """Every clause of the scheme, whenever it is in force."""
    return read(scheme.clauses)


def schemes_for(loan: Loan) -> QuerySet[Scheme]:
    """The schemes a loan may be enrolled under: in force on the day it was drawn."""
    day = loan.drawn_on
    if day is None:
        return Scheme.objects.none()
    return Scheme.objects.in_force(day).select_related("fund").order_by("code", "-version")


def loan_facts(
    loan: Loan,
    fund: Fund,
    *,
    day: date,
    dishonest_records: int | None = None,
    collateral_share: Decimal | None = None,
    marks: Collection[str] = (),
    legal_step: str = "",
    asked: Decimal = ZERO,
    besides: Claim | None = None,
) -> LoanFacts:
    """A drawn loan, its borrower and the fund as they stand, for the clauses to judge.

    ``besides`` is the claim that does not count against its own cap.
    """
    if loan.drawn_on is None:
        raise ValueError("a loan that was not drawn has no facts to judge")
    firm, now = loan.enterprise, standing(fund)
    return LoanFacts(
        as_of=day,
        firm_kind=firm.kind,
        firm_status=firm.status,
        size_class=firm.size_class,
        areas=frozenset({regions.PROVINCE, firm.city_code, firm.county_code, firm.responsible_region}),
        industry_section=firm.industry_section,
        dishonest_records=dishonest_records,
        amount=loan.drawn_amount,
        annual_rate=loan.annual_rate,
        term_months=loan.term_months,
        guarantee=loan.guarantee,
        collateral_share=collateral_share,
        is_first_loan=loan.is_first_loan,
        drawn_on=loan.drawn_on,
        marks=frozenset(marks),
        principal_balance=loan.principal_balance,
        overdue_since=loan.overdue_since,
        legal_step=legal_step,
        asked=asked,
        deposited=now.deposited,
        available=now.available,
        authorised=now.authorised,
        enrolled_amount=enrolled_amount(fund),
        compensated_to_borrower=compensated(fund, loan.enterprise_id, besides=besides),
    )


def dishonest_records(enterprise_id: int, *, at: datetime) -> int | None:
    """How many open records of 失信被执行人 there are; None where no source has delivered. Judged on, never shown."""
    found = gate.matching_facts(enterprise_id=enterprise_id, at=at).get("dishonest_open")
    return found if isinstance(found, int) else None


def claim_facts(
    enrolment: Enrolment, *, day: date, legal_step: str, asked: Decimal = ZERO, besides: Claim | None = None
) -> LoanFacts:
    """The facts of an enrolled loan on ``day``, with what the bank declared when it enrolled."""
    return loan_facts(
        enrolment.loan,
        enrolment.scheme.fund,
        day=day,
        collateral_share=enrolment.collateral_share,
        marks=enrolment.marks,
        legal_step=legal_step,
        asked=asked,
        besides=besides,
    )


def enrolled_amount(fund: Fund) -> Decimal:
    """What was drawn under the fund's schemes and is still enrolled."""
    live = Enrolment.objects.filter(scheme__fund=fund, state=EnrolmentState.ENROLLED)
    return _total(live.aggregate(total=Sum("loan__drawn_amount")))


def compensated(fund: Fund, enterprise_id: int, *, besides: Claim | None = None) -> Decimal:
    """What the fund has promised or paid for one borrower, other claims than ``besides``."""
    claims = Claim.objects.filter(
        enrolment__scheme__fund=fund, enrolment__loan__enterprise_id=enterprise_id, state__in=COMMITTED
    )
    if besides:
        claims = claims.exclude(pk=besides.pk)
    return _total(claims.aggregate(total=Sum("fund_amount")))


def live_claim(enrolment: Enrolment) -> Claim | None:
    """The claim that stands for this enrolment: a refused or withdrawn one does not."""
    dead = [ClaimState.REFUSED, ClaimState.WITHDRAWN]
    return Claim.objects.filter(enrolment=enrolment).exclude(state__in=dead).order_by("-pk").first()


def staff_for(claim: Claim, permission: Permission) -> QuerySet[User]:
    """The government staff whose post carries ``permission`` in the firm's region."""
    firm = claim.enrolment.loan.enterprise
    areas = [regions.PROVINCE, firm.responsible_region, firm.county_code]
    roles = [role for role, permissions in ROLES.items() if permission in permissions]
    in_post = Q(posts__role__in=roles, posts__region_code__in=areas, posts__ended_at=None)
    return User.objects.filter(in_post, is_staff=True, is_active=True).distinct().order_by("pk")


def _total(row: dict[str, Any]) -> Decimal:
    total: Decimal | None = row["total"]
    return total if total is not None else ZERO
