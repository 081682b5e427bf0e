import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from enterprises.consent import gate
from enterprises.consent.models import AccessRecord, FetchKind
from enterprises.credit.models import FeatureRow
from institutions.models import Officer
from tests.factories import AuthorizationFactory, OfficerFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


@pytest.fixture
def officer() -> Officer:
    return OfficerFactory()


def known(authorization: Any, now: dt.datetime, **columns: Any) -> None:
    FeatureRow.objects.create(enterprise=authorization.enterprise, refreshed_at=now, **columns)


def ask(authorization: Any, officer: Officer, at: dt.datetime, *names: str, use: str = "outcome") -> dict[str, object]:
    return gate.model_facts(
        authorization_id=authorization.pk,
        officer=officer,
        feature_names=names,
        purpose_of_use=use,
        door="model",
        parent=("model", 5),
        at=at,
    )


def test_facts_under_a_consent_are_given_recorded_and_counted(officer: Officer, now: dt.datetime) -> None:
    authorization = AuthorizationFactory(institution=officer.institution, items={"TX_RATING": "outcome"})
    known(authorization, now, tax_grade="A", penalties_minor_24m=2, items_as_of={"TX_RATING": "2026-11-01", "OT": "x"})

    facts = ask(authorization, officer, now, "tax_grade", "county_code", "items_as_of")

    authorization.refresh_from_db()
    record = AccessRecord.objects.get()
    assert facts == {"tax_grade": "A", "county_code": "640104", "items_as_of": {"TX_RATING": "2026-11-01"}}
    assert (authorization.use_count, authorization.last_used_at) == (1, now)
    assert (record.item_codes, record.mode, record.door, record.parent_kind) == (
        ["TX_RATING"],
        "outcome",
        "model",
        "model",
    )


def test_public_features_need_no_item_of_the_consent(officer: Officer, now: dt.datetime) -> None:
    authorization = AuthorizationFactory(institution=officer.institution, items={"TX_RATING": "outcome"})
    known(authorization, now, fines_24m_amount=Decimal("12.00"))

    assert ask(authorization, officer, now, "fines_24m_amount") == {"fines_24m_amount": Decimal("12.00")}


@pytest.mark.parametrize(("items", "use"), [({"MR_BASIC": "detail"}, "outcome"), ({"TX_RATING": "outcome"}, "verify")])
def test_an_item_not_covered_far_enough_gives_nothing(
    items: dict[str, str], use: str, officer: Officer, now: dt.datetime
) -> None:
    authorization = AuthorizationFactory(institution=officer.institution, items=items)
    known(authorization, now, tax_grade="A")

    with pytest.raises(gate.NotCovered):
        ask(authorization, officer, now, "tax_grade", use=use)

    authorization.refresh_from_db()
    record = AccessRecord.objects.get()
    assert (record.is_allowed, record.refusal_code, authorization.use_count) == (False, "not_covered", 0)


def test_a_revoked_consent_gives_no_facts(officer: Officer, now: dt.datetime) -> None:
    authorization = AuthorizationFactory(institution=officer.institution, state="revoked")

    with pytest.raises(gate.Revoked):
        ask(authorization, officer, now, "county_code")

    assert AccessRecord.objects.get().refusal_code == "revoked"


def test_a_firm_without_features_is_unknown(officer: Officer, now: dt.datetime) -> None:
    authorization = AuthorizationFactory(institution=officer.institution, items={"TX_RATING": "verify"})

    assert ask(authorization, officer, now, "tax_grade", use="verify") == {"tax_grade": None}


def test_one_call_uses_up_a_consent_for_one_look(officer: Officer, now: dt.datetime) -> None:
    authorization = AuthorizationFactory(
        institution=officer.institution, fetch_kind=FetchKind.ONCE, items={"TX_RATING": "verify"}
    )

    ask(authorization, officer, now, "tax_grade")

    with pytest.raises(gate.UsedUp):
        ask(authorization, officer, now, "tax_grade")


def test_undeclared_facts_and_uses_are_refused_before_anything_is_read(officer: Officer, now: dt.datetime) -> None:
    authorization = AuthorizationFactory(institution=officer.institution)

    with pytest.raises(gate.UnknownFact):
        ask(authorization, officer, now, "secret_column")
    with pytest.raises(ValueError, match="detail"):
        ask(authorization, officer, now, "tax_grade", use="detail")

    assert AccessRecord.objects.count() == 0
