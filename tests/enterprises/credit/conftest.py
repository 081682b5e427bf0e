"""The catalogue in the database, and a department that delivers files."""

import datetime as dt
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from enterprises.credit import actions
from enterprises.credit.models import Batch
from enterprises.models import Enterprise
from tests.enterprises.credit import files
from tests.factories import EnterpriseFactory, uscc

Deliver = Callable[..., Batch]


@pytest.fixture(autouse=True)
def _own_deliveries(settings: Any, tmp_path: Path) -> None:
    settings.DELIVERY_ROOT = tmp_path


@pytest.fixture
def catalogue(db: None, now: dt.datetime) -> None:
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
