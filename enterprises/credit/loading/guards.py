"""What a delivered file really is. Bytes in; kept as UTF-8 text or a whole workbook, or refused with what to do instead."""

import codecs
import hashlib
import os
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from django.utils.translation import gettext_lazy as _

from portal.documents import rules
from portal.refusals import Refusal

#: One gibibyte of text is about five million rows; a workbook must fit the memory of the worker that opens it.
MAX_TEXT: Final = 2**30
MAX_WORKBOOK: Final = 32 * 2**20
MAX_UNPACKED: Final = 128 * 2**20
MAX_LINE: Final = 2**20
CHUNK: Final = 2**20
KINDS: Final = {".csv": "csv", ".txt": "csv", ".xlsx": "xlsx", ".jsonl": "jsonl", ".ndjson": "jsonl"}


class FileRefused(Refusal):
    """The delivered file is not taken in at all."""

    code = "delivered_file_refused"


class FileKindRefused(FileRefused):
    code = "delivered_file_kind_refused"
    message = _("只接受 .csv、.xlsx、.jsonl 文件，请按模板另存后报送。")


class FileNotWhatItSays(FileRefused):
    code = "delivered_file_not_what_it_says"
    message = _("文件内容与扩展名不符或已损坏，请用原软件打开确认，重新导出后报送。")


class FileEmpty(FileRefused):
    code = "delivered_file_empty"
    message = _("文件是空的，请重新导出后报送。")


class FileTooLarge(FileRefused):
    code = "delivered_file_too_large"
    message = _("文件过大：文本不超过 1 GB，工作簿不超过 32 MB（解压后 128 MB）。请拆分后报送，或改用 CSV。")


class FileEncodingUnknown(FileRefused):
    code = "delivered_file_encoding"
    message = _("文件编码无法识别，请另存为 UTF-8 或 GB18030 编码后报送。")


class FileHasNulBytes(FileRefused):
    code = "delivered_file_nul_bytes"
    message = _("文件含有空字节（可能是 UTF-16 编码或二进制文件），请另存为 UTF-8 编码后报送。")


class LineTooLong(FileRefused):
    code = "delivered_line_too_long"
    message = _("文件中有超过 1 MB 的行（可能缺少换行或引号不成对），请检查后重新导出。")


@dataclass(frozen=True)
class Kept:
    """A file that passed: where it lies, what it is, and the digest of the bytes as delivered."""

    path: Path
    kind: str
    sha256: str


def keep(file: BinaryIO, name: str, target: Path) -> Kept:
    """Write ``file`` to ``target`` in the form the reader expects; nothing is left behind where it is refused."""
    kind = KINDS.get(Path(name).suffix.lower())
    if kind is None or rules.is_tricky_name(Path(name).name):
        raise FileKindRefused
    target.parent.mkdir(parents=True, exist_ok=True)
    path = target.with_suffix(f".{kind}")
    try:
        digest = _keep_workbook(file, path) if kind == "xlsx" else _keep_text(file, path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Kept(path, kind, digest)


def _keep_text(file: BinaryIO, path: Path) -> str:
    """As UTF-8 without a mark, whatever it came as: the first encoding that fits the whole file."""
    for encoding in ("utf-8-sig", "gb18030"):
        file.seek(0)
        try:
            return _transcode(file, path, encoding)
        except UnicodeDecodeError:
            continue
    raise FileEncodingUnknown


def _transcode(file: BinaryIO, path: Path, encoding: str) -> str:
    digest, decoder = hashlib.sha256(), codecs.getincrementaldecoder(encoding)()
    size, tail = 0, 0
    with path.open("wb") as kept:
        while chunk := file.read(CHUNK):
            size += len(chunk)
            if size > MAX_TEXT:
                raise FileTooLarge
            if size == len(chunk) and chunk.startswith((b"PK\x03\x04", b"%PDF-", b"\x89PNG", b"\xd0\xcf\x11\xe0")):
                raise FileNotWhatItSays
            if b"\x00" in chunk:
                raise FileHasNulBytes
            tail = _longest_line(chunk, tail)
            digest.update(chunk)
            kept.write(decoder.decode(chunk).encode())
        kept.write(decoder.decode(b"", final=True).encode())
        if not size:
            raise FileEmpty
        kept.flush()
        os.fsync(kept.fileno())
    return digest.hexdigest()


def _longest_line(chunk: bytes, tail: int) -> int:
    """Refuse a line over the limit; return how long the unfinished line at the end of the chunk is so far."""
    first = chunk.find(b"\n")
    if tail + (len(chunk) if first < 0 else first) > MAX_LINE:
        raise LineTooLong
    return tail + len(chunk) if first < 0 else len(chunk) - chunk.rfind(b"\n") - 1


def _keep_workbook(file: BinaryIO, path: Path) -> str:
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    with path.open("wb") as kept:
        while chunk := file.read(CHUNK):
            size += len(chunk)
            if size > MAX_WORKBOOK:
                raise FileTooLarge
            digest.update(chunk)
            kept.write(chunk)
        kept.flush()
        os.fsync(kept.fileno())
    if not size:
        raise FileEmpty
    _refuse_flood(path)
    with path.open("rb") as kept:
        if not rules.is_whole_workbook(kept):
            raise FileNotWhatItSays
    return digest.hexdigest()


def _refuse_flood(path: Path) -> None:
    """Unpack for real and count: the sizes an archive declares are only its word."""
    unpacked = 0
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                with archive.open(member) as stream:
                    while chunk := stream.read(CHUNK):
                        unpacked += len(chunk)
                        if unpacked > MAX_UNPACKED:
                            raise FileTooLarge
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError, OSError) as fault:
        raise FileNotWhatItSays from fault


#: Characters that no honest cell holds: control characters but tab and line break, and marks that turn the writing direction.
HIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
