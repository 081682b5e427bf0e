"""Read an export of the station's chains and name every tampering. Needs Python alone: no database, no other file of ours.

    python verifier.py EXPORT.jsonl [ANCHORS.jsonl …]

An export (``manage.py export_audit``) is text, one JSON object a line, ``kind`` first among its names:

    chain   format, chain, table                            begins a chain; its blocks and rows follow
    block   number, columns, last_txid, last_id, rows, sealed_at, previous, digest, content (base64)
    row     id, text                                        a row that lies in the block's range, in order
    end     chain, blocks, rows                             a file without it was cut off
    anchor  chain, number, digest, source                   what was written down outside on an earlier day

``text`` holds all columns of a row as the database writes them. ``content`` holds for each row, in order, its id (8 bytes,
big endian, signed) and the SM3 digest of its text (32 bytes). The digest of a block is the SM3 of the digest of the block
before, of its header (see :func:`header`) and of its content. Whoever changes a row must forge its block and every later one;
that is found by an anchor. Files of anchors hold lines of the last kind. The station itself verifies with this file.
"""

import base64
import hashlib
import json
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

FORMAT: Final = 1
#: What the first block of a chain follows.
GENESIS: Final = "0" * 64
#: One entry of a block: the row's id (8 bytes) and its digest (32 bytes).
ENTRY: Final = 40

Digest = Callable[[bytes], bytes]
Row = tuple[int, str]


@dataclass(frozen=True)
class Block:
    """A run of rows closed under one digest."""

    number: int
    columns: tuple[str, ...]
    last_txid: int
    last_id: int
    rows: int
    sealed_at: str
    previous: str
    digest: str
    content: bytes


@dataclass(frozen=True)
class Anchor:
    """What somebody outside holds against the station: the digest of a block, and who says so."""

    chain: str
    number: int
    digest: str
    source: str


@dataclass(frozen=True)
class Fault:
    """What is wrong, and where: table, row and block."""

    chain: str
    table: str
    block: int
    row: int | None
    kind: str
    note: str = ""

    def __str__(self) -> str:
        where = f"{self.table} row {self.row}" if self.row is not None else self.table
        return f"{where}, block {self.block} of {self.chain}: {self.kind}" + (f" ({self.note})" if self.note else "")


