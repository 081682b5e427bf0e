"""How fast a delivered file becomes records in force, beside a plain COPY of the same rows: `pytest tests/bench -m bench -s`."""

import csv
import datetime as dt
import os
import time
from pathlib import Path

import pytest
from django.db import connection

from enterprises.credit import actions, queries
from enterprises.credit.models import CreditRecord
from enterprises.credit.states import BatchState
from portal.identifiers import COMPANY, make_uscc

pytestmark = pytest.mark.bench

ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
FIRMS = -(-ROWS // 12)
MONTHS = [f"{2025 + (9 + n) // 12}-{(9 + n) % 12 + 1:02d}" for n in range(12)]


def code(number: int) -> str:
    return make_uscc(COMPANY, "640104", f"{number:08d}")


def write_registry(path: Path) -> None:
    known = ["uscc", "entity_name", "entity_type", "legal_rep_name", "legal_rep_id_no", "reg_capital", "establish_date"]
    head = [*known, "reg_status", "reg_org", "domicile", "region_code", "industry_code"]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        for n in range(FIRMS):
            name, number = f"宁夏测试{n}商贸有限公司", f"64010419900101{n % 10000:04d}"
            cells = [code(n), name, "企业", "王芳", number, "500", "2015-04-01", "存续", "银川市审批服务管理局"]
            writer.writerow([*cells, f"银川市兴庆区解放西街{n}号", "640104", "5174"])


def write_invoices(path: Path, direction: str, *, bad_share: int = 0) -> None:
    """Twelve months of invoices of every firm; every ``bad_share``-th line has a fault."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["uscc", "ym", "direction", "invoice_count", "invoice_amount", "invoice_tax", "top5_ratio"])
        for n in range(ROWS):
            amount = "many" if bad_share and n % bad_share == 0 else f"{n}.50"
            writer.writerow(
                [code(n // 12), MONTHS[n % 12], direction, n % 90, amount, f"{n % 9000 * 0.13:.2f}", "41.5"]
            )


def peak_memory() -> float:
    """Peak resident memory of this process in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def ingest(item: str, path: Path, at: dt.datetime) -> tuple[float, object]:
    begun = time.perf_counter()
    with path.open("rb") as file:
        batch = actions.receive(item_code=item, source_code="NATIONAL", file=file, file_name=path.name, by=None, at=at)
    received = time.perf_counter()
    batch = actions.advance(batch=batch, by=None, at=at)
    print(f"\n{item}: received in {received - begun:.2f} s, advanced in {time.perf_counter() - received:.2f} s")
    return time.perf_counter() - begun, batch


@pytest.mark.django_db(transaction=True)
def test_a_file_of_invoices_becomes_records(tmp_path: Path, now: dt.datetime) -> None:
    actions.load_catalogue(by=None, at=now)
    write_registry(tmp_path / "firms.csv")
    write_invoices(tmp_path / "invoices.csv", "销项")
    write_invoices(tmp_path / "faulty.csv", "进项", bad_share=20)

    registry, firms = ingest("MR_BASIC", tmp_path / "firms.csv", now)
    before = peak_memory()
    clean, invoices = ingest("TX_INVOICE", tmp_path / "invoices.csv", now)
    faulty, some = ingest("TX_INVOICE", tmp_path / "faulty.csv", now)
    floor = copy_floor(tmp_path / "invoices.csv")
    begun = time.perf_counter()
    actions.refresh_features(enterprise_ids=None, at=now)
    refresh = time.perf_counter() - begun
    one = CreditRecord.objects.first().enterprise_id
    begun = time.perf_counter()
    actions.refresh_features(enterprise_ids=[one], at=now)

    print(f"registry        {FIRMS / registry:10,.0f} rows/s")
    print(f"clean           {ROWS / clean:10,.0f} rows/s, {clean / floor:.1f} times a plain COPY with its indexes")
    print(f"5 % bad         {ROWS / faulty:10,.0f} rows/s")
    print(f"refresh of all  {FIRMS / refresh:10,.0f} firms/s; of one {(time.perf_counter() - begun) * 1000:.0f} ms")
    print(f"memory          {before:.0f} MB before, {peak_memory():.0f} MB at the peak")
    assert (firms.state, invoices.state) == (BatchState.ACCEPTED, BatchState.ACCEPTED)
    assert invoices.rows == ROWS
    assert queries.faults_by_reason(invoices) == []
    assert some.rows_bad == -(-ROWS // 20)
    assert CreditRecord.objects.in_force().filter(item_code="TX_INVOICE").count() == 2 * ROWS - some.rows_bad


def copy_floor(path: Path) -> float:
    """A plain COPY of the rows into a table with a key and two indexes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE floor (uscc text, ym text, direction text, n text, amount text, tax text, top5 text,"
            " PRIMARY KEY (uscc, ym, direction))"
        )
        cursor.execute("CREATE INDEX ON floor (ym)")
        cursor.execute("CREATE INDEX ON floor (amount)")
        begun = time.perf_counter()
        with cursor.copy("COPY floor FROM STDIN (FORMAT csv, HEADER)") as copy, path.open("rb") as file:
            while block := file.read(2**16):
                copy.write(block)
        taken = time.perf_counter() - begun
        cursor.execute("DROP TABLE floor")
    return taken
