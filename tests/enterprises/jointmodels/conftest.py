"""What tests of joint models share: the bounds, and a bank with a live consent of a firm whose features are known."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import pytest

from enterprises.consent.models import Authorization
from enterprises.credit.models import FeatureRow
from enterprises.jointmodels.actions import questions
from enterprises.jointmodels.models import AskableFeature, QuestionBudget
from enterprises.models import Enterprise
from institutions.models import Officer
from tests.factories import AuthorizationFactory, OfficerFactory

FRESH = {"TX_PAYMENT": "2026-11-10", "SF_INSURED": "2026-11-10"}


@dataclass
class Asking:
    officer: Officer
    authorization: Authorization

    @property
    def firm(self) -> Enterprise:
        return self.authorization.enterprise


@pytest.fixture
def bounds(catalogue: None) -> None:
    questions.load_bounds()


@pytest.fixture
def asking(bounds: None, now: dt.datetime) -> Asking:
    """A loan officer, a consent that covers tax and insurance, a firm that paid 730,000 yuan of tax."""
    officer = OfficerFactory()
    authorization = AuthorizationFactory(
        institution=officer.institution, items={"TX_PAYMENT": "verify", "SF_INSURED": "verify"}, uses_per_unit=1000
    )
    know(authorization.enterprise, now, tax_paid_12m_amount=Decimal("730000.00"), insured_staff=24)
    return Asking(officer, authorization)


def know(firm: Enterprise, at: dt.datetime, **features: object) -> None:
    FeatureRow.objects.update_or_create(
        enterprise=firm, defaults={"refreshed_at": at, "items_as_of": FRESH, **features}
    )


@pytest.fixture
def tax(bounds: None) -> AskableFeature:
    return AskableFeature.objects.get(feature="tax_paid_12m_amount")


@pytest.fixture
def many_thresholds(bounds: None) -> Callable[[int], None]:
    def allow(count: int) -> None:
        QuestionBudget.objects.filter(feature=None, institution=None).update(most_thresholds=count)

    return allow
