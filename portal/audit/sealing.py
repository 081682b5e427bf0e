"""Chains over append-only tables: rows are written freely and sealed in blocks a little later.

A block closes a run of rows in the order (transaction, id). It holds the SM3 digest of every row, and its own digest covers
those and the digest of the block before, so that a row changed, removed, slipped in or moved is found and named. Only rows
of transactions older than every running one are sealed: no row can appear behind the end of the chain afterwards.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from django.apps import apps
from django.db import connection, models, transaction

from portal.audit.models import SealedBlock

BLOCK_ROWS: Final = 2_000
#: What the first block of a chain follows.
GENESIS: Final = "0" * 64
#: One entry of a block: the row's id (8 bytes) and its digest (32 bytes).
ENTRY: Final = 40


def chains() -> dict[str, type[models.Model]]:
    """Every append-only table whose rows know their transaction, by the name of its chain."""
    found = {}
    for model in apps.get_models():
        names = {field.name for field in model._meta.concrete_fields}
        if getattr(model, "append_only", False) and {"id", "txid"} <= names:
            found[model._meta.label_lower] = model
    return found


def seal(*, chain: str, at: datetime) -> int:
    """Seal what may be sealed; return the rows. Two sealers at once: one works, the other leaves."""
    sealed = 0
    while rows := _seal_block(chain, at):
        sealed += rows
    return sealed


@transaction.atomic
def _seal_block(chain: str, at: datetime) -> int:
    model = chains()[chain]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [f"seal {chain}"])
        if not cursor.fetchone()[0]:
            return 0
        last = SealedBlock.objects.filter(chain=chain).order_by("-number").first()
        after = (last.last_txid, last.last_id) if last else (0, 0)
        cursor.execute(
            f"{_rows_sql(model)} AND txid < {_OLDEST_RUNNING} ORDER BY txid, id LIMIT %s", [*after, BLOCK_ROWS]
        )
        rows = cursor.fetchall()
    if not rows:
        return 0
    content = b"".join(_entry(row_id, text) for row_id, _txid, text in rows)
    previous = last.digest if last else GENESIS
    SealedBlock.objects.create(
        chain=chain,
        number=last.number + 1 if last else 1,
        last_txid=rows[-1][1],
        last_id=rows[-1][0],
        rows=len(rows),
        content=content,
        previous_digest=previous,
        digest=block_digest(previous, content),
        sealed_at=at,
    )
    return len(rows)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a chain, and where."""

    chain: str
    block: int
    row: int | None
    kind: str

    def __str__(self) -> str:
        where = f"block {self.block}" + (f", row {self.row}" if self.row is not None else "")
        return f"{self.chain}: {self.kind} ({where})"


def verify(*, chain: str) -> Iterator[Fault]:
    """Every fault of a chain: rows changed, removed or slipped in; blocks forged, removed or out of order."""
    model = chains()[chain]
    previous, number, after = GENESIS, 0, (0, 0)
    for block in SealedBlock.objects.filter(chain=chain).order_by("number").iterator(chunk_size=50):
        number += 1
        if block.number != number:
            yield Fault(chain, number, None, "block removed")
            number = block.number
        content = bytes(block.content)
        if block.previous_digest != previous or block_digest(block.previous_digest, content) != block.digest:
            yield Fault(chain, block.number, None, "block forged")
        yield from _verify_rows(model, chain, block, content, after)
        previous, after = block.digest, (block.last_txid, block.last_id)


def _verify_rows(
    model: type[models.Model], chain: str, block: SealedBlock, content: bytes, after: tuple[int, int]
) -> Iterator[Fault]:
    sealed = [content[i : i + ENTRY] for i in range(0, len(content), ENTRY)]
    expected = {_row_id(entry): entry for entry in sealed}
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_rows_sql(model)} AND (txid, id) <= (%s, %s) ORDER BY txid, id", [*after, block.last_txid, block.last_id]
        )
        found = [(row_id, _entry(row_id, text)) for row_id, _txid, text in cursor]
    if [entry for _row, entry in found] == sealed:
        return
    present = {row_id for row_id, _entry in found}
    for row_id, entry in found:
        if row_id not in expected:
            yield Fault(chain, block.number, row_id, "row slipped in")
        elif expected[row_id] != entry:
            yield Fault(chain, block.number, row_id, "row changed")
    for row_id in expected:
        if row_id not in present:
            yield Fault(chain, block.number, row_id, "row removed or moved")
    if present == set(expected) and [row_id for row_id, _e in found] != list(expected):
        yield Fault(chain, block.number, None, "rows re-ordered")


def block_digest(previous: str, content: bytes) -> str:
    digest = hashes.Hash(hashes.SM3())
    digest.update(bytes.fromhex(previous))
    digest.update(content)
    return digest.finalize().hex()


def _entry(row_id: int, text: str) -> bytes:
    digest = hashes.Hash(hashes.SM3())
    digest.update(text.encode())
    return row_id.to_bytes(8, "big") + digest.finalize()


def _row_id(entry: bytes) -> int:
    return int.from_bytes(entry[:8], "big")


#: Rows of transactions before this one are all there: every transaction that could still write an older one has ended.
_OLDEST_RUNNING: Final = "(pg_snapshot_xmin(pg_current_snapshot())::text)::bigint"


def _rows_sql(model: type[models.Model]) -> str:
    """Rows after a point of the chain: id, transaction and one text of all columns in the order of their names.

    Columns are joined as a JSON array, whose quoting keeps two rows that differ from giving the same text. Moments are
    written in UTC whatever the session's zone.
    """
    columns = sorted(model._meta.concrete_fields, key=lambda field: str(field.column))
    shown: list[str] = [
        f"({field.column} AT TIME ZONE 'UTC')" if isinstance(field, models.DateTimeField) else str(field.column)
        for field in columns
    ]
    table: Any = model._meta.db_table
    return f"SELECT id, txid, jsonb_build_array({', '.join(shown)})::text FROM {table} WHERE (txid, id) > (%s, %s)"  # noqa: S608 - names come from our own models
