"""What somebody with every right in psql may do to a chain, at random, and what must be named of it."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection

from portal.audit.models import SealedBlock
from portal.audit.verifier import Fault

CHAIN, TABLE, BLOCKS = "audit.auditevent", "audit_auditevent", "audit_sealedblock"


@dataclass(frozen=True)
class Named:
    """A fault that must be among those found: the row or the block."""

    block: int
    row: int | None
    kinds: frozenset[str]

    def is_in(self, faults: list[Fault]) -> bool:
        return any(
            f.table == TABLE and (f.block, f.row) == (self.block, self.row) and f.kind in self.kinds for f in faults
        )


def execute(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        for table in (TABLE, BLOCKS):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, values)


def some_row(dice: random.Random) -> tuple[int, int, int]:
    """The id and the transaction of a row, and its block."""
    blocks = list(SealedBlock.objects.filter(chain=CHAIN).order_by("number").defer("content"))
    block = dice.choice(blocks)
    content = bytes(SealedBlock.objects.get(pk=block.pk).content)
    start = 40 * dice.randrange(len(content) // 40)
    row = int.from_bytes(content[start : start + 8], "big")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT txid FROM {TABLE} WHERE id = %s", [row])
        return row, cursor.fetchone()[0], block.number


def some_block(dice: random.Random) -> SealedBlock:
    return dice.choice(list(SealedBlock.objects.filter(chain=CHAIN).order_by("number")))


def change(dice: random.Random) -> Named:
    row, _txid, block = some_row(dice)
    column, value = dice.choice([("actor_name", "别人"), ("verb", "nothing"), ("subject_id", "0"), ("request_id", "x")])
    execute(f"UPDATE {TABLE} SET {column} = %s WHERE id = %s", value, row)
    return Named(block, row, frozenset({"row changed"}))


def remove(dice: random.Random) -> Named:
    row, _txid, block = some_row(dice)
    execute(f"DELETE FROM {TABLE} WHERE id = %s", row)
    return Named(block, row, frozenset({"row removed or moved"}))


def insert(dice: random.Random) -> Named:
    """Beside a row of any block, or before all of them."""
    row, txid, block = some_row(dice)
    forged = -dice.randrange(1, 10**6)  # sorts just before the rows of its transaction
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM {BLOCKS} WHERE chain = %s AND (last_txid, last_id) < (%s, %s)", [CHAIN, txid, forged]
        )
        block = cursor.fetchone()[0] + 1
    execute(
        f"INSERT INTO {TABLE} (id, txid, at, verb, actor_name, subject_kind, subject_id, subject_label, facts, request_id)"
        f" SELECT %s, txid, at, 'forged', '', subject_kind, subject_id, '', '{{}}', '' FROM {TABLE} WHERE id = %s",
        forged, row,
    )  # fmt: skip
    return Named(block, forged, frozenset({"row slipped in"}))


def reorder(dice: random.Random) -> Named:
    """Two rows change their contents, so that each says what the other said."""
    row, _txid, block = some_row(dice)
    other, _txid, _block = some_row(dice)
    while other == row:
        other, _txid, _block = some_row(dice)
    execute(
        f"UPDATE {TABLE} a SET verb = b.verb, facts = b.facts, subject_label = b.subject_label FROM {TABLE} b"
        f" WHERE (a.id, b.id) IN ((%s, %s), (%s, %s))",
        row, other, other, row,
    )  # fmt: skip
    return Named(block, row, frozenset({"row changed"}))


def move(dice: random.Random) -> Named:
    """A row is given the transaction of another block."""
    row, txid, block = some_row(dice)
    _other, elsewhere, there = some_row(dice)
    while there == block or elsewhere == txid:
        _other, elsewhere, there = some_row(dice)
    execute(f"UPDATE {TABLE} SET txid = %s WHERE id = %s", elsewhere, row)
    return Named(block, row, frozenset({"row removed or moved"}))


def forge(dice: random.Random) -> Named:
    """One part of a block is written anew."""
    block = some_block(dice)
    content = bytearray(block.content)
    content[dice.randrange(len(content))] ^= 1 + dice.randrange(255)
    column, value = dice.choice(
        [("content", bytes(content)), ("digest", "f" * 64), ("rows", block.rows + 1), ("last_id", block.last_id + 1)]
    )
    execute(f"UPDATE {BLOCKS} SET {column} = %s WHERE id = %s", value, block.pk)
    return Named(block.number, None, frozenset({"block forged"}))


def drop(dice: random.Random) -> Named:
    block = some_block(dice)
    execute(f"DELETE FROM {BLOCKS} WHERE id = %s", block.pk)
    return Named(block.number, None, frozenset({"block removed"}))


def truncate(dice: random.Random) -> Named:
    """The end is cut off, blocks and rows; the newest block alone as often as more of them."""
    newest = SealedBlock.objects.filter(chain=CHAIN).order_by("-number").first()
    assert newest is not None
    first = newest.number - dice.choice([0, 0, dice.randrange(min(newest.number, 5))])
    before = SealedBlock.objects.filter(chain=CHAIN, number=first - 1).first()
    after = (before.last_txid, before.last_id) if before else (0, 0)
    execute(f"DELETE FROM {BLOCKS} WHERE chain = %s AND number >= %s", CHAIN, first)
    execute(f"DELETE FROM {TABLE} WHERE (txid, id) > (%s, %s)", *after)
    return Named(first, None, frozenset({"block removed"}))


KINDS: list[Callable[[random.Random], Named]] = [change, remove, insert, reorder, move, forge, drop, truncate]


def fill(rows: int, *, transactions: int, at: object) -> None:
    """So many events in so many transactions, set-based."""
    for number in range(transactions):
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {TABLE} (at, verb, actor_id, actor_name, subject_kind, subject_id, subject_label, facts, request_id)"
                " SELECT %s, 'thing.do' || n, n, '王芳', 'loans.loan', n::text, '贷款 ' || n, jsonb_build_object('n', n),"
                " md5(n::text) FROM generate_series(%s, %s) AS n",
                [at, number * rows // transactions + 1, (number + 1) * rows // transactions],
            )
