"""Take a file in; issue a document; declare one void; note that one was opened."""

import hashlib
import secrets
import warnings
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Final

from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from PIL import Image

from portal.accounts.models import User
from portal.audit import actions as audit
from portal.documents import pdf, rules
from portal.documents.models import DocumentKind, IssuedDocument, Upload, UploadKind
from portal.refusals import Conflict, Refusal

MAX_SIZE: Final = 20 * 2**20
MAX_PIXELS: Final = 60_000_000
#: Letters of a document's number: no pair that is taken for each other when read aloud or copied by hand.
LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class EmptyUpload(Refusal):
    code = "empty_upload"
    message = _("文件是空的，请重新选择文件后上传。")


class UploadTooLarge(Refusal):
    code = "upload_too_large"
    message = _("文件超过 20 MB，请压缩、拆分或降低扫描分辨率后再上传。")


class UploadNameRefused(Refusal):
    code = "upload_name_refused"
    message = _("文件名含有不允许的字符、多重扩展名或过长，请改用简短的中文、字母或数字命名后再上传。")


class UploadKindRefused(Refusal):
    code = "upload_kind_refused"
    message = _("此处不接受这种类型的文件，请按页面提示的格式另存后再上传。")


class UploadNotWhatItSays(Refusal):
    code = "upload_not_what_it_says"
    message = _("文件内容与扩展名不符或已损坏，请用原软件打开确认并重新另存后再上传。")


class AlreadyRevoked(Conflict):
    code = "document_already_revoked"
    message = _("该文书已经作废，无需再次操作。")


@transaction.atomic
def store_upload(
    *,
    file: "UploadedFile[bytes]",
    allowed: Collection[UploadKind],
    by: User,
    at: datetime,
    enterprise_id: int | None = None,
) -> Upload:
    """Keep ``file`` under a name of our own, after its name, its size and its bytes have been looked at."""
    name = Path(file.name or "").name
    if name != (file.name or "") or rules.is_tricky_name(name):
        raise UploadNameRefused
    if not file.size:
        raise EmptyUpload
    if file.size > MAX_SIZE:
        raise UploadTooLarge
    kind = _kind(file, name, allowed)
    upload = Upload(
        name=name,
        kind=kind,
        size=file.size,
        sha256=_digest(file),
        enterprise_id=enterprise_id,
        uploaded_at=at,
        uploaded_by=by,
    )
    file.seek(0)
    upload.file.save(name, File(file), save=False)
    upload.save()
    audit.record(
        "upload.store", upload, by=by, at=at, enterprise_id=enterprise_id, facts={"kind": kind, "size": file.size}
    )
    return upload


@contextmanager
def kept_if_done(
    *, file: "UploadedFile[bytes]", allowed: Collection[UploadKind], by: User, at: datetime, enterprise_id: int | None
) -> Iterator[Upload]:
    """The upload for an action that may refuse: then neither its row nor its file stays behind."""
    with transaction.atomic():
        upload = store_upload(file=file, allowed=allowed, by=by, at=at, enterprise_id=enterprise_id)
        try:
            yield upload
        except BaseException:
            upload.file.delete(save=False)
            raise


def issue(
    *,
    kind: DocumentKind,
    title: str,
    template: str,
    template_version: str,
    context: Mapping[str, object],
    subject: models.Model,
    enterprise_id: int | None,
    by: User | None,
    at: datetime,
    valid_until: date | None = None,
) -> IssuedDocument:
    """Render, keep and register a PDF. Rendering takes a moment: call it before locking rows, or on commit.

    The template is given ``document`` (number, title, issued_at, valid_until) besides ``context``.
    """
    document = IssuedDocument(
        kind=kind,
        number=_number(kind, at),
        title=title,
        subject_kind=subject._meta.label_lower,
        subject_id=str(subject.pk),
        enterprise_id=enterprise_id,
        template_version=template_version,
        issued_at=at,
        issued_by=by,
        valid_until=valid_until,
    )
    content = pdf.render_pdf(template, {**context, "document": document})
    document.sha256 = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        document.file.save(f"documents/{at:%Y/%m}/{document.number}.pdf", ContentFile(content), save=False)
        document.save()
        audit.record(
            "document.issue", document, by=by, at=at, enterprise_id=enterprise_id, facts={"number": document.number}
        )
    return document


@transaction.atomic
def revoke(*, document: IssuedDocument, by: User, at: datetime, reason: str) -> IssuedDocument:
    """Declare a document void; its verification page says so from now on. The file stays."""
    document = IssuedDocument.objects.select_for_update(of=("self",)).get(pk=document.pk)
    if document.revoked_at is not None:
        raise AlreadyRevoked
    document.revoked_at, document.revoked_by = at, by
    document.save(update_fields=["revoked_at", "revoked_by"])
    audit.record(
        "document.revoke", document, by=by, at=at, enterprise_id=document.enterprise_id, facts={"reason": reason}
    )
    return document


def note_opening(*, thing: Upload | IssuedDocument, by: User, at: datetime) -> None:
    """Leave a trace that ``by`` opened the file."""
    verb = "upload.open" if isinstance(thing, Upload) else "document.open"
    audit.record(verb, thing, by=by, at=at, enterprise_id=thing.enterprise_id)


def _kind(file: "UploadedFile[bytes]", name: str, allowed: Collection[UploadKind]) -> str:
    promised = rules.promised_kind(name)
    if promised is None or promised not in allowed:
        raise UploadKindRefused
    file.seek(0)
    if rules.sniffed_kind(file.read(64 * 1024)) != promised or not _is_whole(file, promised):
        raise UploadNotWhatItSays
    return promised


def _is_whole(file: "UploadedFile[bytes]", kind: str) -> bool:
    file.seek(0)
    if kind == UploadKind.XLSX:
        return rules.is_whole_workbook(file)  # type: ignore[arg-type] # django-stubs' File lacks BinaryIO's exact signatures
    if kind in {UploadKind.JPEG, UploadKind.PNG}:
        return _is_whole_picture(file, kind)
    if kind == UploadKind.PDF:
        file.seek(max(0, (file.size or 0) - 2048))
        return b"%%EOF" in file.read()
    return True


def _is_whole_picture(file: "UploadedFile[bytes]", kind: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=[kind.upper()]) as picture:
                picture.verify()
                return picture.width * picture.height <= MAX_PIXELS
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return False


def _digest(file: "UploadedFile[bytes]") -> str:
    digest = hashlib.sha256()
    file.seek(0)
    for chunk in file.chunks():
        digest.update(chunk)
    return digest.hexdigest()


def _number(kind: DocumentKind, at: datetime) -> str:
    """Says what and when; its last ten letters cannot be guessed, since whoever knows a number may ask about it."""
    return f"{kind}{timezone.localtime(at):%Y%m%d}-{''.join(secrets.choice(LETTERS) for _letter in range(10))}"