class Chain:
    """Follows the blocks of one chain in order, each with the rows that now lie in its range."""

    def __init__(self, name: str, table: str, anchors: Iterable[Anchor] = (), digest: Digest | None = None) -> None:
        self.name, self.table, self.digest = name, table, digest or sm3
        self.anchors: dict[int, list[Anchor]] = {}
        for anchor in anchors:
            if anchor.chain == name:
                self.anchors.setdefault(anchor.number, []).append(anchor)
        self._last: Block | None = None
        self._named: set[int] = set()

    def follow(self, block: Block, rows: Iterable[Row]) -> Iterator[Fault]:
        """Every fault of the next block and of its rows."""
        is_after_gap = yield from self.link(block)
        yield from self.compare(block, rows, is_after_gap=is_after_gap)

    def link(self, block: Block) -> Generator[Fault, None, bool]:
        """Whether the block is whole and stands in its place; returns whether one before it is missing."""
        number, previous = (self._last.number, self._last.digest) if self._last else (0, GENESIS)
        for missing in range(number + 1, block.number):
            yield self._fault(missing, "block removed")
        if block.number <= number:
            yield self._fault(block.number, "block slipped in")
        is_whole = block_digest(self.name, block, self.digest) == block.digest
        if not is_whole:
            yield self._fault(block.number, "block forged")
        elif block.number == number + 1 and block.previous != previous and number not in self._named:
            # This block speaks for the one before as it was; where there is none, it is the forged one.
            yield self._fault(max(number, 1), "block forged")
        for anchor in self.anchors.pop(block.number, ()):
            if anchor.digest != block.digest and block.number not in self._named:
                yield self._fault(block.number, "block differs from its anchor", anchor.source)
        is_after_gap = block.number > number + 1
        self._last = block
        return is_after_gap

    def compare(self, block: Block, rows: Iterable[Row], *, is_after_gap: bool = False) -> Iterator[Fault]:
        """The rows in the block's range against the digests that it holds."""
        sealed = [block.content[start : start + ENTRY] for start in range(0, len(block.content), ENTRY)]
        found = [entry(row_id, text, self.digest) for row_id, text in rows]
        if found == sealed:
            return
        expected = {_row_id(one): one for one in sealed}
        if is_after_gap:  # what lay in the missing block is not reported row by row
            first = next((place for place, one in enumerate(found) if _row_id(one) in expected), len(found))
            found = found[first:]
        present = {_row_id(one) for one in found}
        is_named = False
        for one in found:
            if _row_id(one) not in expected or expected[_row_id(one)] != one:
                is_named = True
                yield self._fault(block.number, *_changed(one, expected))
        for row_id in expected.keys() - present:
            is_named = True
            yield self._fault(block.number, "row removed or moved", row=row_id)
        if not is_named and found != sealed:
            yield self._fault(block.number, "rows re-ordered")

    def end(self) -> Iterator[Fault]:
        """What an anchor knows and the chain has no more: the tail was cut off."""
        last = self._last.number if self._last else 0
        for number, anchors in sorted(self.anchors.items()):
            if number not in self._named:
                kind = "block removed" if number > last else "block differs from its anchor"
                yield self._fault(number, kind, anchors[0].source)

    def _fault(self, block: int, kind: str, note: str = "", row: int | None = None) -> Fault:
        if row is None:
            self._named.add(block)
        return Fault(self.name, self.table, block, row, kind, note)


def _changed(one: bytes, expected: dict[int, bytes]) -> tuple[str, str, int]:
    row_id = _row_id(one)
    return ("row changed" if row_id in expected else "row slipped in"), "", row_id


# --- Digests --------------------------------------------------------------------------------------------------------------


def header(chain: str, block: Block) -> bytes:
    """What a block says of itself, as compact JSON: its place, its columns, its range and its moment are sealed too."""
    said = [chain, block.number, list(block.columns), block.last_txid, block.last_id, block.rows, block.sealed_at]
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def block_digest(chain: str, block: Block, digest: Digest) -> str:
    return digest(block.previous.encode() + header(chain, block) + block.content).hex()


def entry(row_id: int, text: str, digest: Digest) -> bytes:
    return row_id.to_bytes(8, "big", signed=True) + digest(text.encode())


def _row_id(one: bytes) -> int:
    return int.from_bytes(one[:8], "big", signed=True)


def _library_sm3(message: bytes) -> bytes:
    return hashlib.new("sm3", message).digest()


_FIRST: Final = (
    0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E,
)  # fmt: skip
_MASK: Final = 0xFFFFFFFF


def plain_sm3(message: bytes) -> bytes:
    """GB/T 32905-2016 in plain Python, for machines whose library has no SM3. Slow: about two thousand rows a second."""
    padded = message + b"\x80" + bytes((55 - len(message)) % 64) + (len(message) * 8).to_bytes(8, "big")
    state: Sequence[int] = _FIRST
    for start in range(0, len(padded), 64):
        state = _compress(state, padded[start : start + 64])
    return b"".join(word.to_bytes(4, "big") for word in state)


