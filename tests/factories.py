"""Rows for tests, in the words of the domain. A factory makes one sound row and holds no surprises.

One section for each room; a section is written by whoever owns the models in it.
"""

import datetime as dt
import hashlib
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import factory
from factory.django import DjangoModelFactory

from enterprises.models import (
    Enterprise,
    EnterpriseKind,
    Invitation,
    Member,
    ProofMethod,
    RegistrationStatus,
    Representation,
    SizeClass,
)
from enterprises.states import RepresentationState
from institutions.models import Branch, Institution, InstitutionKind, Officer
from institutions.products.models import Guarantee, Product, ProductVersion, RepaymentMethod, Scene
from institutions.products.states import VersionState
from institutions.states import InstitutionState
from portal import regions
from portal.accounts.models import StaffPost, User
from portal.accounts.roles import EnterpriseRole, OfficerRole, StaffRole
from portal.documents.models import DocumentKind, IssuedDocument, Upload, UploadKind
from portal.identifiers import COMPANY, make_uscc
from portal.industries import section_of

NOW = dt.datetime(2026, 11, 20, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
LONG_AGO = NOW - dt.timedelta(days=400)


def uscc(number: int, *, prefix: str = COMPANY, county: str = "640104") -> str:
    """A valid code that differs with ``number``."""
    return make_uscc(prefix, county, f"{number % 10**8:08d}")


# --- Accounts and staff ---


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"u{n:06d}")
    full_name = factory.Sequence(lambda n: f"张{n}")
    email = factory.Sequence(lambda n: f"u{n:06d}@example.com")
    phone = factory.Sequence(lambda n: f"+86139{n:08d}")
    phone_verified = True
    is_active = True
    password = factory.django.Password("correct horse")


class StaffPostFactory(DjangoModelFactory[StaffPost]):
    """A government post: ``StaffPostFactory(role=StaffRole.CLAIM_CHECKER).user`` may sign in to the admin site."""

    class Meta:
        model = StaffPost

    user = factory.SubFactory(UserFactory, is_staff=True)
    role = StaffRole.SUPERVISOR
    region_code = regions.PROVINCE
    department = "自治区发展改革委"
    started_at = LONG_AGO

# --- Documents ---


class UploadFactory(DjangoModelFactory[Upload]):
    class Meta:
        model = Upload

    name = factory.Sequence(lambda n: f"营业执照{n}.pdf")
    kind = UploadKind.PDF
    file = factory.django.FileField(filename="licence.pdf", data=b"%PDF-1.7\n%%EOF\n")
    size = 15
    sha256 = "0" * 64
    uploaded_at = NOW
    uploaded_by = factory.SubFactory(UserFactory)


class IssuedDocumentFactory(DjangoModelFactory[IssuedDocument]):
    """A document in force; ``IssuedDocumentFactory(revoked=True)`` is one declared void."""

    class Meta:
        model = IssuedDocument

    class Params:
        revoked = factory.Trait(revoked_at=NOW, revoked_by=factory.SubFactory(UserFactory))

    kind = DocumentKind.AUTHORIZATION
    number = factory.Sequence(lambda n: f"SQ20261120-TEST{n:06d}")
    title = "信用信息查询授权书"
    subject_kind = "accounts.user"
    subject_id = "1"
    template_version = "1"
    sha256 = hashlib.sha256(b"%PDF-1.7\n%%EOF\n").hexdigest()
    file = factory.django.FileField(filename="authorization.pdf", data=b"%PDF-1.7\n%%EOF\n")
    issued_at = NOW
    issued_by = factory.SubFactory(UserFactory)


# --- Institutions and products ---


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
    description = "凭纳税和经营信息授信,随借随还。"
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


# --- Enterprises ---


class EnterpriseFactory(DjangoModelFactory[Enterprise]):
    """A living company of 兴庆区, four years old: ``EnterpriseFactory(county_code="640202")`` lies in 大武口区."""

    class Meta:
        model = Enterprise

    class Params:
        number = factory.Sequence(lambda n: n)

    uscc = factory.LazyAttribute(lambda firm: uscc(firm.number, county=firm.county_code))
    name = factory.LazyAttribute(lambda firm: f"宁夏测试{firm.number}商贸有限公司")
    kind = EnterpriseKind.COMPANY
    status = RegistrationStatus.LIVING
    legal_representative = "王建国"
    established_on = dt.date(2022, 6, 1)
    registered_capital_amount = Decimal("1000000.00")
    county_code = "640104"
    city_code = factory.LazyAttribute(lambda firm: regions.city_of(firm.county_code))
    responsible_region = factory.LazyAttribute(
        lambda firm: regions.NINGDONG if firm.county_code == regions.NINGDONG_COUNTY else firm.city_code
    )
    industry_code = "5174"
    industry_section = factory.LazyAttribute(lambda firm: section_of(firm.industry_code))
    size_class = SizeClass.SMALL
    domicile = "银川市兴庆区解放西街1号"
    business_scope = "日用百货批发、零售"
    name_pieces = factory.LazyAttribute(lambda firm: [a + b for a, b in zip(firm.name, firm.name[1:], strict=False)])
    registry_as_of = LONG_AGO
    bound_at = None


class MemberFactory(DjangoModelFactory[Member]):
    """A member of a firm; the legal representative unless another role is named."""

    class Meta:
        model = Member

    user = factory.SubFactory(UserFactory)
    enterprise = factory.SubFactory(EnterpriseFactory, bound_at=LONG_AGO)
    role = EnterpriseRole.LEGAL_REPRESENTATIVE
    joined_at = LONG_AGO
    joined_by = factory.SelfAttribute("user")


class RepresentationFactory(DjangoModelFactory[Representation]):
    """A claim that waits for a reviewer."""

    class Meta:
        model = Representation

    user = factory.SubFactory(UserFactory)
    enterprise = factory.SubFactory(EnterpriseFactory)
    method = ProofMethod.LICENCE
    claimed_name = "王建国"
    state = RepresentationState.FILED
    filed_at = LONG_AGO


class InvitationFactory(DjangoModelFactory[Invitation]):
    """An invitation that has not been answered; its link carries the token ``token``."""

    class Meta:
        model = Invitation

    class Params:
        token = factory.Sequence(lambda n: f"token-{n}")

    enterprise = factory.SubFactory(EnterpriseFactory, bound_at=LONG_AGO)
    role = EnterpriseRole.HANDLER
    address = "invited@example.com"
    token_digest = factory.LazyAttribute(lambda invitation: _token_digest(invitation.token))
    invited_at = NOW
    invited_by = factory.SubFactory(UserFactory)
    expires_at = NOW + dt.timedelta(days=7)


def _token_digest(token: str) -> Any:
    from enterprises.actions import token_digest

    return token_digest(token)
