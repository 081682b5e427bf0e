import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404
from django.test import Client, RequestFactory

from portal.audit.models import AuditEvent
from portal.documents import views
from tests.factories import IssuedDocumentFactory, UploadFactory, UserFactory

pytestmark = pytest.mark.django_db


def page(client: Client, number: str) -> str:
    response = client.get(f"/verify/{number}/")
    assert response.status_code == 200
    return str(response.content.decode())


def test_a_valid_document_is_called_genuine_and_valid_to_anybody(client: Client) -> None:
    document = IssuedDocumentFactory(valid_until=dt.date(2099, 1, 1))

    html = page(client, document.number)

    assert "目前有效" in html
    assert "2099-01-01" in html
    assert document.sha256 in html


def test_the_verification_does_not_say_whom_the_document_concerns(client: Client) -> None:
    document = IssuedDocumentFactory(title="宁夏贺兰山酒庄有限公司授权书")

    assert "贺兰山" not in page(client, document.number)


def test_an_expired_document_is_called_expired(client: Client) -> None:
    assert "已过有效期" in page(client, IssuedDocumentFactory(valid_until=dt.date(2020, 1, 1)).number)


def test_a_revoked_document_is_called_void_even_before_its_day(client: Client) -> None:
    assert "已经作废" in page(client, IssuedDocumentFactory(revoked=True, valid_until=dt.date(2099, 1, 1)).number)


def test_a_number_never_issued_is_not_found_and_says_what_to_do(client: Client) -> None:
    response = client.get("/verify/SQ20260101-AAAAAAAAAA/")

    assert response.status_code == 404
    assert "没有出具过" in response.content.decode()


def test_a_number_typed_as_on_paper_is_found(client: Client) -> None:
    document = IssuedDocumentFactory(number="SQ20261120-ABCDEFGHJK")

    response = client.get("/verify/", {"number": " sq20261120-abcde fghjk "}, follow=True)

    assert response.redirect_chain == [(f"/verify/{document.number}/", 302)]


@pytest.mark.parametrize(("content", "word"), [(b"%PDF-1.7\n%%EOF\n", "逐字节一致"), (b"%PDF-1.7\n%%EOF \n", "不一致")])
def test_a_file_in_hand_is_compared_byte_by_byte(client: Client, content: bytes, word: str) -> None:
    document = IssuedDocumentFactory()

    response = client.post(f"/verify/{document.number}/", {"file": SimpleUploadedFile("a.pdf", content)})

    assert f'title="{word}"' in response.content.decode() or f">{word}<" in response.content.decode()


def test_a_door_for_uploads_lets_in_whom_the_policy_lets_in(rf: RequestFactory) -> None:
    upload, owner = UploadFactory(), UserFactory()
    request = rf.get("/")
    request.user = owner

    response: Any = views.upload_view(lambda user, _upload: user == owner)(request, upload.pk)

    assert b"".join(response.streaming_content) == b"%PDF-1.7\n%%EOF\n"
    assert response["Content-Type"] == "application/pdf"
    assert response["Cache-Control"] == "private, no-store"
    assert AuditEvent.objects.get(verb="upload.open").actor_id == owner.pk


def test_a_door_for_uploads_does_not_know_the_file_for_anybody_else(rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = UserFactory()

    with pytest.raises(Http404):
        views.upload_view(lambda _user, _upload: False)(request, UploadFactory().pk)
    assert not AuditEvent.objects.exists()


def test_a_table_is_handed_out_as_a_download(rf: RequestFactory) -> None:
    upload = UploadFactory(kind="csv", name="流水.csv")
    request = rf.get("/")
    request.user = upload.uploaded_by

    response: Any = views.upload_view(lambda _user, _upload: True)(request, upload.pk)

    assert response["Content-Disposition"].startswith("attachment")
    response.file_to_stream.close()


def test_a_door_for_documents_is_guarded_likewise(rf: RequestFactory) -> None:
    document = IssuedDocumentFactory()
    request = rf.get("/")
    request.user = document.issued_by

    response: Any = views.document_view(lambda user, thing: user == thing.issued_by)(request, document.pk)

    assert document.number in response["Content-Disposition"]
    response.file_to_stream.close()
    with pytest.raises(Http404):
        views.document_view(lambda _user, _thing: False)(request, document.pk)


def test_the_register_is_for_the_auditor_only(client: Client) -> None:
    from portal.accounts.roles import StaffRole
    from tests.factories import StaffPostFactory

    document = IssuedDocumentFactory()
    auditor, treasurer = (StaffPostFactory(role=role).user for role in (StaffRole.AUDITOR, StaffRole.TREASURER))

    client.force_login(auditor)
    assert document.number in client.get("/admin/documents/issueddocument/").content.decode()
    client.force_login(treasurer)
    assert client.get("/admin/documents/issueddocument/").status_code == 403
