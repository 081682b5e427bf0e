"""Identifiers of enterprises: 统一社会信用代码 (GB 32100-2015) with both of its check characters."""

from dataclasses import dataclass

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

COMPANY, SOLE_TRADER, COOPERATIVE = "91", "92", "93"


@dataclass(frozen=True)
class UsccFault:
    """Why a code is not valid: ``code`` is stable, ``position`` counts characters from 1 (0: the whole)."""

    code: str
    position: int = 0


def normalise_uscc(text: str) -> str:
    """Upper case, without the blanks and dashes people type or paste; full-width characters become half-width."""
    half_width = "".join(chr(ord(c) - 0xFEE0) if 0xFF01 <= ord(c) <= 0xFF5E else c for c in text)
    return "".join(c for c in half_width.upper() if not c.isspace() and c != "-")


def uscc_check_character(first_seventeen: str) -> str:
    """The 18th character (GB 32100-2015, weights 3^i mod 31)."""
    total = sum(USCC_ALPHABET.index(c) * w for c, w in zip(first_seventeen, USCC_WEIGHTS, strict=True))
    return USCC_ALPHABET[(31 - total % 31) % 31]


def organisation_check_character(first_eight: str) -> str:
    """The 17th character of a USCC, which ends the 9-character organisation code inside it (GB 11714)."""
    total = sum(ORGANISATION_ALPHABET.index(c) * w for c, w in zip(first_eight, ORGANISATION_WEIGHTS, strict=True))
    remainder = 11 - total % 11
    return "X" if remainder == 10 else "0" if remainder == 11 else str(remainder)


def uscc_fault(code: str) -> UsccFault | None:
    """The first fault of a normalised code, or None for a valid one.

    Prefixes N, Y and A (collectives, others, forces) are valid; so are sole traders (92) and cooperatives (93).
    """
    if len(code) != 18:
        return UsccFault("length")
    for position, character in enumerate(code, start=1):
        if character not in USCC_ALPHABET:
            return UsccFault("character", position)
    if not code[2:8].isdigit():
        return UsccFault("region", 3)
    if organisation_check_character(code[8:16]) != code[16]:
        return UsccFault("organisation_check", 17)
    if uscc_check_character(code[:17]) != code[17]:
        return UsccFault("check", 18)
    return None


def make_uscc(prefix: str, region: str, body: str) -> str:
    """A valid code from its parts: ``prefix`` 2, ``region`` 6 digits, ``body`` 8 characters of the alphabet."""
    first_seventeen = prefix + region + body + organisation_check_character(body)
    return first_seventeen + uscc_check_character(first_seventeen)


def mask_uscc(code: str) -> str:
    """For lists shown to those who may not know the firm: the first eight and the last two characters stay."""
    return f"{code[:8]}********{code[-2:]}"


RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def resident_check_character(first_seventeen: str) -> str:
    """The 18th character of a resident's identity number 公民身份号码 (GB 11643-1999, ISO 7064 MOD 11-2)."""
    total = sum(int(c) * w for c, w in zip(first_seventeen, RESIDENT_WEIGHTS, strict=True))
    return "10X98765432"[total % 11]


def is_resident_number(text: str) -> bool:
    """Whether ``text`` (upper case, no blanks) is an 18-character identity number whose check character fits."""
    digits, check = text[:17], text[17:]
    return len(text) == 18 and digits.isascii() and digits.isdigit() and resident_check_character(digits) == check
