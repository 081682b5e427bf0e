"""Personal numbers in delivered files: sealed before they are stored, known again by their index, opened by the gate alone."""

import base64
import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.utils import IntegrityError

from enterprises.consent import files as consent_files
from enterprises.credit import queries
from enterprises.credit.models import Batch, CreditRecord, Reject
from enterprises.models import Enterprise
from portal import ciphers, keyring, rotation
from tests.enterprises.credit import files

Deliver = Callable[..., Batch]
OLD, NEW, INDEX = (base64.b64encode(letter * 32).decode() for letter in (b"o", b"n", b"i"))
PERSONAL = ("电话", "手机", "账号", "户号", "住址")


@pytest.fixture(autouse=True)
def _old_key(settings: Any) -> None:
    settings.SEALING_KEYS, settings.SEALING_INDEX_KEY = f"a:{OLD}", INDEX


def bill(enterprise: Enterprise, **cells: str) -> dict[str, str]:
    return files.row("UT_WATER", enterprise.uscc) | {"account_no": "WATER0001", "ym": "2026-09"} | cells


def test_every_personal_number_of_the_catalogue_is_sealed_or_a_digest(catalogue: None) -> None:
    open_ones = [
        f"{schema.code}.{field.name}"
        for schema in queries.schemas().values()
        for field in schema.fields
        if any(word in field.label for word in PERSONAL) and field.level != "public"
        if not (field.is_sealed or field.is_secret)
    ]

    assert open_ones == []


def test_the_number_is_sealed_before_it_reaches_any_table(deliver: Deliver, enterprise: Enterprise) -> None:
    deliver("UT_WATER", [bill(enterprise)])

    record = CreditRecord.objects.get(item_code="UT_WATER")
    assert keyring.sealer().open(record.payload["account_no"], "credit.account_no") == "WATER0001"
    assert "WATER0001" not in f"{record.payload}{record.natural_key}"


def test_the_same_fact_is_the_same_under_another_key(deliver: Deliver, enterprise: Enterprise, settings: Any) -> None:
    deliver("UT_WATER", [bill(enterprise)])
    settings.SEALING_KEYS = f"b:{NEW},a:{OLD}"
    deliver("UT_WATER", [bill(enterprise), bill(enterprise, ym="2026-08")], name="again.csv")
    assert CreditRecord.objects.filter(item_code="UT_WATER").count() == 2

    deliver("UT_WATER", [bill(enterprise, usage="99")], name="corrected.csv")

    assert CreditRecord.objects.in_force().get(item_code="UT_WATER", payload__ym="2026-09").payload["usage"] == "99.00"
    assert CreditRecord.objects.filter(item_code="UT_WATER").count() == 3


def test_a_number_too_long_is_refused_without_being_kept(deliver: Deliver, enterprise: Enterprise) -> None:
    deliver("UT_WATER", [bill(enterprise, account_no="W" * 40)])

    fault = Reject.objects.get()
    assert (fault.field, fault.reason, fault.shown_value) == ("account_no", "too_long", "***")
    assert "WWW" not in str(fault.values)


def test_a_line_mended_from_our_download_comes_back_sealed(deliver: Deliver, enterprise: Enterprise) -> None:
    deliver("UT_WATER", [bill(enterprise, usage="many")])
    cells = Reject.objects.get().values
    assert ciphers.is_sealed(cells["account_no"])

    deliver("UT_WATER", [bill(enterprise, account_no=cells["account_no"])], name="mended.csv")

    record = CreditRecord.objects.get(item_code="UT_WATER")
    assert keyring.sealer().open(record.payload["account_no"], "credit.account_no") == "WATER0001"


def test_the_gate_opens_what_is_authorized_in_detail_and_masks_the_rest(
    deliver: Deliver, enterprise: Enterprise, monkeypatch: pytest.MonkeyPatch, today: dt.date
) -> None:
    deliver("UT_WATER", [bill(enterprise)])

    def shown() -> str:
        return repr(consent_files.sections(enterprise.pk, {"UT_WATER": "detail"}, day=today))

    hidden = shown()
    schema = queries.schemas()["UT_WATER"]
    fields = tuple(replace(f, level="authorized") if f.name == "account_no" else f for f in schema.fields)
    monkeypatch.setattr(consent_files.credit, "schemas", lambda _codes: {"UT_WATER": replace(schema, fields=fields)})

    assert ("WATER0001" in hidden, "s4.a." in hidden) == (False, False)
    assert ("WATER0001" in shown(), "s4.a." in shown()) == (True, False)


def test_records_turn_to_a_new_key_and_stay_frozen_otherwise(
    deliver: Deliver, enterprise: Enterprise, settings: Any
) -> None:
    deliver("UT_WATER", [bill(enterprise)])
    before = CreditRecord.objects.get(item_code="UT_WATER")
    settings.SEALING_KEYS = f"b:{NEW},a:{OLD}"

    call_command("rotate_keys", verbosity=0)

    after = CreditRecord.objects.get(item_code="UT_WATER")
    assert keyring.sealer().open(after.payload["account_no"], "credit.account_no") == "WATER0001"
    assert ciphers.key_of(after.payload["account_no"]) == "b"
    assert (after.payload_digest, after.natural_key) == (before.payload_digest, before.natural_key)
    assert rotation.uses()["a"] == 0
    for payload in ('{"usage": "1"}', after.payload | {"account_no": keyring.sealer().seal("X", "credit.account_no")}):
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE credit_record SET payload = %s WHERE item_code = 'UT_WATER'", [_json(payload)])


def _json(payload: Any) -> str:
    import json

    return payload if isinstance(payload, str) else json.dumps(payload)
