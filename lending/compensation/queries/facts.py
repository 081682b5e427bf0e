"""The facts that clauses judge, the standing of a fund, and whom a claim waits for."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone

from enterprises.consent import gate
from lending.compensation.clauses.base import Clause, LoanFacts
from lending.compensation.clauses.facts import Debt
from lending.compensation.clauses.reading import read
from lending.compensation.models import Claim, Enrolment, Fund, Scheme
from lending.compensation.queries.pools import COMMITTED
from lending.compensation.states import DEAD, EnrolmentState
from lending.ledger import queries as ledger
from lending.loans.models import Loan
from portal import regions
from portal.accounts.models import User
from portal.accounts.roles import ROLES, Permission
from portal.money import ZERO
from portal.periods import whole_months


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


def source_rows(enrolment: Enrolment, claim: Claim | None = None) -> list[dict[str, Any]]:
    """The rows behind a computation, each with its key: the loan, its drawdown, what was repaid, what the bank declared."""
    loan = enrolment.loan
    repayments = list(loan.repayments.order_by("pk").values_list("pk", "reference", "principal_amount"))
    rows: list[dict[str, Any]] = [
        {"name": "loan", "label": "贷款合同", "value": loan.contract_number, "rows": [f"loan:{loan.pk}"]},
        {
            "name": "drawn_amount",
            "label": "放款金额",
            "value": str(loan.drawn_amount),
            "rows": [f"drawdown of loan:{loan.pk} on {loan.drawn_on}"],
        },
        {
            "name": "repaid",
            "label": "已还本金",
            "value": str(sum((amount for _pk, _reference, amount in repayments), ZERO)),
            "rows": [f"repayment:{pk} {reference}" for pk, reference, _amount in repayments],
        },
        {
            "name": "principal_balance",
            "label": "本金余额",
            "value": str(loan.principal_balance),
            "rows": [f"loan:{loan.pk}"],
        },
        {
            "name": "enrolment",
            "label": "备案与银行申报",
            "value": enrolment.number,
            "rows": [f"enrolment:{enrolment.pk}"],
        },
    ]
    if claim and claim.pk:
        rows.append({"name": "claim", "label": "补偿申请", "value": claim.number, "rows": [f"claim:{claim.pk}"]})
    return rows


def clauses_in(scheme: Scheme) -> list[Clause]:
    """Every clause of the scheme, whenever it is in force."""
    return read(scheme.clauses)


def schemes_for(loan: Loan, *, today: date) -> QuerySet[Scheme]:
    """The schemes a loan may be enrolled under today: each in force on the day by which it binds."""
    if loan.drawn_on is None:
        return Scheme.objects.none()
    schemes = Scheme.objects.open_to(drawn_on=loan.drawn_on, today=today)
    return schemes.select_related("fund").order_by("code", "-version")


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
        matures_on=loan.matures_on,
        principal_balance=loan.principal_balance,
        interest_due=_interest_due(loan, day),
        overdue_since=loan.overdue_since,
        risk_class=loan.risk_class,
        legal_step=legal_step,
        **_since(loan, day, besides),
        cured_months=_cured_months(loan, day),
        asked=asked,
        deposited=now.deposited,
        available=now.available,
        authorised=now.authorised,
        enrolled_amount=enrolled_amount(fund),
        compensated_to_borrower=compensated(fund, loan.enterprise_id, besides=besides),
        sources=_sources(loan, fund, besides),
    )


#: A loan is non-performing once it is more than so many days overdue.
NPA_DAYS: Final = 90


def _since(loan: Loan, day: date, claim: Claim | None) -> dict[str, Any]:
    """What was owed when the loan became non-performing and when the claim was filed, and what came in since."""
    found: dict[str, Any] = {}
    if loan.overdue_since and (day - loan.overdue_since).days > NPA_DAYS:
        found["npa_on"] = loan.overdue_since + timedelta(days=NPA_DAYS + 1)
        found["owed_at_npa"], found["received_since_npa"] = _owed_on(loan, found["npa_on"])
    if claim and claim.filed_at:
        found["owed_at_claim"], found["received_since_claim"] = _owed_on(loan, timezone.localdate(claim.filed_at))
    if claim and claim.paid_at:
        found["paid_on"] = timezone.localdate(claim.paid_at)
    return found


def _owed_on(loan: Loan, day: date) -> tuple[Debt, Decimal]:
    since = loan.repayments.filter(paid_on__gt=day).aggregate(
        all=Sum("amount"), principal=Sum("principal_amount"), interest=Sum("interest_amount")
    )
    principal = loan.principal_balance + (since["principal"] or ZERO)
    interest = _interest_due(loan, day) + (since["interest"] or ZERO)
    return Debt(principal=principal, interest=interest), since["all"] or ZERO


def _interest_due(loan: Loan, day: date) -> Decimal:
    """Interest of the due days up to ``day`` that has not been paid."""
    total = loan.instalments.filter(due_on__lte=day).aggregate(open=Sum(F("interest_due") - F("interest_paid")))
    return total["open"] or ZERO


def _cured_months(loan: Loan, day: date) -> int:
    since = loan.performing_since
    return whole_months(since, day) if since and loan.overdue_since is None and since <= day else 0


def _sources(loan: Loan, fund: Fund, claim: Claim | None) -> dict[str, str]:
    """Where each fact stands written, as "table:key"."""
    of_loan, of_firm = f"loan:{loan.pk}", f"enterprise:{loan.enterprise_id}"
    facts = {
        "amount drawn_on annual_rate term_months guarantee is_first_loan principal_balance overdue_since risk_class "
        "matures_on": of_loan,
        "firm_kind firm_status size_class areas industry_section": of_firm,
        "interest_due": f"instalments of {of_loan}",
        "owed_at_npa owed_at_claim received_since_npa received_since_claim": f"repayments of {of_loan}",
        "available authorised deposited": f"ledger:{fund.code}",
        "compensated_to_borrower enrolled_amount": f"fund:{fund.code}",
        "marks collateral_share": f"enrolment of {of_loan}",
        "dishonest_records": f"consent gate for {of_firm}",
    }
    if claim and claim.pk:
        facts["legal_step paid_on"] = f"claim:{claim.pk}"
    return {name: where for names, where in facts.items() for name in names.split()}


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
    return Claim.objects.filter(enrolment=enrolment).exclude(state__in=DEAD).order_by("-pk").first()


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
