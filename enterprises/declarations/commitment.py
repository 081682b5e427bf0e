"""The commitment (信用承诺) as it is signed: one version of one text, word for word."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FACTS = Path(__file__).resolve().parent / "facts" / "commitment.json"


@dataclass(frozen=True)
class Commitment:
    version: str
    title: str
    clauses: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.clauses)


@lru_cache(maxsize=1)
def in_force() -> Commitment:
    facts = json.loads(FACTS.read_text(encoding="utf-8"))
    return Commitment(facts["version"], facts["title"], tuple(facts["clauses"]))
