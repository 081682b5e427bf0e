"""Rows of those who borrow, and of what they let others see."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from enterprises.consent.models import Authorization, AuthorizedItem, DeletionDuty, FairUse, FetchKind, Purpose
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
from portal import regions
from portal.accounts.roles import EnterpriseRole
from portal.industries import section_of
from tests.factories.ground import (
    LONG_AGO,
    NOW,
    UserFactory,
    uscc,
)
from tests.factories.institutions import (
    InstitutionFactory,
)


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
    uses_per_unit = 10
    frequency_unit = "month"
    data_from = dt.date(2024, 11, 20)
    data_until = dt.date(2027, 11, 19)
    starts_at = NOW - dt.timedelta(days=1)
    ends_at = NOW + dt.timedelta(days=364)
    data_life = 1
    data_life_unit = "year"
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


class FairUseFactory(DjangoModelFactory[FairUse]):
    """A row of bounds over one item of a purpose; what it does not say is left to the purpose's own row."""

    class Meta:
        model = FairUse

    purpose = factory.LazyFunction(lambda: Purpose.objects.get(code="loan_approval"))
    item_code = "TX_RATING"
    max_days = 30


class DeletionDutyFactory(DjangoModelFactory[DeletionDuty]):
    """What a bank owes since yesterday after a firm has revoked a consent that had been used."""

    class Meta:
        model = DeletionDuty

    authorization = factory.SubFactory(AuthorizationFactory, state="revoked", use_count=1, last_used_at=NOW)
    enterprise = factory.SelfAttribute("authorization.enterprise")
    institution = factory.SelfAttribute("authorization.institution")
    raised_at = NOW - dt.timedelta(days=1)
    acknowledge_due_on = (NOW + dt.timedelta(days=2)).date()
    delete_due_on = (NOW + dt.timedelta(days=364)).date()
