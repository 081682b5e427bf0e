"""Turn a customer list into keyed digests, offline. One file, Python 3.9 or newer, nothing to install.

    python link_digests.py KEY_FILE LIST [OUT]

KEY_FILE  as downloaded from the station: two lines, the number of the comparison and its secret
LIST      one 统一社会信用代码 per line; of a CSV file the first column
OUT       where the digests go, one per line in mixed order (LIST.digests unless named)

key    = HMAC-SM3(secret, "linkage:" + number)
digest = HMAC-SM3(key, code in upper case without blanks), as 64 hexadecimal digits

Only the digests are handed in. The station works out the same digests for the firms that use it and counts how many agree: it learns
nothing of customers that do not use it, and the bank learns a rounded number. (The station knows the codes of registered firms, so
towards the station the digests hide the list only as far as the station keeps to counting; it drops digests and secret at once.)
"""

import hashlib
import random
import re
import struct
import sys
from pathlib import Path

CODE = re.compile(r"[0-9A-Z]{18}")


def digest_key(secret: bytes, number: str) -> bytes:
    """The key of one comparison."""
    return hmac_sm3(secret, ("linkage:" + number).encode())


def digests(codes, secret: bytes, number: str):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201 - runs where typing may be old
    """Digest of each sound code."""
    key = digest_key(secret, number)
    return [hmac_sm3(key, code.encode()).hex() for code in codes]


def read_codes(text: str):  # type: ignore[no-untyped-def] # noqa: ANN201
    """The codes in a list, each once, in order."""
    found: dict = {}  # type: ignore[type-arg]
    for line in text.splitlines():
        code = re.split(r"[,;\t]", line.strip().strip('"'))[0].strip().strip('"').upper()
        if CODE.fullmatch(code):
            found[code] = None
    return list(found)


# --- SM3 (GB/T 32905-2016), where Python's own library has it not --------------------------------------------------------


def _sm3(data: bytes) -> bytes:
    try:
        return hashlib.new("sm3", data).digest()
    except ValueError:
        return sm3(data)


def hmac_sm3(key: bytes, data: bytes) -> bytes:
    """HMAC with blocks of 64 bytes (GM/T 0042)."""
    key = (_sm3(key) if len(key) > 64 else key).ljust(64, b"\0")
    inner = _sm3(bytes(byte ^ 0x36 for byte in key) + data)
    return _sm3(bytes(byte ^ 0x5C for byte in key) + inner)


def sm3(data: bytes) -> bytes:
    """The digest in plain Python."""
    state = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    padded = data + b"\x80" + b"\0" * ((55 - len(data)) % 64) + struct.pack(">Q", len(data) * 8)
    for start in range(0, len(padded), 64):
        state = _compressed(state, padded[start : start + 64])
    return struct.pack(">8I", *state)


def _turned(word: int, by: int) -> int:
    by %= 32
    return (word << by | word >> (32 - by)) & 0xFFFFFFFF


def _compressed(state, block: bytes):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    words = list(struct.unpack(">16I", block))
    for j in range(16, 68):
        x = words[j - 16] ^ words[j - 9] ^ _turned(words[j - 3], 15)
        words.append(x ^ _turned(x, 15) ^ _turned(x, 23) ^ _turned(words[j - 13], 7) ^ words[j - 6])
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        constant = _turned(0x79CC4519 if j < 16 else 0x7A879D8A, j)
        first = _turned((_turned(a, 12) + e + constant) & 0xFFFFFFFF, 7)
        second = first ^ _turned(a, 12)
        either = a ^ b ^ c if j < 16 else (a & b) | (a & c) | (b & c)
        choice = e ^ f ^ g if j < 16 else (e & f) | (~e & g)
        one = (either + d + second + (words[j] ^ words[j + 4])) & 0xFFFFFFFF
        two = (choice + h + first + words[j]) & 0xFFFFFFFF
        d, c, b, a = c, _turned(b, 9), a, one
        h, g, f, e = g, _turned(f, 19), e, two ^ _turned(two, 9) ^ _turned(two, 17)
    return [old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, h))]  # noqa: B905 - Python 3.9


def main(arguments) -> int:  # type: ignore[no-untyped-def] # noqa: ANN001
    """The command."""
    if len(arguments) not in {2, 3}:
        sys.stderr.write(__doc__ or "")
        return 2
    number, secret = Path(arguments[0]).read_text(encoding="ascii").split()
    codes = read_codes(Path(arguments[1]).read_text(encoding="utf-8-sig"))
    found = digests(codes, bytes.fromhex(secret), number)
    random.SystemRandom().shuffle(found)
    target = Path(arguments[2] if len(arguments) == 3 else arguments[1] + ".digests")
    target.write_text("\n".join(found) + "\n", encoding="ascii")
    sys.stdout.write(f"{len(found)} digests in {target}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
