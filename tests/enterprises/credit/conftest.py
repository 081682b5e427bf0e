"""The catalogue in the database, and a department that delivers files."""

import datetime as dt
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from enterprises.credit import actions
from enterprises.credit.actions.catalogue import FACTS
from enterprises.credit.models import Batch
from enterprises.models import Enterprise
from tests.enterprises.credit import files
from tests.factories import EnterpriseFactory, uscc

Deliver = Callable[..., Batch]


@pytest.fixture(autouse=True)
def _own_deliveries(settings: Any, tmp_path: Path) -> None:
    settings.DELIVERY_ROOT = tmp_path


@pytest.fixture(scope="session")
def _partitions(django_db_setup: None, django_db_blocker: Any) -> None:
    """The tables of the 37 items, made once and for good: a table takes longer than everything else a test does."""
    codes = [item["code"] for item in json.loads(FACTS.read_text(encoding="utf-8"))["items"]]
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("SELECT credit_add_partition(code) FROM unnest(%s::text[]) AS code", [codes])


@pytest.fixture
def catalogue(_partitions: None, db: None, now: dt.datetime) -> None:
    actions.load_catalogue(by=None, at=now)


@pytest.fixture
def enterprise(db: None) -> Enterprise:
    """A firm of the registry, founded in 2015."""
    return EnterpriseFactory(
        uscc=uscc(1), established_on=dt.date(2015, 4, 1), industry_code="1351", industry_section="C"
    )


@pytest.fixture
def deliver(catalogue: None, now: dt.datetime) -> Deliver:
    """`deliver("TX_RATING", [row, …])`: a file sent and advanced as far as it goes."""

    def send(
        item: str,
        rows: list[Mapping[str, str]] | io.BytesIO,
        *,
        name: str = "file.csv",
        source: str = "",
        at: dt.datetime = now,
        **options: Any,
    ) -> Batch:
        file = rows if isinstance(rows, io.BytesIO) else files.as_csv(item, rows)
        batch = actions.receive(
            item_code=item, source_code=source or "NATIONAL", file=file, file_name=name, by=None, at=at, **options
        )
        return actions.advance(batch=batch, by=None, at=at)

    return send
