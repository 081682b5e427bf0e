"""The books in the chains: a line changed with every right in psql is found and named."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection

from lending.ledger.models import Entry, Line
from portal.audit import sealing


@pytest.mark.django_db
def test_a_line_changed_in_psql_is_named(
    deposit: Callable[..., Entry], now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        sealing, "_OLDEST_RUNNING", "9223372036854775807"
    )  # the test's own transaction is still running
    line = Line.objects.filter(entry=deposit("100.00")).order_by("pk").first()
    assert line is not None
    for chain in ("ledger.entry", "ledger.line"):
        sealing.seal(chain=chain, at=now)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE ledger_line DISABLE TRIGGER USER")
        cursor.execute("UPDATE ledger_line SET debit = debit * 2, credit = credit * 2 WHERE id = %s", [line.pk])

    faults = [str(fault) for chain in ("ledger.entry", "ledger.line") for fault in sealing.verify(chain=chain)]

    assert faults == [f"ledger_line row {line.pk}, block 1 of ledger.line: row changed"]
