"""The key ring: which keys seal and open, and where they come from.

``SEALING_KEYS`` lists them, the current one first, then those that only open what is not sealed anew yet::

    SEALING_KEYS="2026b:BASE64,2026a:kms:BASE64"

A key is 32 bytes, or, after ``kms:``, those bytes wrapped by a key management service, which unwraps them once when a process
starts (``SEALING_KMS``, a dotted path; ``SEALING_KMS_URL`` and ``SEALING_KMS_TOKEN`` for the HTTP one). ``SEALING_INDEX_KEY`` keys the
blind index and stays. To change keys: append the new one on every node, then put it first, run ``manage.py rotate_keys``,
and strike the old one when ``rotate_keys --check`` finds it unused. The demo and the tests derive theirs.
"""

import base64
import binascii
import hashlib
from functools import lru_cache
from typing import Final, Protocol

import httpx
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from portal.ciphers import SEALED, Sealer

TIMEOUT: Final = 10


class Kms(Protocol):
    """Whoever holds the master key."""

    def unwrap(self, name: str, wrapped: bytes) -> bytes: ...


class HttpKms:
    """POST {"key": NAME, "wrapped": BASE64} to ``SEALING_KMS_URL``; the answer is {"key": BASE64}."""

    def unwrap(self, name: str, wrapped: bytes) -> bytes:
        try:
            answer = httpx.post(
                settings.SEALING_KMS_URL,
                json={"key": name, "wrapped": base64.b64encode(wrapped).decode()},
                headers={"authorization": f"Bearer {settings.SEALING_KMS_TOKEN}"},
                timeout=TIMEOUT,
            )
            answer.raise_for_status()
            return base64.b64decode(answer.json()["key"], validate=True)
        except (httpx.HTTPError, KeyError, ValueError) as fault:
            raise ImproperlyConfigured(f"the key management service did not unwrap {name}: {fault}") from fault


def sealer() -> Sealer:
    """The ring in force. Read once per process and configuration."""
    return _sealer(settings.SEALING_KEYS, settings.SEALING_INDEX_KEY, settings.SEALING_CIPHER)


def require() -> None:
    """Refuse to serve without keys; called where servers and workers start."""
    sealer()


@lru_cache(maxsize=8)
def _sealer(listed: str, index_key: str, cipher: str) -> Sealer:
    if not listed and (settings.DEMO or settings.TESTING):
        return Sealer({"demo": _made_up("seal")}, _made_up("index"), cipher)
    if not listed or not index_key:
        raise ImproperlyConfigured(
            "Set SEALING_KEYS and SEALING_INDEX_KEY: personal columns are not kept in the clear."
        )
    keys = dict(_key(entry.strip()) for entry in listed.split(","))
    try:
        return Sealer(keys, _bytes("SEALING_INDEX_KEY", index_key), cipher)
    except ValueError as fault:
        raise ImproperlyConfigured(str(fault)) from fault


def _key(entry: str) -> tuple[str, bytes]:
    name, _, text = entry.partition(":")
    if not SEALED.fullmatch(f"s4.{name}.{'a' * 22}.{'a' * 38}"):
        raise ImproperlyConfigured(f"SEALING_KEYS: {name[:20]!r} is no name of a key (a-z, 0-9, dash)")
    if text.startswith("kms:"):
        kms: Kms = import_string(settings.SEALING_KMS)()
        return name, kms.unwrap(name, _bytes(name, text.removeprefix("kms:")))
    return name, _bytes(name, text)


def _bytes(name: str, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as fault:
        raise ImproperlyConfigured(f"{name}: not base64") from fault


def _made_up(use: str) -> bytes:
    return hashlib.sha256(f"{use}:{settings.SECRET_KEY}".encode()).digest()
