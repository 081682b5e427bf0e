"""Sealed values: authenticated encryption of single values, with a keyed index by which equal ones are found.

A sealed value is one text of four parts, ``s4.KEY.INDEX.BODY``: the cipher (``s4`` SM4-GCM, ``a2`` AES-256-GCM), the key's
name, the blind index (HMAC-SM3 of purpose and value, 128 bits) and nonce, ciphertext and tag. The purpose (table and column)
is authenticated: a value copied into another column does not open. The nonce is derived from key, purpose and value, so
that the same value under the same key seals to the same text; that tells no more than the index does, and lets a file of
a million rows seal each number once. Pure: keys in, texts out.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, CipherAlgorithm
from cryptography.hazmat.primitives.ciphers.algorithms import AES256, SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC

#: How a sealed value looks; the same pattern stands in the SQL of the record store.
SEALED: Final = re.compile(r"(s4|a2)\.([a-z0-9-]{1,20})\.([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{38,})")
SM4_GCM: Final = "s4"
AES_GCM: Final = "a2"
NONCE, TAG = 12, 16


class DoesNotOpen(ValueError):
    """The value was changed, belongs to another column, or its key is not in the ring."""


class Sealer:
    """Seals under the first key, opens under any of them."""

    def __init__(self, keys: Mapping[str, bytes], index_key: bytes, cipher: str = SM4_GCM) -> None:
        if not keys or any(len(key) < 32 for key in (*keys.values(), index_key)):
            raise ValueError("a key ring needs a key, and keys of 32 bytes")
        self._keys, self._index_key, self.cipher = dict(keys), index_key, cipher
        self.current = next(iter(keys))
        self.seal = lru_cache(maxsize=65_536)(self._seal)  # an account number comes back every month

    @property
    def names(self) -> Iterable[str]:
        return self._keys.keys()

    def index(self, value: str, purpose: str) -> str:
        """By which an equal value of the same purpose is found, whatever key sealed it."""
        return _text(_mac(self._index_key, f"{purpose}\0{value}".encode())[:16])

    def _seal(self, value: str, purpose: str) -> str:
        secret = self._keys[self.current]
        nonce = _mac(_derived(secret, f"nonce {purpose}"), value.encode())[:NONCE]
        maker = Cipher(_algorithm(self.cipher, secret, purpose), GCM(nonce)).encryptor()
        maker.authenticate_additional_data(_bound(purpose, self.current))
        body = nonce + maker.update(value.encode()) + maker.finalize() + maker.tag
        return f"{self.cipher}.{self.current}.{self.index(value, purpose)}.{_text(body)}"

    def open(self, sealed: str, purpose: str) -> str:
        match = SEALED.fullmatch(sealed)
        if match is None or match[2] not in self._keys:
            raise DoesNotOpen(f"no sealed value, or its key is not in the ring: {sealed[:24]}")
        cipher, name, index, text = match.groups()
        try:
            body = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            nonce, tag = body[:NONCE], body[-TAG:]
            reader = Cipher(_algorithm(cipher, self._keys[name], purpose), GCM(nonce, tag)).decryptor()
            reader.authenticate_additional_data(_bound(purpose, name))
            value = (reader.update(body[NONCE:-TAG]) + reader.finalize()).decode()
        except (InvalidTag, binascii.Error, ValueError) as fault:
            raise DoesNotOpen(f"the value was changed or belongs elsewhere: {sealed[:24]}") from fault
        if index != self.index(value, purpose):
            raise DoesNotOpen(f"the index is of another value: {sealed[:24]}")
        return value


def is_sealed(value: object) -> bool:
    return isinstance(value, str) and SEALED.fullmatch(value) is not None


def key_of(sealed: str) -> str:
    return sealed.split(".", 2)[1]


def _algorithm(cipher: str, secret: bytes, purpose: str) -> CipherAlgorithm:
    key = _derived(secret, f"{cipher} {purpose}")
    return SM4(key[:16]) if cipher == SM4_GCM else AES256(key)


@lru_cache(maxsize=512)
def _derived(secret: bytes, use: str) -> bytes:
    return _mac(secret, use.encode())


def _bound(purpose: str, name: str) -> bytes:
    return f"{purpose}|{name}".encode()


def _mac(key: bytes, message: bytes) -> bytes:
    mac = HMAC(key, SM3())
    mac.update(message)
    return mac.finalize()


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
