"""Keyed digests of people's document numbers (证件号码): compared inside the station, never shown, never turned back."""

import hashlib
import os
import re

from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

DIGEST = re.compile(r"[0-9a-f]{64}")
#: A resident's number (18 characters) or another person's document, as departments write them.
NUMBER = re.compile(r"[0-9]{17}[0-9X]|[A-Z0-9]{5,20}")


def normalise_number(id_number: str) -> str:
    """Upper case, half width, without blanks and dashes: one person, one text."""
    half_width = "".join(chr(ord(c) - 0xFEE0) if 0xFF01 <= ord(c) <= 0xFF5E else c for c in id_number)
    return "".join(c for c in half_width.upper() if not c.isspace() and c != "-")


def person_digest(id_number: str) -> str:
    """HMAC-SM3 of a document number in 64 hexadecimal digits."""
    mac = HMAC(_key(), SM3())
    mac.update(normalise_number(id_number).encode())
    return mac.finalize().hex()


def _key() -> bytes:
    """From ``PERSON_DIGEST_KEY``, otherwise from the site's own key, which must outlive the process that uses it."""
    named = os.environ.get("PERSON_DIGEST_KEY", "")
    if not named and not os.environ.get("DJANGO_SECRET_KEY"):
        raise ImproperlyConfigured(
            "Set PERSON_DIGEST_KEY: digests under a key that dies with the process compare to nothing."
        )
    return hashlib.sha256(b"person digest:" + (named or settings.SECRET_KEY).encode()).digest()
