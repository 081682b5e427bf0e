"""Signing a consent: the canonical text of its terms, its SM3 digest, and whoever signs.

The signer is named by ``CONSENT_SIGNER`` (a dotted path). A third-party CA is connected by writing a class with the three
members of :class:`Signer`; the software key here is for demonstration and says so in its name, which every letter prints.
"""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.utils.module_loading import import_string

from enterprises.consent.models import Authorization

DEFAULT_SIGNER: Final = "enterprises.consent.signing.SoftwareSigner"


class Signer(Protocol):
    """Who turns a digest into a signature. ``scheme`` is stored beside it and says who and how."""

    scheme: str

    def sign(self, digest: str) -> str: ...

    def verify(self, digest: str, signature: str) -> bool: ...


class SoftwareSigner:
    """A key of the station's own, kept as a file: it proves that the terms have not changed since, not who clicked."""

    scheme = "software-ed25519-sm3"

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or Path(settings.VAR_DIR) / "keys" / "consent-ed25519.pem"

    def sign(self, digest: str) -> str:
        return base64.b64encode(self._key().sign(digest.encode())).decode()

    def verify(self, digest: str, signature: str) -> bool:
        try:
            self._key().public_key().verify(base64.b64decode(signature, validate=True), digest.encode())
        except (InvalidSignature, ValueError):
            return False
        return True

    def _key(self) -> Ed25519PrivateKey:
        if not self._path.exists():
            self._make()
        key = serialization.load_pem_private_key(self._path.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError("the consent key is not an Ed25519 key")
        return key

    def _make(self) -> None:
        """Written whole and then linked into place, so that of two processes that start at once one key remains."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        text = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        draft = self._path.with_name(f".{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(text)
        try:
            os.link(draft, self._path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()


@lru_cache(maxsize=4)
def _signer(path: str) -> Signer:
    signer: Signer = import_string(path)()
    return signer


def signer() -> Signer:
    return _signer(getattr(settings, "CONSENT_SIGNER", DEFAULT_SIGNER))


def canonical_text(terms: Mapping[str, object]) -> str:
    """One text for one set of terms: keys sorted, no space, Chinese as itself."""
    return json.dumps(terms, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def sm3(text: str) -> str:
    digest = hashes.Hash(hashes.SM3())
    digest.update(text.encode())
    return digest.finalize().hex()


def terms(authorization: Authorization, *, signer_id: int, role: str, at: datetime) -> dict[str, object]:
    """Everything the signature covers, as plain values."""
    return {
        "template_version": authorization.template_version,
        "submission_key": str(authorization.submission_key),
        "grantor": {"uscc": authorization.enterprise.uscc, "name": authorization.enterprise.name},
        "signer": {"user": signer_id, "role": role, "proof": str(authorization.signing_proof)},
        "grantee": {"uscc": authorization.institution.uscc, "name": authorization.institution.name},
        "purpose": {"code": authorization.purpose.code, "text": authorization.purpose_text},
        "items": {item.item_code: item.mode for item in authorization.items.all()},
        "fetch_kind": str(authorization.fetch_kind),
        "frequency": [authorization.uses_per_unit, str(authorization.frequency_unit)],
        "data_span": [authorization.data_from.isoformat(), authorization.data_until.isoformat()],
        "starts_at": int(authorization.starts_at.timestamp()),
        "ends_at": int(authorization.ends_at.timestamp()),
        "data_life": [authorization.data_life, str(authorization.data_life_unit)],
        "parent": [authorization.parent_kind, authorization.parent_id],
        "granted_at": int(at.timestamp()),
    }


def digest(authorization: Authorization, *, signer_id: int, role: str, at: datetime) -> str:
    """The SM3 digest of the terms as signed by this person at this moment."""
    return sm3(canonical_text(terms(authorization, signer_id=signer_id, role=role, at=at)))


def is_genuine(authorization: Authorization) -> bool:
    """Whether the stored terms still give the signed digest, and the signature is of that digest."""
    if authorization.granted_at is None or authorization.granted_by_id is None:
        return False
    at, role = authorization.granted_at, authorization.signer_role
    expected = digest(authorization, signer_id=authorization.granted_by_id, role=role, at=at)
    return expected == authorization.digest and signer().verify(expected, authorization.signature)
