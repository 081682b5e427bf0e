"""The schemes that sign a digest: SM2 with SM3, Ed25519, and an outside certification authority behind HTTP."""

import base64
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, Protocol

import gmalg
import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from portal.refusals import Refusal

#: The distinguishing identifier that GB/T 35276 sets where none is agreed.
DISTINGUISHING_ID: Final = b"1234567812345678"
#: Everything before the point in the SubjectPublicKeyInfo of an SM2 key (ecPublicKey, 1.2.156.10197.1.301).
_SPKI: Final = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
_ORDER: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123


class SigningUnavailable(Refusal):
    """Nothing is signed and nothing granted where the signature cannot be had."""

    code = "signing_unavailable"
    status = 503
    message = _("电子签名服务暂时不可用，授权没有生效。请稍后重试。")


@dataclass(frozen=True)
class Signed:
    """A signature and the scheme that verifies it."""

    scheme: str
    value: str


class Signer(Protocol):
    """Who turns a digest into a signature."""

    name: ClassVar[str]

    def sign(self, digest: str) -> Signed: ...

    def verify(self, digest: str, signature: str, scheme: str) -> bool: ...


class Sm2Signer:
    """A software SM2 key: ``CONSENT_SM2_KEY`` (64 hexadecimal digits), otherwise one made under ``var/`` for the demo.

    It proves that the terms have not changed since, not who clicked. Public keys that sign no longer stay in
    ``CONSENT_SM2_RETIRED``, so that what they signed can still be verified.
    """

    name: ClassVar[str] = "software-sm2-sm3"

    def __init__(self, key: str = "", path: Path | None = None, retired: tuple[str, ...] = ()) -> None:
        self._given = key or getattr(settings, "CONSENT_SM2_KEY", "")
        self._path = path or Path(settings.VAR_DIR) / "keys" / "consent-sm2.key"
        self._retired = retired or tuple(getattr(settings, "CONSENT_SM2_RETIRED", ()))

    def sign(self, digest: str) -> Signed:
        private, public = self._pair()
        first, second = gmalg.SM2(sk=private, uid=DISTINGUISHING_ID, pk=public).sign(digest.encode())
        value = encode_dss_signature(int.from_bytes(first, "big"), int.from_bytes(second, "big"))
        return Signed(f"{self.name}:{key_id(public)}", base64.b64encode(value).decode())

    def verify(self, digest: str, signature: str, scheme: str) -> bool:
        public = self._public(scheme.partition(":")[2])
        if public is None:
            return False
        try:
            first, second = decode_dss_signature(base64.b64decode(signature, validate=True))
            pair = first.to_bytes(32, "big"), second.to_bytes(32, "big")
        except (ValueError, OverflowError):
            return False
        return bool(gmalg.SM2(uid=DISTINGUISHING_ID, pk=public).verify(digest.encode(), *pair))

    def public_pem(self) -> str:
        """The key that verifies, as others' tools read it."""
        text = base64.b64encode(_SPKI + self._pair()[1]).decode()
        lines = [text[start : start + 64] for start in range(0, len(text), 64)]
        return "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""])

    def _public(self, wanted: str) -> bytes | None:
        known = [self._pair()[1], *(bytes.fromhex(key) for key in self._retired)]
        return next((public for public in known if key_id(public) == wanted), None)

    def _pair(self) -> tuple[bytes, bytes]:
        if not self._given:
            self._given = _kept(self._path, lambda: format(secrets.randbelow(_ORDER - 2) + 1, "064x").encode()).decode()
        private = bytes.fromhex(self._given)
        if len(private) != 32 or not 0 < int.from_bytes(private, "big") < _ORDER - 1:
            raise ValueError("CONSENT_SM2_KEY is not an SM2 key")
        return private, _public_key(private)


class Ed25519Signer:
    """The older software key of the station, kept as a file."""

    name: ClassVar[str] = "software-ed25519-sm3"

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or Path(settings.VAR_DIR) / "keys" / "consent-ed25519.pem"

    def sign(self, digest: str) -> Signed:
        return Signed(self.name, base64.b64encode(self._key().sign(digest.encode())).decode())

    def verify(self, digest: str, signature: str, scheme: str) -> bool:
        try:
            self._key().public_key().verify(base64.b64decode(signature, validate=True), digest.encode())
        except (InvalidSignature, ValueError):
            return False
        return scheme == self.name

    def _key(self) -> Ed25519PrivateKey:
        key = serialization.load_pem_private_key(_kept(self._path, _new_ed25519), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError("the consent key is not an Ed25519 key")
        return key


class CaSigner:
    """An outside certification authority: ``CONSENT_CA_URL`` signs and verifies, asked with ``CONSENT_CA_TOKEN``.

    ``POST /sign {"digest", "algorithm"}`` answers ``{"signature", "certificate"}`` (base64 and a serial number);
    ``POST /verify {"digest", "signature", "certificate"}`` answers ``{"valid"}``. Anything else is no signature.
    """

    name: ClassVar[str] = "ca-sm2-sm3"

    def __init__(self, url: str = "", token: str = "", seconds: float = 5.0) -> None:
        self._url = (url or getattr(settings, "CONSENT_CA_URL", "")).rstrip("/")
        self._token = token or getattr(settings, "CONSENT_CA_TOKEN", "")
        self._seconds = seconds

    def sign(self, digest: str) -> Signed:
        answer = self._ask("sign", {"digest": digest, "algorithm": "SM2-SM3"})
        value, serial = answer.get("signature"), answer.get("certificate")
        if not isinstance(value, str) or not isinstance(serial, str) or not value or not 0 < len(serial) <= 24:
            raise SigningUnavailable
        return Signed(f"{self.name}:{serial}", value)

    def verify(self, digest: str, signature: str, scheme: str) -> bool:
        asked = {"digest": digest, "signature": signature, "certificate": scheme.partition(":")[2]}
        return self._ask("verify", asked).get("valid") is True

    def _ask(self, verb: str, asked: dict[str, str]) -> dict[str, object]:
        if not self._url:
            raise SigningUnavailable
        try:
            answer = httpx.post(
                f"{self._url}/{verb}",
                json=asked,
                headers={"Authorization": f"Bearer {self._token}"},
                timeout=self._seconds,
            )
            found = answer.raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise SigningUnavailable from error
        return found if isinstance(found, dict) else {}


def key_id(public: bytes) -> str:
    """The first half of the SM3 of a public key names it."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(public)
    return digest.finalize().hex()[:16]


def _public_key(private: bytes) -> bytes:
    """The public point of a private key, uncompressed."""
    return bytes(gmalg.SM2().generate_pk(private))


def _new_ed25519() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _kept(path: Path, make: Callable[[], bytes]) -> bytes:
    """The key in a file; made where there is none, written whole and then linked, so that of two makers one key remains."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(make())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes()
