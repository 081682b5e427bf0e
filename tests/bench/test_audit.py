"""How long a chain takes to be read whole, and whether random tamperings of a long one are all named.

`AUDIT_ROWS` rows of audit events (1,000,000 for the figure asked), `TAMPER_ROWS` rows and `TAMPERINGS` of them.
"""

import datetime as dt
import os
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from portal.audit import anchoring, sealing
from tests.portal.audit import tampering
from tests.portal.audit.tampering import CHAIN
from tests.portal.audit.test_sealing import seal

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]

ROWS = int(os.environ.get("AUDIT_ROWS", "100000"))
TAMPER_ROWS = int(os.environ.get("TAMPER_ROWS", "20000"))
TAMPERINGS = int(os.environ.get("TAMPERINGS", "100"))


def laid(rows: int, at: dt.datetime) -> tuple[float, float]:
    begun = time.perf_counter()
    tampering.fill(rows, transactions=max(rows // 1000, 10), at=at)
    filled = time.perf_counter()
    seal(at)
    sealed = time.perf_counter()
    anchoring.journal()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE audit_auditevent")
    return filled - begun, sealed - filled


def test_a_long_chain_is_read_whole(now: dt.datetime, settings: Any, tmp_path: Path) -> None:
    settings.ANCHOR_ROOT = tmp_path
    filled, sealed = laid(ROWS, now)

    times = []
    for _again in range(3):
        begun = time.perf_counter()
        faults = list(sealing.verify(chain=CHAIN, anchors=anchoring.known()))
        times.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(to_jsonb(a)::text) FROM audit_auditevent a")
    floor = time.perf_counter() - begun
    print(f"\n{ROWS:,} rows: written {filled:.1f} s, sealed {sealed:.1f} s ({ROWS / sealed:,.0f} rows/s),")
    print(
        f"verified {sorted(times)[1]:.1f} s ({ROWS / sorted(times)[1]:,.0f} rows/s); one read of all rows as JSON {floor:.1f} s"
    )
    assert faults == []


def test_random_tamperings_are_all_found_and_named(now: dt.datetime, settings: Any, tmp_path: Path) -> None:
    settings.ANCHOR_ROOT = tmp_path
    laid(TAMPER_ROWS, now)
    dice, named = random.Random(2026), Counter[str]()

    missed = []
    for number in range(TAMPERINGS):
        tamper = tampering.KINDS[number % len(tampering.KINDS)]
        with transaction.atomic():
            wanted = tamper(dice)
            found = list(sealing.verify(chain=CHAIN, anchors=anchoring.known()))
            transaction.set_rollback(True)
        named[tamper.__name__] += wanted.is_in(found)
        if not wanted.is_in(found):
            missed.append((tamper.__name__, wanted, found[:3]))

    print(f"\n{TAMPERINGS} tamperings of {TAMPER_ROWS:,} rows, named: {dict(named)}")
    assert missed == []
