import datetime as dt
import hashlib

import pytest
from django.db import IntegrityError

from portal.audit.models import AuditEvent
from portal.documents import actions
from portal.documents.models import DocumentKind, IssuedDocument, Upload, UploadKind
from tests import pdf as read_back
from tests.factories import IssuedDocumentFactory, UploadFactory, UserFactory
from tests.portal.documents.files import PDF, picture, uploaded, workbook

pytestmark = pytest.mark.django_db
ANY = tuple(UploadKind)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("执照.pdf", PDF, "pdf"),
        ("执照.JPG", picture("JPEG"), "jpeg"),
        ("执照.png", picture("PNG"), "png"),
        ("流水.xlsx", workbook(), "xlsx"),
        ("流水.csv", "日期,金额\n2026-11-01,1.00\n".encode("gb18030"), "csv"),
    ],
)
def test_store_upload_keeps_the_bytes_under_a_name_of_its_own(
    name: str, content: bytes, kind: str, now: dt.datetime
) -> None:
    user = UserFactory()

    upload = actions.store_upload(file=uploaded(name, content), allowed=ANY, by=user, at=now, enterprise_id=7)

    kept = Upload.objects.get(pk=upload.pk)
    assert (kept.name, kept.kind, kept.size, kept.enterprise_id) == (name, kind, len(content), 7)
    assert kept.sha256 == hashlib.sha256(content).hexdigest()
    assert kept.file.read() == content
    assert name.partition(".")[0] not in kept.file.name
    assert AuditEvent.objects.get(verb="upload.store").subject_id == str(upload.pk)


@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("空.pdf", b"", actions.EmptyUpload),
        ("大.pdf", b"%PDF-" + b"0" * actions.MAX_SIZE, actions.UploadTooLarge),
        ("../执照.pdf", PDF, actions.UploadNameRefused),
        ("执照.exe.pdf", PDF, actions.UploadNameRefused),
        ("执照.docx", b"PK\x03\x04", actions.UploadKindRefused),
        ("执照", PDF, actions.UploadKindRefused),
        ("执照.pdf", picture("PNG"), actions.UploadNotWhatItSays),
        ("执照.png", PDF, actions.UploadNotWhatItSays),
        ("执照.pdf", PDF[:20], actions.UploadNotWhatItSays),
        ("执照.png", picture("PNG")[:40], actions.UploadNotWhatItSays),
        ("流水.csv", b"MZ\x90\x00\x03\x00", actions.UploadNotWhatItSays),
        ("流水.xlsx", workbook()[:60], actions.UploadNotWhatItSays),
        ("流水.xlsx", workbook(extra={"xl/vbaProject.bin": b"macro"}), actions.UploadNotWhatItSays),
        ("流水.xlsx", workbook(extra={"xl/flood.xml": b"0" * (201 * 2**20)}), actions.UploadNotWhatItSays),
    ],
)
def test_store_upload_refuses(name: str, content: bytes, refusal: type[Exception], now: dt.datetime) -> None:
    with pytest.raises(refusal):
        actions.store_upload(file=uploaded(name, content), allowed=ANY, by=UserFactory(), at=now)

    assert not Upload.objects.exists()
    assert not AuditEvent.objects.exists()


def test_store_upload_refuses_a_kind_that_this_place_does_not_take(now: dt.datetime) -> None:
    with pytest.raises(actions.UploadKindRefused):
        actions.store_upload(file=uploaded("表.csv", b"a,b\n"), allowed=[UploadKind.PDF], by=UserFactory(), at=now)


def test_the_database_refuses_an_empty_upload() -> None:
    with pytest.raises(IntegrityError, match="upload_is_not_empty"):
        UploadFactory(size=0)


def test_issue_registers_a_pdf_that_carries_its_number_and_its_digest(now: dt.datetime) -> None:
    user = UserFactory()

    document = actions.issue(
        kind=DocumentKind.AUTHORIZATION,
        title="信用信息查询授权书",
        template="documents/base.html",
        template_version="1",
        context={},
        subject=user,
        enterprise_id=7,
        by=user,
        at=now,
        valid_until=dt.date(2027, 11, 19),
    )

    kept = IssuedDocument.objects.get(number=document.number)
    content = kept.file.read()
    assert kept.sha256 == hashlib.sha256(content).hexdigest()
    assert (kept.subject_kind, kept.subject_id, kept.enterprise_id) == ("accounts.user", str(user.pk), 7)
    assert kept.number.startswith("SQ20261120-")
    for said in (kept.number, "信用信息查询授权书", "有效期至2027年11月19日"):
        assert said in read_back.text(content)
    assert AuditEvent.objects.get(verb="document.issue").facts == {"number": kept.number}


def test_numbers_cannot_be_guessed_from_each_other(now: dt.datetime) -> None:
    numbers = {actions._number(DocumentKind.CLAIM_SHEET, now) for _time in range(200)}

    assert len(numbers) == 200


def test_revoke_declares_a_document_void_once(now: dt.datetime) -> None:
    document, user = IssuedDocumentFactory(), UserFactory()

    actions.revoke(document=document, by=user, at=now, reason="录入错误")

    document.refresh_from_db()
    assert (document.revoked_at, document.revoked_by) == (now, user)
    with pytest.raises(actions.AlreadyRevoked):
        actions.revoke(document=document, by=user, at=now, reason="再次")
    assert AuditEvent.objects.filter(verb="document.revoke").count() == 1


def test_the_database_wants_the_revoker_with_the_moment(now: dt.datetime) -> None:
    with pytest.raises(IntegrityError, match="document_revoked_at_and_by_together"):
        IssuedDocumentFactory(revoked_at=now)
