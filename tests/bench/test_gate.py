"""A credit file read through the gate beside the same file compiled without it; the access record beside a bare insert.

``pytest -m bench -s tests/bench/test_gate.py``; ``GATE_RECORDS`` records of the firm (120), ``GATE_LOOKS`` access records (500).
"""

import datetime as dt
import os
from typing import Any

import pytest
from django.db import connection, transaction

from enterprises.consent import files, gate
from enterprises.consent.gate.looks import leave_record
from enterprises.consent.models import AccessRecord, Authorization
from enterprises.evaluation import queries as evaluation
from institutions.models import Officer
from tests.bench.figures import Figures, median
from tests.enterprises.conftest import catalogue
from tests.enterprises.records import keep
from tests.factories import NOW, AuthorizationFactory, OfficerFactory

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue")]
__all__ = ["catalogue"]

RECORDS = int(os.environ.get("GATE_RECORDS", "120"))
LOOKS = int(os.environ.get("GATE_LOOKS", "500"))
RUNS = 41
ITEMS = {
    "MR_BASIC": "detail",
    "AP_PENALTY": "detail",
    "TX_RATING": "detail",
    "TX_PAYMENT": "summary",
    "SF_INSURED": "detail",
    "SD_LIST": "verify",
}


@pytest.fixture
def officer() -> Officer:
    return OfficerFactory()


@pytest.fixture
def authorization(officer: Officer) -> Authorization:
    found: Authorization = AuthorizationFactory(institution=officer.institution, items=ITEMS, uses_per_unit=1_000_000)
    for number in range(RECORDS):
        item = list(ITEMS)[number % len(ITEMS)]
        keep(found.enterprise, item, occurred_on=dt.date(2026, 1, 1) + dt.timedelta(days=number), serial=str(number))
    return found


def test_a_gated_read_beside_the_same_read_without_the_gate(
    authorization: Authorization, officer: Officer, figures: Figures
) -> None:
    def gated() -> gate.CreditFile:
        return gate.open_file(authorization_id=authorization.pk, officer=officer, door="page", at=NOW)

    def ungated() -> Any:
        span = (authorization.data_from, authorization.data_until)
        grades = evaluation.grades_under(enterprise_id=authorization.enterprise_id, authorization_id=authorization.pk)
        return files.sections(authorization.enterprise_id, ITEMS, day=NOW.date(), span=span), grades

    figures.time(
        "gated read of a file, log entry included", gated, ungated, at_most=2, floor_is="the same file ungated"
    )

    shown = gated()
    assert shown.sections == ungated()[0]
    assert AccessRecord.objects.count() == Authorization.objects.get().use_count


def test_an_access_record_beside_a_bare_insert(
    authorization: Authorization, officer: Officer, figures: Figures
) -> None:
    def recorded() -> None:
        for _look in range(LOOKS):
            with transaction.atomic():
                leave_record(
                    enterprise_id=authorization.enterprise_id,
                    actor=officer.user,
                    role="信贷员",
                    institution=(officer.institution_id, "银行"),
                    purpose="贷款审批",
                    authorization_id=authorization.pk,
                    items=ITEMS,
                    door="page",
                    at=NOW,
                )

    def bare() -> None:
        row = [NOW, authorization.enterprise_id, officer.institution_id, "银行", officer.user_id, "某人", "信贷员"]
        row += ["贷款审批", authorization.pk, sorted(ITEMS), "detail", True, "", "", "page", "", "", ""]
        for _look in range(LOOKS):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    """
                    INSERT INTO consent_accessrecord (at, enterprise_id, institution_id, institution_name, actor_id, actor_name,
                        actor_role, purpose, authorization_id, item_codes, mode, is_allowed, refusal_code, reason, door, client,
                        parent_kind, request_id)
                    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
                    """,
                    row,
                )

    spent, floor = median(recorded), median(bare)
    figures.rate("access record on the gate's path", LOOKS, spent, floor, at_least=0.9, floor_is="bare INSERT")
    assert AccessRecord.objects.count() % LOOKS == 0
