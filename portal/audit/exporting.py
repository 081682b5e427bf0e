"""Chains as text for the stand-alone verifier; the format is described there. Rows hold names: keep the file as such."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from portal.audit import anchoring, sealing, verifier


def lines(chains: Iterable[str]) -> Iterator[str]:
    """Every line of the export, block by block: memory does not grow with the chain."""
    chosen = list(chains)
    for anchor in anchoring.known():
        if anchor.chain in chosen:
            yield _line({"kind": "anchor", **anchor.__dict__})
    for chain in chosen:
        yield from _chain(chain)


def _chain(chain: str) -> Iterator[str]:
    table = str(sealing.chains()[chain]._meta.db_table)
    yield _line({"kind": "chain", "format": verifier.FORMAT, "chain": chain, "table": table})
    blocks = rows = 0
    for block, found in sealing.contents(chain):
        blocks += 1
        yield _line(verifier.line_of(block))
        for row_id, text in found:
            rows += 1
            yield _line({"kind": "row", "id": row_id, "text": text})
    yield _line({"kind": "end", "chain": chain, "blocks": blocks, "rows": rows})


def _line(said: dict[str, Any]) -> str:
    return json.dumps(said, ensure_ascii=False) + "\n"