def _compress(state: Sequence[int], part: bytes) -> list[int]:
    words = [int.from_bytes(part[place : place + 4], "big") for place in range(0, 64, 4)]
    for j in range(16, 68):
        mixed = words[j - 16] ^ words[j - 9] ^ _turned(words[j - 3], 15)
        mixed ^= _turned(mixed, 15) ^ _turned(mixed, 23)
        words.append(mixed ^ _turned(words[j - 13], 7) ^ words[j - 6])
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        early = j < 16
        shifted = _turned(a, 12)
        one = _turned(shifted + e + _turned(0x79CC4519 if early else 0x7A879D8A, j % 32) & _MASK, 7)
        first = (a ^ b ^ c if early else a & b | a & c | b & c) + d + (one ^ shifted) + (words[j] ^ words[j + 4])
        second = (e ^ f ^ g if early else e & f | ~e & _MASK & g) + h + one + words[j]
        a, b, c, d = first & _MASK, a, _turned(b, 9), c
        second &= _MASK
        e, f, g, h = second ^ _turned(second, 9) ^ _turned(second, 17), e, _turned(f, 19), g
    return [old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, h), strict=True)]


def _turned(word: int, by: int) -> int:
    return (word << by | word >> (32 - by)) & _MASK if by else word


sm3: Digest = _library_sm3 if "sm3" in hashlib.algorithms_available else plain_sm3


# --- Files ----------------------------------------------------------------------------------------------------------------


class Unreadable(Exception):
    """The file is no export, or was cut off."""


def block_of(line: dict[str, Any]) -> Block:
    return Block(
        number=line["number"],
        columns=tuple(line["columns"]),
        last_txid=line["last_txid"],
        last_id=line["last_id"],
        rows=line["rows"],
        sealed_at=line["sealed_at"],
        previous=line["previous"],
        digest=line["digest"],
        content=base64.b64decode(line["content"]),
    )


def line_of(block: Block) -> dict[str, Any]:
    return {"kind": "block", **block.__dict__, "content": base64.b64encode(block.content).decode()}


def anchors_in(lines: Iterable[dict[str, Any]], source: str) -> Iterator[Anchor]:
    for line in lines:
        if line.get("kind", "anchor") == "anchor":
            yield Anchor(line["chain"], line["number"], line["digest"], line.get("source") or source)


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as stream:
        for number, text in enumerate(stream, start=1):
            try:
                line = json.loads(text)
            except ValueError as fault:
                raise Unreadable(f"{path.name}, line {number}: no JSON") from fault
            if not isinstance(line, dict):
                raise Unreadable(f"{path.name}, line {number}: no object")
            yield line


def faults_in(export: Path, anchors: Sequence[Anchor] = ()) -> Iterator[Fault]:
    """Every fault of every chain in the export. Anchors inside the export count as well."""
    known = [*anchors, *anchors_in((line for line in lines_of(export) if line["kind"] == "anchor"), "export")]
    chain: Chain | None = None
    block: Block | None = None
    rows: list[Row] = []
    for line in lines_of(export):
        kind = line["kind"]
        if kind == "row":
            rows.append((line["id"], line["text"]))
        elif kind in {"chain", "block", "end"}:
            if chain and block:
                yield from chain.follow(block, rows)
            rows, block = [], block_of(line) if kind == "block" else None
            if kind == "chain":
                if chain or line["format"] != FORMAT:
                    raise Unreadable(f"{export.name}: cut off, or of another format")
                chain = Chain(line["chain"], line["table"], known)
            if kind == "end" and chain:
                yield from chain.end()
                chain = None
    if chain:
        raise Unreadable(f"{export.name}: cut off before the end of {chain.name}")


def main(arguments: Sequence[str]) -> int:
    if not arguments:
        sys.stderr.write("usage: python verifier.py EXPORT.jsonl [ANCHORS.jsonl ...]\n")
        return 2
    export, *files = map(Path, arguments)
    found = 0
    try:
        anchors = [anchor for path in files for anchor in anchors_in(lines_of(path), path.name)]
        for fault in faults_in(export, anchors):
            found += 1
            sys.stdout.write(f"{fault}\n")
    except (Unreadable, OSError, KeyError, ValueError) as fault:
        sys.stderr.write(f"cannot be read: {fault!r}\n")
        return 2
    sys.stdout.write(f"{found} faults\n" if found else "no fault\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
