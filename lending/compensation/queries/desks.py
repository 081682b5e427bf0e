"""What the desks show: offers for a loan, readiness of a claim, what waits, what happened."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from institutions.models import Institution
from lending.compensation import sharing
from lending.compensation.clauses.base import Condition, LoanFacts, Stage, Verdict
from lending.compensation.clauses.claims import ClaimWindow
from lending.compensation.clauses.eligibility import MainlyOnCredit
from lending.compensation.models import Claim, Enrolment, Scheme
from lending.compensation.queries.binding import clauses_of
from lending.compensation.queries.facts import (
    claim_facts,
    dishonest_records,
    live_claim,
    loan_facts,
    schemes_for,
)
from lending.compensation.sharing import Computation
from lending.compensation.states import ClaimState, EnrolmentState
from lending.loans.models import Loan
from portal.audit.models import AuditEvent
from portal.documents.models import IssuedDocument

#: Rows a first page shows of a list that has a page of its own.
FEW: Final = 20


@dataclass(frozen=True)
class Offer:
    """A scheme of the drawdown day, and what each of its clauses says of the loan."""

    scheme: Scheme
    verdicts: list[Verdict]
    #: Whether it can be enrolled, once what the form asks is given.
    is_met: bool


@dataclass(frozen=True)
class Readiness:
    """How far an enrolled loan is from a claim, and what the claim would come to today."""

    is_enrolled: bool
    claim: Claim | None
    window: list[Verdict]
    #: What the bank brings with the form: not judged before it is filed.
    to_bring: list[Condition]
    computation: Computation | None
    fund: list[Verdict]

    @property
    def is_open(self) -> bool:
        return self.is_enrolled and self.claim is None and all(verdict.passed for verdict in self.window)


@dataclass(frozen=True)
class Claimable:
    """An enrolled overdue loan and the days between which its claim may be filed."""

    enrolment: Enrolment
    opens_on: date
    closes_on: date
    day: date

    @property
    def is_open(self) -> bool:
        return self.opens_on <= self.day <= self.closes_on


@dataclass(frozen=True)
class Step:
    """One thing that happened to a claim."""

    title: str | Promise
    at: datetime
    by: str
    note: str
    icon: str


def offers(loan: Loan, *, at: datetime) -> list[Offer]:
    """Every scheme of the drawdown day, judged, the possible ones first.

    Collateral that the form will ask for is not held against the loan yet.
    """
    found = []
    dishonest = dishonest_records(loan.enterprise_id, at=at)
    asks = {MainlyOnCredit.__name__} if loan.guarantee in {"mortgage", "pledge"} else set()
    for scheme in schemes_for(loan, today=timezone.localdate(at)):
        facts = loan_facts(loan, scheme.fund, day=timezone.localdate(at), dishonest_records=dishonest)
        verdicts = [
            replace(verdict, passed=None) if verdict.clause in asks else verdict
            for verdict in sharing.judge(
                clauses_of(scheme, loan, today=timezone.localdate(at)), facts, stage=Stage.ENROLMENT
            )
        ]
        found.append(Offer(scheme, verdicts, all(verdict.passed is not False for verdict in verdicts)))
    return sorted(found, key=lambda offer: not offer.is_met)


def readiness(enrolment: Enrolment, *, day: date, besides: Claim | None = None) -> Readiness:
    """``besides`` is the claim being filed again: it neither stands in its own way nor counts against its own cap."""
    clauses = clauses_of(enrolment.scheme, enrolment.loan, today=day)
    facts = claim_facts(enrolment, day=day, legal_step="", besides=besides)
    computation = sharing.compute(clauses, facts) if facts.principal_balance > 0 else None
    asked = replace(facts, asked=computation.fund_amount) if computation else facts
    claim = live_claim(enrolment)
    return Readiness(
        is_enrolled=enrolment.state == EnrolmentState.ENROLLED,
        claim=None if claim == besides else claim,
        window=[clause.judge(facts) for clause in clauses if isinstance(clause, ClaimWindow)],
        to_bring=[
            clause
            for clause in clauses
            if isinstance(clause, Condition) and clause.stage == Stage.CLAIM and not isinstance(clause, ClaimWindow)
        ],
        computation=computation,
        fund=_fund_room(clauses, asked),
    )


def claimable(institution: Institution, *, day: date) -> list[Claimable]:
    """Enrolled overdue loans without a claim, the soonest deadline first; those whose time is over are left out."""
    claims = Claim.objects.filter(enrolment=OuterRef("pk")).exclude(
        state__in=[ClaimState.REFUSED, ClaimState.WITHDRAWN]
    )
    rows = (
        Enrolment.objects.live()
        .filter(~Exists(claims), loan__institution=institution, loan__overdue_since__isnull=False)
        .select_related("loan__enterprise", "scheme")
    )
    found = [row for enrolment in rows for row in _windows(enrolment, day)]
    return sorted((row for row in found if day <= row.closes_on), key=lambda row: (row.closes_on, row.enrolment.pk))[
        :FEW
    ]


def claims_by_state(claims: QuerySet[Claim]) -> list[tuple[str, str | Promise, int]]:
    """Every state that has claims: its code, its word, how many."""
    counts = dict(claims.order_by().values_list("state").annotate(Count("pk")))
    return [(state.value, state.label, counts[state.value]) for state in ClaimState if counts.get(state.value)]


def latest_sheet(claim: Claim) -> IssuedDocument | None:
    """The claim sheet issued last, if one was."""
    sheets = IssuedDocument.objects.filter(subject_kind=Claim._meta.label_lower, subject_id=str(claim.pk))
    return sheets.order_by("-pk").first()


TITLES: Final[dict[str, tuple[str | Promise, str]]] = {
    "compensation.file": (_("银行申报"), "send"),
    "compensation.refile": (_("银行补正后重新申报"), "send"),
    "compensation.withdraw": (_("银行撤回"), "arrow-back-up"),
    "compensation.check": (_("审查通过"), "checklist"),
    "compensation.return": (_("退回补正"), "arrow-back-up"),
    "compensation.approve": (_("审定并预留资金"), "shield-check"),
    "compensation.refuse": (_("不予补偿"), "circle-x"),
    "compensation.pay": (_("拨付"), "cash-banknote"),
    "compensation.recover": (_("登记追偿"), "coins"),
    "compensation.close": (_("结案"), "lock"),
}


#: What the station's staff do. The bank reads the post by the deed, not the person's name.
BY_STAFF: Final = frozenset(f"compensation.{verb}" for verb in ("check", "return", "approve", "refuse", "pay", "close"))


def timeline(claim: Claim, *, names_staff: bool) -> list[Step]:
    """What happened to the claim, oldest first, from what its actions left behind."""
    events = AuditEvent.objects.filter(subject_kind=Claim._meta.label_lower, subject_id=str(claim.pk), verb__in=TITLES)
    steps = []
    for event in events.order_by("pk"):
        title, icon = TITLES[event.verb]
        by = event.actor_name if names_staff or event.verb not in BY_STAFF else ""
        steps.append(Step(title, event.at, by, str(event.facts.get("note", "")), icon))
    return steps


def _fund_room(clauses: Iterable[object], facts: LoanFacts) -> list[Verdict]:
    conditions = [clause for clause in clauses if isinstance(clause, Condition) and clause.stage == Stage.APPROVAL]
    return [clause.judge(facts) for clause in conditions]


def _windows(enrolment: Enrolment, day: date) -> list[Claimable]:
    """The window of the enrolment's scheme; none where the scheme sets no time."""
    loan = enrolment.loan
    if loan.overdue_since is None or loan.drawn_on is None:
        return []
    since: dict[str, Any] = {"overdue_since": loan.overdue_since, "drawn_on": loan.drawn_on}
    return [
        Claimable(enrolment, window.opens_on(**since), window.closes_on(**since), day)
        for window in clauses_of(enrolment.scheme, loan, today=day)
        if isinstance(window, ClaimWindow)
    ]
