"""Rows of needs, applications and loans."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from institutions.products.models import Guarantee, RepaymentMethod
from lending.applications.models import Application, DocumentRequest
from lending.applications.states import ApplicationState
from lending.loans.classification import class_of
from lending.loans.models import Instalment, Loan
from lending.loans.schedules import schedule
from lending.loans.states import LoanState
from lending.needs.models import Need, Use
from lending.needs.states import NeedState
from portal.periods import add_months
from tests.factories.enterprises import (
    MemberFactory,
)
from tests.factories.ground import (
    NOW,
    UserFactory,
)
from tests.factories.institutions import (
    OfficerFactory,
    ProductVersionFactory,
)


class NeedFactory(DjangoModelFactory[Need]):
    """500,000 yuan for a year, posted by the legal representative."""

    class Meta:
        model = Need

    class Params:
        member = factory.SubFactory(MemberFactory)

    enterprise = factory.SelfAttribute("member.enterprise")
    amount = Decimal("500000.00")
    term_months = 12
    use = Use.WORKING_CAPITAL
    guarantees = factory.LazyFunction(lambda: [Guarantee.CREDIT])
    contact_name = "马晓燕"
    contact_phone = "13909510001"
    responsible_region = factory.SelfAttribute("enterprise.responsible_region")
    county_code = factory.SelfAttribute("enterprise.county_code")
    state = NeedState.OPEN
    posted_at = NOW - dt.timedelta(days=3)
    posted_by = factory.SelfAttribute("member.user")
    expires_on = dt.date(2027, 2, 15)
    submission_key = factory.LazyFunction(uuid.uuid4)


class ApplicationFactory(DjangoModelFactory[Application]):
    """Submitted an hour ago; ``ApplicationFactory(state="approved")`` has been accepted and decided since.

    ``authorization_id`` names no consent unless one is given.
    """

    class Meta:
        model = Application

    class Params:
        need_state = NeedState.OPEN
        handled = factory.LazyAttribute(lambda a: a.state not in {"submitted", "withdrawn"})
        termed = factory.LazyAttribute(lambda a: a.state in {"proposed", "approved", "contracted"})
        decided = factory.LazyAttribute(lambda a: a.state in {"approved", "contracted", "refused"})
        officer = factory.LazyAttribute(lambda a: OfficerFactory(institution=a.institution).user)

    state = ApplicationState.SUBMITTED
    need = factory.SubFactory(NeedFactory)
    enterprise = factory.SelfAttribute("need.enterprise")
    product_version = factory.SubFactory(ProductVersionFactory)
    institution = factory.SelfAttribute("product_version.product.institution")
    authorization_id = 0
    amount = factory.SelfAttribute("need.amount")
    term_months = factory.SelfAttribute("need.term_months")
    use = factory.SelfAttribute("need.use")
    contact_name = factory.SelfAttribute("need.contact_name")
    contact_phone = factory.SelfAttribute("need.contact_phone")
    responsible_region = factory.SelfAttribute("need.responsible_region")
    county_code = factory.SelfAttribute("need.county_code")
    submitted_at = NOW - dt.timedelta(hours=1)
    submitted_by = factory.SelfAttribute("need.posted_by")
    accept_due_at = dt.datetime(2026, 11, 23, 18, 0, tzinfo=NOW.tzinfo)
    decide_due_at = dt.datetime(2026, 12, 4, 18, 0, tzinfo=NOW.tzinfo)
    due_at = factory.LazyAttribute(
        lambda a: {"submitted": a.accept_due_at, "accepted": a.decide_due_at, "proposed": a.decide_due_at}.get(a.state)
    )
    accepted_at = factory.LazyAttribute(lambda a: NOW if a.handled else None)
    accepted_by = factory.LazyAttribute(lambda a: a.officer if a.handled else None)
    waiting_since = factory.LazyAttribute(lambda a: NOW if a.state == "waiting" else None)
    proposed_at = factory.LazyAttribute(lambda a: NOW if a.state == "proposed" else None)
    proposed_by = factory.LazyAttribute(lambda a: a.officer if a.state == "proposed" else None)
    decided_at = factory.LazyAttribute(lambda a: NOW if a.decided else None)
    decided_by = factory.LazyAttribute(lambda a: a.officer if a.decided else None)
    approved_amount = factory.LazyAttribute(lambda a: a.amount if a.termed else None)
    approved_rate = factory.LazyAttribute(lambda a: Decimal("0.045000") if a.termed else None)
    approved_term_months = factory.LazyAttribute(lambda a: a.term_months if a.termed else None)
    approved_method = factory.LazyAttribute(lambda a: RepaymentMethod.INTEREST_FIRST if a.termed else "")
    approved_guarantee = factory.LazyAttribute(lambda a: Guarantee.CREDIT if a.termed else "")
    refusal_reason = factory.LazyAttribute(lambda a: "guarantee" if a.state == "refused" else "")
    refusal_note = factory.LazyAttribute(lambda a: "需追加保证人" if a.state == "refused" else "")
    submission_key = factory.LazyFunction(uuid.uuid4)


class DocumentRequestFactory(DjangoModelFactory[DocumentRequest]):
    class Meta:
        model = DocumentRequest

    application = factory.SubFactory(ApplicationFactory, state=ApplicationState.WAITING)
    title = "近三个月银行流水"
    asked_at = NOW
    asked_by = factory.SubFactory(UserFactory)


class LoanFactory(DjangoModelFactory[Loan]):
    """A loan drawn ten days ago with its schedule. ``LoanFactory(overdue=45)`` has its first instalment 45 days past due.

    ``LoanFactory(state="contracted")`` is not drawn yet.
    """

    class Meta:
        model = Loan
        skip_postgeneration_save = True

    class Params:
        overdue = 0
        is_drawn = factory.LazyAttribute(lambda loan: loan.state != "contracted")

    state = LoanState.DRAWN
    application = factory.SubFactory(ApplicationFactory, state=ApplicationState.CONTRACTED)
    enterprise = factory.SelfAttribute("application.enterprise")
    institution = factory.SelfAttribute("application.institution")
    product_version = factory.SelfAttribute("application.product_version")
    contract_number = factory.Sequence(lambda n: f"HT2026{n:06d}")
    contract_amount = factory.SelfAttribute("application.approved_amount")
    annual_rate = factory.SelfAttribute("application.approved_rate")
    term_months = factory.SelfAttribute("application.approved_term_months")
    method = factory.SelfAttribute("application.approved_method")
    guarantee = factory.SelfAttribute("application.approved_guarantee")
    is_first_loan = factory.SelfAttribute("application.is_first_loan")
    signed_on = factory.LazyAttribute(lambda loan: loan.drawn_on or NOW.date())
    signed_at = NOW
    signed_by = factory.SelfAttribute("application.decided_by")
    drawn_amount = factory.LazyAttribute(lambda loan: loan.contract_amount if loan.is_drawn else 0)
    drawn_on = factory.LazyAttribute(
        lambda loan: (
            add_months(NOW.date() - dt.timedelta(days=loan.overdue), -1)
            if loan.overdue
            else NOW.date() - dt.timedelta(days=10)
            if loan.is_drawn
            else None
        )
    )
    drawn_at = factory.LazyAttribute(lambda loan: NOW if loan.is_drawn else None)
    drawn_by = factory.LazyAttribute(lambda loan: loan.signed_by if loan.is_drawn else None)
    matures_on = factory.LazyAttribute(
        lambda loan: add_months(loan.drawn_on, loan.term_months) if loan.is_drawn else None
    )
    principal_balance = factory.SelfAttribute("drawn_amount")
    overdue_since = factory.LazyAttribute(
        lambda loan: NOW.date() - dt.timedelta(days=loan.overdue) if loan.overdue else None
    )
    days_past_due = factory.SelfAttribute("overdue")
    risk_class = factory.LazyAttribute(lambda loan: class_of(loan.overdue))
    classified_on = factory.LazyAttribute(lambda loan: NOW.date() if loan.is_drawn else None)
    responsible_region = factory.SelfAttribute("application.responsible_region")
    county_code = factory.SelfAttribute("application.county_code")

    @factory.post_generation
    def instalments(self: Loan, create: bool, _extracted: object, **_options: Any) -> None:
        """The schedule; short months are moved so that the first due day is the one past due."""
        if self.drawn_on is None or not create:
            return
        rows = schedule(self.method, self.drawn_amount, self.annual_rate, self.term_months, self.drawn_on)
        shift = (self.overdue_since or rows[0].due_on) - rows[0].due_on
        Instalment.objects.bulk_create(
            Instalment(
                loan=self,
                number=row.number,
                due_on=row.due_on + shift,
                principal_due=row.principal,
                interest_due=row.interest,
            )
            for row in rows
        )
