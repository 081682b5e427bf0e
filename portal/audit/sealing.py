"""Chains over append-only tables: rows are written freely and sealed in blocks a little later.

A block closes a run of rows in the order (transaction, id). It holds the SM3 digest of every row, and its own digest covers
those and the digest of the block before, so that a row changed, removed, slipped in or moved is found and named. Only rows
of transactions older than every running one are sealed: no row can appear behind the end of the chain afterwards. What is
judged, and how, stands in :mod:`portal.audit.verifier`, which also reads exports without the station.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from cryptography.hazmat.primitives import hashes
from django.apps import apps
from django.db import connection, models, transaction

from portal.audit import verifier
from portal.audit.models import SealedBlock
from portal.audit.verifier import GENESIS, Anchor, Block, Fault, Row

BLOCK_ROWS: Final = 2_000


def sm3(message: bytes) -> bytes:
    digest = hashes.Hash(hashes.SM3())
    digest.update(message)
    return digest.finalize()


def chains() -> dict[str, type[models.Model]]:
    """Every append-only table whose rows know their transaction, by the name of its chain."""
    found = {}
    for model in apps.get_models():
        names = {field.name for field in model._meta.concrete_fields}
        if getattr(model, "append_only", False) and {"id", "txid"} <= names:
            found[model._meta.label_lower] = model
    return found


# --- Sealing --------------------------------------------------------------------------------------------------------------


def seal(*, chain: str, at: datetime) -> int:
    """Seal what may be sealed; return the rows. Two sealers at once: one works, the other leaves."""
    sealed = 0
    while rows := _seal_block(chain, at):
        sealed += rows
    return sealed


@transaction.atomic
def _seal_block(chain: str, at: datetime) -> int:
    model = chains()[chain]
    columns = columns_of(model)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [f"seal {chain}"])
        if not cursor.fetchone()[0]:
            return 0
        last = SealedBlock.objects.filter(chain=chain).order_by("-number").first()
        after = (last.last_txid, last.last_id) if last else None
        where, values = _after(after)
        cursor.execute(
            f"{_select(model, columns)} WHERE {where} AND txid < {_OLDEST_RUNNING} ORDER BY txid, id LIMIT %s",
            [*values, BLOCK_ROWS],
        )
        rows = cursor.fetchall()
    if not rows:
        return 0
    block = Block(
        number=last.number + 1 if last else 1,
        columns=columns,
        last_txid=rows[-1][1],
        last_id=rows[-1][0],
        rows=len(rows),
        sealed_at=moment(at),
        previous=last.digest if last else GENESIS,
        digest="",
        content=b"".join(verifier.entry(row_id, text, sm3) for row_id, _txid, text in rows),
    )
    _keep(chain, replace(block, digest=verifier.block_digest(chain, block, sm3)), at)
    return len(rows)


def _keep(chain: str, block: Block, at: datetime) -> None:
    SealedBlock.objects.create(
        chain=chain,
        number=block.number,
        columns=list(block.columns),
        last_txid=block.last_txid,
        last_id=block.last_id,
        rows=block.rows,
        content=block.content,
        previous_digest=block.previous,
        digest=block.digest,
        sealed_at=at,
    )


# --- Verifying ------------------------------------------------------------------------------------------------------------


def verify(*, chain: str, anchors: Iterable[Anchor] = ()) -> Iterator[Fault]:
    """Every fault of a chain: rows changed, removed or slipped in; blocks forged, removed, out of order or not as anchored."""
    check = verifier.Chain(chain, str(chains()[chain]._meta.db_table), anchors, sm3)
    for block, rows in contents(chain):
        yield from check.follow(block, rows)
    yield from check.end()


def contents(chain: str) -> Iterator[tuple[Block, Iterator[Row]]]:
    """Every block in order, with the rows that now lie in its range."""
    model = chains()[chain]
    after: tuple[int, int] | None = None
    for stored in SealedBlock.objects.filter(chain=chain).order_by("number", "pk").iterator(chunk_size=50):
        until = (stored.last_txid, stored.last_id)
        yield block_of(stored), _rows(model, stored.columns, after, until)
        after = until


def block_of(stored: SealedBlock) -> Block:
    return Block(
        number=stored.number,
        columns=tuple(stored.columns),
        last_txid=stored.last_txid,
        last_id=stored.last_id,
        rows=stored.rows,
        sealed_at=moment(stored.sealed_at),
        previous=stored.previous_digest,
        digest=stored.digest,
        content=bytes(stored.content),
    )


def unsealed(chain: str) -> int:
    """Rows that wait for the sealer. What is done to them before it comes leaves no trace here."""
    last = SealedBlock.objects.filter(chain=chain).order_by("-number").first()
    where, values = _after((last.last_txid, last.last_id) if last else None)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {chains()[chain]._meta.db_table} WHERE {where}", values)  # noqa: S608 - our own table
        return int(cursor.fetchone()[0])


def moment(at: datetime) -> str:
    """The moment as the block's digest covers it: UTC, to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _rows(
    model: type[models.Model], columns: Sequence[str], after: tuple[int, int] | None, until: tuple[int, int]
) -> Iterator[Row]:
    known = columns_of(model)
    if not set(columns) <= set(known):  # a forged block; its rows are read as they would be sealed today
        columns = known
    where, values = _after(after)
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_select(model, columns)} WHERE {where} AND txid <= %s AND (txid, id) <= (%s, %s) ORDER BY txid, id",
            [*values, until[0], *until],
        )
        yield from ((row_id, text) for row_id, _txid, text in cursor.fetchall())


#: Rows of transactions before this one are all there: every transaction that could still write an older one has ended.
_OLDEST_RUNNING: Final = "(pg_snapshot_xmin(pg_current_snapshot())::text)::bigint"


def _after(place: tuple[int, int] | None) -> tuple[str, list[int]]:
    """Rows after a place of the chain. Before the first block nothing is left out, whatever number somebody gave it.

    The transaction is named once more for itself, which a block-range index understands.
    """
    return ("txid >= %s AND (txid, id) > (%s, %s)", [place[0], *place]) if place else ("true", [])


def columns_of(model: type[models.Model]) -> tuple[str, ...]:
    """What is sealed of a row: all its columns, by name."""
    return tuple(sorted(str(field.column) for field in model._meta.concrete_fields))


def _select(model: type[models.Model], columns: Sequence[str]) -> str:
    """Rows as id, transaction and one text of the columns in their order.

    Columns are joined as a JSON array, whose quoting keeps two rows that differ from giving the same text. Moments are
    written in UTC whatever the session's zone.
    """
    fields = {str(field.column): field for field in model._meta.concrete_fields}
    shown = [
        f"\"{column}\" AT TIME ZONE 'UTC'" if isinstance(fields[column], models.DateTimeField) else f'"{column}"'
        for column in columns
    ]
    return f"SELECT id, txid, jsonb_build_array({', '.join(shown)})::text FROM {model._meta.db_table}"  # noqa: S608 - names come from our own models
