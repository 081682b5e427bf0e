"""Rows for tests, in the words of the domain. A factory makes one sound row and holds no surprises.

One section for each room; a section is written by whoever owns the models in it.
"""

import datetime as dt
import hashlib
import json
import uuid
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import factory
from factory.django import DjangoModelFactory

from enterprises.consent.models import Authorization, AuthorizedItem, FetchKind, Purpose
from enterprises.consent.states import AuthorizationState
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
from institutions.products.models import AskableItem, Guarantee, Product, ProductVersion, RepaymentMethod, Scene
from institutions.products.states import VersionState
from institutions.states import InstitutionState
from lending.applications.models import Application, DocumentRequest
from lending.applications.states import ApplicationState
from lending.compensation.actions.funds import FACTS as SCHEMES
from lending.compensation.models import Claim, Enrolment, Fund, Recovery, Scheme
from lending.compensation.states import ClaimState, EnrolmentState, LegalStep
from lending.ledger import actions as ledger
from lending.ledger import postings
from lending.loans.classification import class_of
from lending.loans.models import Instalment, Loan
from lending.loans.schedules import schedule
from lending.loans.states import LoanState
from lending.needs.models import Need, Use
from lending.needs.states import NeedState
from portal import regions
from portal.accounts.models import StaffPost, User
from portal.accounts.roles import EnterpriseRole, OfficerRole, StaffRole
from portal.documents.models import DocumentKind, IssuedDocument, Upload, UploadKind
from portal.identifiers import COMPANY, make_uscc
from portal.industries import section_of
from portal.periods import add_months

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


# --- Consent ---


class AuthorizationFactory(DjangoModelFactory[Authorization]):
    """A consent in force since yesterday for a year; ``AuthorizationFactory(items={"TX_RATING": "detail"})`` names what it covers.

    ``state`` may be any state: the stamps that go with it are filled in. Needs the purposes (fixture ``catalogue``).
    """

    class Meta:
        model = Authorization
        skip_postgeneration_save = True

    class Params:
        member = factory.SubFactory(MemberFactory)

    enterprise = factory.SelfAttribute("member.enterprise")
    institution = factory.SubFactory(InstitutionFactory)
    purpose = factory.LazyFunction(lambda: Purpose.objects.get(code="loan_approval"))
    purpose_text = factory.SelfAttribute("purpose.text")
    template_version = "2026-1"
    fetch_kind = FetchKind.PERIODIC
    uses_per_month = 10
    data_from = dt.date(2024, 11, 20)
    data_until = dt.date(2027, 11, 19)
    starts_at = NOW - dt.timedelta(days=1)
    ends_at = NOW + dt.timedelta(days=364)
    data_life_days = 365
    state = AuthorizationState.GRANTED
    requested_at = factory.SelfAttribute("starts_at")
    requested_by = factory.SelfAttribute("member.user")
    submission_key = factory.LazyFunction(uuid.uuid4)

    @factory.post_generation
    def items(self: Authorization, _create: bool, items: dict[str, str] | None, **_options: Any) -> None:
        """The items, then the stamps of the state: nothing is added to a signed consent."""
        for code, mode in (items or {"MR_BASIC": "detail"}).items():
            AuthorizedItem.objects.create(authorization=self, item_code=code, mode=mode)
        state, signed = self.state, {"granted_at": self.starts_at, "granted_by": self.requested_by}
        stamps: dict[str, Any] = {"state": state}
        if state not in {AuthorizationState.REQUESTED, AuthorizationState.DECLINED}:
            stamps |= signed | {"signer_role": "legal_representative", "digest": "0" * 64, "signature": "test"}
        if state == AuthorizationState.PAUSED:
            stamps |= {"paused_at": NOW, "paused_by": self.requested_by}
        if state in {"declined", "revoked", "expired", "used_up"}:
            stamps |= {"ended_at": NOW}
        Authorization.objects.filter(pk=self.pk).update(**stamps)
        self.refresh_from_db()

    @classmethod
    def _create(cls, model_class: type[Authorization], *args: Any, **kwargs: Any) -> Authorization:
        state = kwargs.pop("state")
        authorization: Authorization = super()._create(model_class, *args, **kwargs)
        authorization.state = state
        return authorization


# --- Lending: needs, applications, loans ---


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


# --- Compensation ---


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
