"""Signing a consent: the canonical text of its terms, its SM3 digest, and whoever signs it.

``CONSENT_SIGNER`` (a dotted path) names who signs from now on; every scheme that has ever signed stays able to verify, so each
signature carries its scheme beside it. Software keys are for demonstration and every page and letter says so.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives import hashes
from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from enterprises.consent.models import Authorization
from enterprises.consent.signing.schemes import (
    CaSigner,
    Ed25519Signer,
    Signed,
    Signer,
    SigningUnavailable,
    Sm2Signer,
)

__all__ = ["CaSigner", "Ed25519Signer", "Signed", "Signer", "SigningUnavailable", "Sm2Signer"]

DEFAULT_SIGNER: Final = "enterprises.consent.signing.Sm2Signer"
#: Who verifies what was signed by which scheme; the part after a colon names the key or the certificate.
SCHEMES: Final[dict[str, type[Signer]]] = {cls.name: cls for cls in (Sm2Signer, Ed25519Signer, CaSigner)}
_WORDS: Final = {
    Sm2Signer.name: _("SM2/SM3，平台软件密钥，演示用，不是第三方电子认证签名"),
    Ed25519Signer.name: _("Ed25519/SM3，平台软件密钥，演示用，不是第三方电子认证签名"),
    CaSigner.name: _("SM2/SM3，第三方电子认证服务机构签名"),
}


@lru_cache(maxsize=8)
def _made(maker: type[Signer]) -> Signer:
    return maker()


def signer() -> Signer:
    """Whoever signs from now on."""
    return _made(import_string(getattr(settings, "CONSENT_SIGNER", DEFAULT_SIGNER)))


def scheme_in_words(scheme: str) -> str:
    return str(_WORDS.get(scheme.partition(":")[0], scheme))


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


def holds(scheme: str, digest: str, signature: str) -> bool:
    """Whether ``signature`` is of ``digest`` under its scheme; a scheme nobody knows holds nothing."""
    maker = SCHEMES.get(scheme.partition(":")[0])
    return maker is not None and _made(maker).verify(digest, signature, scheme)


def is_genuine(authorization: Authorization) -> bool | None:
    """Whether the stored terms still give the signed digest, and the signature is of it; None where nobody can say just now."""
    if authorization.granted_at is None or authorization.granted_by_id is None:
        return False
    at, role = authorization.granted_at, authorization.signer_role
    expected = digest(authorization, signer_id=authorization.granted_by_id, role=role, at=at)
    if expected != authorization.digest:
        return False
    try:
        return holds(authorization.signature_scheme, expected, authorization.signature)
    except SigningUnavailable:
        return None


@dataclass(frozen=True)
class Standing:
    """What anybody who holds the letter may know of its signature: nothing about whom it concerns."""

    scheme: str
    digest: str
    is_holding: bool | None


def of_document(subject_id: str) -> Standing | None:
    """The signature behind a letter, for the public verification page."""
    rows = Authorization.objects.select_related("enterprise", "institution", "purpose").prefetch_related("items")
    authorization = rows.filter(pk=subject_id).first() if subject_id.isdigit() else None
    if authorization is None:
        return None
    return Standing(scheme_in_words(authorization.signature_scheme), authorization.digest, is_genuine(authorization))
