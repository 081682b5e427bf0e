"""Rows of funds, schemes, enrolments, claims and recoveries."""

import datetime as dt
import json
import uuid
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from lending.compensation.actions.funds import FACTS as SCHEMES
from lending.compensation.models import Claim, Enrolment, Fund, FundBudget, FundContributor, Recovery, Scheme
from lending.compensation.states import ClaimState, EnrolmentState, LegalStep, SchemeState
from lending.ledger import actions as ledger
from lending.ledger import postings
from tests.factories.ground import (
    LONG_AGO,
    NOW,
    UploadFactory,
)
from tests.factories.institutions import (
    OfficerFactory,
)
from tests.factories.lending import LoanFactory


class FundFactory(DjangoModelFactory[Fund]):
    """A fund with an open book and 10,000,000 yuan in it; ``FundFactory(deposited="0")`` is empty."""

    class Meta:
        model = Fund
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"FUND{n:04d}")
    name = factory.Sequence(lambda n: f"测试资金池{n}")
    opened_on = dt.date(2024, 1, 1)

    @factory.post_generation
    def deposited(self: Fund, create: bool, extracted: str | None, **_options: Any) -> None:
        ledger.open_book(book=self.code, name=self.name, by=None, at=LONG_AGO)
        amount = "10000000.00" if extracted is None else extracted
        if Decimal(amount) > 0:
            ledger.post(
                event="fund_deposit",
                subject=f"{self.code}/opening",
                memo="注资",
                booked_on=LONG_AGO.date(),
                lines=postings.deposit(self.code, Decimal(amount)),
                by=None,
                at=LONG_AGO,
            )


class SchemeFactory(DjangoModelFactory[Scheme]):
    """The built-in demonstration scheme, in force since 2024."""

    class Meta:
        model = Scheme

    fund = factory.SubFactory(FundFactory)
    code = factory.Sequence(lambda n: f"SCHEME{n:04d}")
    version = 1
    name = "风险补偿方案(演示参数)"
    legal_basis = "演示参数"
    clauses = factory.LazyFunction(lambda: json.loads(SCHEMES.read_text(encoding="utf-8"))["schemes"][0]["clauses"])
    in_force_from = dt.date(2024, 1, 1)
    state = SchemeState.ADOPTED
    adopted_at = LONG_AGO


class FundContributorFactory(DjangoModelFactory[FundContributor]):
    """A county that undertook 3,000,000 yuan."""

    class Meta:
        model = FundContributor

    fund = factory.SubFactory(FundFactory)
    code = factory.Sequence(lambda n: f"payer{n}")
    name = "市县资金"
    committed_amount = Decimal("3000000.00")


class FundBudgetFactory(DjangoModelFactory[FundBudget]):
    class Meta:
        model = FundBudget

    fund = factory.SubFactory(FundFactory)
    year = NOW.year
    amount = Decimal("5000000.00")
    set_at = LONG_AGO


class EnrolmentFactory(DjangoModelFactory[Enrolment]):
    """An enrolled loan of 500,000 yuan on credit; ``EnrolmentFactory(loan__overdue=100)`` may be claimed for."""

    class Meta:
        model = Enrolment

    loan = factory.SubFactory(LoanFactory)
    scheme = factory.SubFactory(SchemeFactory)
    number = factory.Sequence(lambda n: f"BA2026-{n:07d}-1")
    state = EnrolmentState.ENROLLED
    enrolled_at = NOW
    enrolled_by = factory.LazyAttribute(lambda enrolment: enrolment.loan.signed_by)


class ClaimFactory(DjangoModelFactory[Claim]):
    """A filed claim for a loss of 500,000 yuan, 200,000 of it the fund's. Later states come by the actions."""

    class Meta:
        model = Claim

    number = factory.Sequence(lambda n: f"BC2026-{n:07d}-1")
    enrolment = factory.SubFactory(EnrolmentFactory, loan__overdue=100)
    institution = factory.SelfAttribute("enrolment.loan.institution")
    state = ClaimState.FILED
    loss_amount = Decimal("500000.00")
    fund_amount = Decimal("200000.00")
    bank_amount = Decimal("300000.00")
    shares = factory.LazyFunction(
        lambda: [
            {"code": "fund", "name": "补偿资金", "side": "fund", "amount": "200000.00"},
            {"code": "bank", "name": "银行", "side": "bank", "amount": "300000.00"},
        ]
    )
    legal_step = LegalStep.ACCEPTED
    statement = "多次催收未果"
    evidence = factory.SubFactory(UploadFactory)
    filed_at = NOW
    filed_by = factory.LazyAttribute(lambda claim: OfficerFactory(institution=claim.institution).user)
    submission_key = factory.LazyFunction(uuid.uuid4)


class RecoveryFactory(DjangoModelFactory[Recovery]):
    """100,000 yuan came back at a cost of 10,000; the fund's part has not been remitted."""

    class Meta:
        model = Recovery

    claim = factory.SubFactory(ClaimFactory)
    reference = factory.Sequence(lambda n: f"ZC{n:06d}")
    recovered_on = NOW.date()
    gross_amount = Decimal("100000.00")
    cost_amount = Decimal("10000.00")
    fund_amount = Decimal("36000.00")
    bank_amount = Decimal("54000.00")
    remit_by = dt.date(2027, 1, 4)
    reported_at = NOW
    reported_by = factory.SelfAttribute("claim.filed_by")
