"""Where anchors go: outside the database, where somebody with every right in it cannot follow.

A place is a class named in ``ANCHOR_PLACES``; it is given the statement of a day and answers with a receipt. To add one,
write a class with the two members of :class:`Place`.
"""

import base64
import fcntl
import hashlib
import hmac
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, Protocol

import httpx
from django.conf import settings
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _now

from portal.audit.queries import Head
from portal.messages import actions as messages

TIMEOUT: Final = 15


class PlaceRefused(Exception):
    """The place did not take the anchors; it is asked again at the next run."""


@dataclass(frozen=True)
class Statement:
    """The heads of all chains on a day."""

    day: date
    heads: tuple[Head, ...]

    @property
    def text(self) -> str:
        """One JSON object a line, as the verifier reads anchors."""
        return "".join(f"{line_of(head)}\n" for head in self.heads)

    @property
    def signature(self) -> str:
        """HMAC-SHA256 under ``ANCHOR_SECRET``, for whoever shares it to know that the station wrote the statement."""
        return sign(self.text.encode())


class Place(Protocol):
    name: str

    def put(self, statement: Statement, *, at: datetime) -> str: ...


def places() -> list[Place]:
    return [import_string(path)() for path in settings.ANCHOR_PLACES]


def line_of(head: Head) -> str:
    sealed = head.sealed_at.isoformat() if head.sealed_at else None
    said = {"chain": head.chain, "number": head.number, "rows": head.rows, "digest": head.digest, "sealed_at": sealed}
    return json.dumps({"kind": "anchor", **said}, ensure_ascii=False)


def sign(message: bytes) -> str:
    if not settings.ANCHOR_SECRET:
        raise PlaceRefused("ANCHOR_SECRET is not set")
    return base64.b64encode(hmac.digest(settings.ANCHOR_SECRET.encode(), message, hashlib.sha256)).decode()


class File:
    """A file for each chain under ``ANCHOR_ROOT`` that is only ever added to; best on a medium that allows no more.

    Besides the head of each day it takes every block as it is sealed (:meth:`journal`), so that even a block of the last
    minutes cannot be cut off unseen.
    """

    name = "file"

    def put(self, statement: Statement, *, at: datetime) -> str:
        for head in statement.heads:
            self.journal(head.chain, [head])
        return str(Path(settings.ANCHOR_ROOT).name)

    def last(self, chain: str) -> int:
        """The number of the last block that is written down."""
        numbers = [line["number"] for line in self.lines(chain)]
        return max(numbers, default=0)

    def journal(self, chain: str, heads: Iterable[Head]) -> None:
        """Write down what is not there yet. A number once written is never written again, whatever it is now."""
        path = self._path(chain)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w", encoding="utf-8") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)  # two sealers on one machine
            last = self.last(chain)
            stream.writelines(f"{line_of(head)}\n" for head in heads if head.number > last)
            stream.flush()
            os.fsync(stream.fileno())

    def lines(self, chain: str) -> Iterator[dict[str, Any]]:
        path = self._path(chain)
        if path.exists():
            with path.open(encoding="utf-8") as stream:
                yield from (json.loads(line) for line in stream if line.endswith("}\n"))

    def _path(self, chain: str) -> Path:
        return Path(settings.ANCHOR_ROOT) / f"{chain}.jsonl"


class Page:
    """The public page of anchors, where anybody may copy them."""

    name = "page"

    def put(self, statement: Statement, *, at: datetime) -> str:
        return reverse("public_anchors")


class Mail:
    """A signed e-mail to every address in ``ANCHOR_MAIL``: a mailbox elsewhere keeps its date."""

    name = "mail"

    def put(self, statement: Statement, *, at: datetime) -> str:
        subject = _now("审计链锚点 %(day)s") % {"day": statement.day.isoformat()}
        body = f"{statement.text}\nHMAC-SHA256: {statement.signature}\n"
        for address in settings.ANCHOR_MAIL:
            messages.send(to=None, address=address, channel="email", subject=subject, body=body, at=at)
        return ", ".join(settings.ANCHOR_MAIL)[:300]


class Http:
    """A signed POST to ``ANCHOR_URL`` (a timestamp service, a notary, another agency); its answer is the receipt."""

    name = "http"

    def put(self, statement: Statement, *, at: datetime) -> str:
        number, stamp, body = f"anchors-{statement.day.isoformat()}", str(int(at.timestamp())), statement.text.encode()
        headers = {
            "content-type": "application/x-ndjson",
            "webhook-id": number,
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1,{sign(f'{number}.{stamp}.'.encode() + body)}",
        }
        try:
            answer = httpx.post(settings.ANCHOR_URL, content=body, headers=headers, timeout=TIMEOUT)
            answer.raise_for_status()
        except httpx.HTTPError as fault:
            raise PlaceRefused(str(fault)) from fault
        return answer.text[:300]
