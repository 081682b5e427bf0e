"""Rows of those who lend and of what they offer."""

import datetime as dt
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from institutions.models import Branch, Institution, InstitutionKind, Officer
from institutions.products.models import AskableItem, Guarantee, Product, ProductVersion, RepaymentMethod, Scene
from institutions.products.states import VersionState
from institutions.states import InstitutionState
from portal.accounts.roles import OfficerRole
from tests.factories.ground import (
    LONG_AGO,
    UserFactory,
    uscc,
)


class InstitutionFactory(DjangoModelFactory[Institution]):
    class Meta:
        model = Institution

    kind = InstitutionKind.BANK
    code = factory.Sequence(lambda n: f"BANK{n:04d}")
    name = factory.Sequence(lambda n: f"宁夏第{n}商业银行股份有限公司")
    short_name = factory.Sequence(lambda n: f"第{n}银行")
    uscc = factory.Sequence(lambda n: uscc(50_000_000 + n))
    state = InstitutionState.ADMITTED
    asks_four_eyes = False
    security_reviewed_on = dt.date(2026, 1, 15)
    security_valid_until = dt.date(2028, 1, 14)
    applied_at = LONG_AGO
    admitted_at = LONG_AGO


class BranchFactory(DjangoModelFactory[Branch]):
    class Meta:
        model = Branch

    institution = factory.SubFactory(InstitutionFactory)
    name = factory.Sequence(lambda n: f"第{n}支行")
    region_code = "640104"


class OfficerFactory(DjangoModelFactory[Officer]):
    class Meta:
        model = Officer

    user = factory.SubFactory(UserFactory)
    institution = factory.SubFactory(InstitutionFactory)
    role = OfficerRole.LOAN_OFFICER
    started_at = LONG_AGO


class AskableItemFactory(DjangoModelFactory[AskableItem]):
    class Meta:
        model = AskableItem

    code = factory.Sequence(lambda n: f"ITEM_{n}")
    sequence = factory.Sequence(lambda n: n)
    category = "纳税"
    name = factory.Sequence(lambda n: f"信息项{n}")
    needs_consent = True
    published_at = LONG_AGO


class ProductFactory(DjangoModelFactory[Product]):
    class Meta:
        model = Product

    institution = factory.SubFactory(InstitutionFactory)
    name = factory.Sequence(lambda n: f"信用贷{n}号")
    drafted_at = LONG_AGO
    drafted_by = factory.SubFactory(UserFactory)


class ProductVersionFactory(DjangoModelFactory[ProductVersion]):
    """A listed version; ``ProductVersionFactory(draft=True)`` is one that nobody has seen yet."""

    class Meta:
        model = ProductVersion

    class Params:
        draft = factory.Trait(
            state=VersionState.DRAFT, submitted_at=None, submitted_by=None, reviewed_at=None, reviewed_by=None
        )
        submitted = factory.Trait(state=VersionState.SUBMITTED, reviewed_at=None, reviewed_by=None)

    product = factory.SubFactory(ProductFactory)
    number = factory.Sequence(lambda n: n + 1)
    state = VersionState.LISTED
    summary = "面向小微企业的纯信用贷款"
    description = "凭纳税和经营信息授信，随借随还。"
    scene = Scene.GENERAL
    min_amount = Decimal("100000.00")
    max_amount = Decimal("3000000.00")
    min_term_months = 6
    max_term_months = 36
    min_rate = Decimal("0.038500")
    max_rate = Decimal("0.060000")
    guarantees = factory.LazyFunction(lambda: [Guarantee.CREDIT, Guarantee.GUARANTOR])
    repayment_methods = factory.LazyFunction(
        lambda: [RepaymentMethod.EQUAL_INSTALMENTS, RepaymentMethod.INTEREST_FIRST]
    )
    criteria = factory.LazyFunction(list)
    asked_items = factory.LazyFunction(lambda: {"MR_BASIC": "detail", "TX_RATING": "detail"})
    materials = "营业执照\n近一年财务报表"
    drafted_at = LONG_AGO
    drafted_by = factory.SelfAttribute("product.drafted_by")
    submitted_at = LONG_AGO
    submitted_by = factory.SelfAttribute("drafted_by")
    reviewed_at = LONG_AGO
    reviewed_by = factory.SubFactory(UserFactory, is_staff=True)
