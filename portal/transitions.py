"""Moves between states: one table per noun, one mover.

A table says which verb leads from where to where, which permission it asks for and which fields it stamps. The mover
works on a row the caller has locked, so that two people at once are one success and one :class:`IllegalMove`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.refusals import Conflict

if TYPE_CHECKING:
    from portal.accounts.models import User


class IllegalMove(Conflict):
    code = "illegal_move"
    message = _("当前状态下不能进行此操作，可能已被他人处理，请刷新页面。")


@dataclass(frozen=True)
class Move:
    """``verb`` leads from any of ``sources`` to ``target``. ``stamp`` names the pair ``<stamp>_at`` / ``<stamp>_by``.

    Where the same verb may lead further (which steps follow is the rule of a scheme, say), ``others`` names these states.
    """

    verb: str
    sources: frozenset[str]
    target: str
    stamp: str = ""
    others: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, verb: str, sources: str | tuple[str, ...], target: str, stamp: str = "", others: tuple[str, ...] = ()
    ) -> "Move":
        froms = frozenset((sources,) if isinstance(sources, str) else sources)
        return cls(verb, froms, target, stamp, frozenset(others))

    def leads_to(self, to: str | None) -> str:
        """The state this move ends in: ``to`` if the table knows it, the usual target without."""
        if to is not None and to != self.target and to not in self.others:
            raise ValueError(f"{self.verb} does not lead to {to}")
        return to or self.target


class MoveTable:
    """The legal moves of one noun. Each verb stands once."""

    def __init__(self, *moves: Move) -> None:
        self._moves = {move.verb: move for move in moves}
        if len(self._moves) != len(moves):
            raise ValueError("a verb stands twice in the table")

    def __iter__(self) -> Iterator[Move]:
        return iter(self._moves.values())

    def __getitem__(self, verb: str) -> Move:
        return self._moves[verb]

    def allows(self, verb: str, state: str) -> bool:
        return state in self._moves[verb].sources

    def verbs_from(self, state: str) -> list[str]:
        return [move.verb for move in self if state in move.sources]


def move(
    thing: models.Model,
    verb: str,
    *,
    table: MoveTable,
    by: "User | None",
    at: datetime,
    to: Any = None,
    **changes: Any,
) -> None:
    """Move ``thing`` (locked by the caller) by ``verb``, stamp it, set ``changes`` and save just those columns.

    ``to`` names the state where the verb leads to more than one; it is typed loosely, since callers pass columns by ``**``.
    Raises IllegalMove where the state of ``thing`` does not allow the verb. Audit is the caller's, in the same transaction.
    """
    step = table[verb]
    state = str(getattr(thing, "state"))  # noqa: B009 - every moved noun has a state, which models.Model cannot know
    if state not in step.sources:
        raise IllegalMove
    values = {"state": step.leads_to(to), **changes}
    if step.stamp:
        values |= {f"{step.stamp}_at": at, f"{step.stamp}_by": by}
    for name, value in values.items():
        setattr(thing, name, value)
    thing.save(update_fields=list(values))
