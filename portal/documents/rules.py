"""What an uploaded file really is, and which names are tricks. Plain bytes and strings in, verdicts out."""

import re
import unicodedata
import zipfile
from typing import BinaryIO, Final

MAX_NAME: Final = 120
MAX_UNPACKED: Final = 200 * 2**20

#: The kinds a file name may promise.
KINDS: Final = {".pdf": "pdf", ".jpg": "jpeg", ".jpeg": "jpeg", ".png": "png", ".xlsx": "xlsx", ".csv": "csv"}
EXTENSIONS: Final = {"pdf": ".pdf", "jpeg": ".jpg", "png": ".png", "xlsx": ".xlsx", "csv": ".csv"}
SIGNATURES: Final = {b"%PDF-": "pdf", b"\xff\xd8\xff": "jpeg", b"\x89PNG\r\n\x1a\n": "png", b"PK\x03\x04": "xlsx"}
#: An extension before the last one that would run if the last one were lost on the way.
PROGRAMS: Final = re.compile(
    r"\.(?:exe|com|bat|cmd|scr|pif|msi|vbs?|js|jse|wsf|ps1|sh|php\d?|phtml|jsp|aspx?|py|jar|html?|svg|lnk|xlsm|dll)(?=\.|$)",
    re.IGNORECASE,
)


def promised_kind(name: str) -> str | None:
    """The kind that the name's extension promises."""
    dot = name.rfind(".")
    return KINDS.get(name[dot:].lower()) if dot > 0 else None


def is_tricky_name(name: str) -> bool:
    """A path, a hidden file, an unprintable or direction-turning letter, a program in disguise, or a name without end."""
    if not 1 <= len(name) <= MAX_NAME or name != name.strip() or name.startswith(".") or ".." in name:
        return True
    if any(letter in '/\\:*?"<>|%' or unicodedata.category(letter)[0] == "C" for letter in name):
        return True
    return bool(PROGRAMS.search(name))


def sniffed_kind(head: bytes) -> str | None:
    """The kind that the first bytes show; text without a signature can only be CSV."""
    for signature, kind in SIGNATURES.items():
        if head.startswith(signature):
            return kind
    return "csv" if _is_text(head) else None


def is_whole_workbook(file: BinaryIO) -> bool:
    """A zip that holds a workbook, no macro, and does not unpack to a flood."""
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return False
    names = {member.filename for member in members}
    has_macro = any(name.lower().endswith("vbaproject.bin") for name in names)
    is_small = sum(member.file_size for member in members) <= MAX_UNPACKED
    return {"[Content_Types].xml", "xl/workbook.xml"} <= names and is_small and not has_macro


def _is_text(head: bytes) -> bool:
    if not head or b"\x00" in head:
        return False
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = head.decode(encoding)
        except UnicodeDecodeError as error:
            if error.start < len(head) - 4:  # a letter cut in two at the end of the head is no fault
                continue
            text = head[: error.start].decode(encoding)
        return not any(unicodedata.category(letter) == "Cc" and letter not in "\r\n\t" for letter in text)
    return False
