"""Rows of the ground floor: people, posts, papers; and the moment every factory reckons from."""

import datetime as dt
import hashlib
from zoneinfo import ZoneInfo

import factory
from factory.django import DjangoModelFactory

from portal import regions
from portal.accounts.models import StaffPost, User
from portal.accounts.roles import StaffRole
from portal.documents.models import DocumentKind, IssuedDocument, Upload, UploadKind
from portal.identifiers import COMPANY, make_uscc

NOW = dt.datetime(2026, 11, 20, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
LONG_AGO = NOW - dt.timedelta(days=400)


def uscc(number: int, *, prefix: str = COMPANY, county: str = "640104") -> str:
    """A valid code that differs with ``number``."""
    return make_uscc(prefix, county, f"{number % 10**8:08d}")


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"u{n:06d}")
    full_name = factory.Sequence(lambda n: f"张{n}")
    email = factory.Sequence(lambda n: f"u{n:06d}@example.com")
    phone = factory.Sequence(lambda n: f"+86139{n:08d}")
    phone_verified = True
    is_active = True
    password = factory.django.Password("correct horse")


class StaffPostFactory(DjangoModelFactory[StaffPost]):
    """A government post: ``StaffPostFactory(role=StaffRole.CLAIM_CHECKER).user`` may sign in to the admin site."""

    class Meta:
        model = StaffPost

    user = factory.SubFactory(UserFactory, is_staff=True)
    role = StaffRole.SUPERVISOR
    region_code = regions.PROVINCE
    department = "自治区发展改革委"
    started_at = LONG_AGO


class UploadFactory(DjangoModelFactory[Upload]):
    class Meta:
        model = Upload

    name = factory.Sequence(lambda n: f"营业执照{n}.pdf")
    kind = UploadKind.PDF
    file = factory.django.FileField(filename="licence.pdf", data=b"%PDF-1.7\n%%EOF\n")
    size = 15
    sha256 = "0" * 64
    uploaded_at = NOW
    uploaded_by = factory.SubFactory(UserFactory)


class IssuedDocumentFactory(DjangoModelFactory[IssuedDocument]):
    """A document in force; ``IssuedDocumentFactory(revoked=True)`` is one declared void."""

    class Meta:
        model = IssuedDocument

    class Params:
        revoked = factory.Trait(revoked_at=NOW, revoked_by=factory.SubFactory(UserFactory))

    kind = DocumentKind.AUTHORIZATION
    number = factory.Sequence(lambda n: f"SQ20261120-TEST{n:06d}")
    title = "信用信息查询授权书"
    subject_kind = "accounts.user"
    subject_id = "1"
    template_version = "1"
    sha256 = hashlib.sha256(b"%PDF-1.7\n%%EOF\n").hexdigest()
    file = factory.django.FileField(filename="authorization.pdf", data=b"%PDF-1.7\n%%EOF\n")
    issued_at = NOW
    issued_by = factory.SubFactory(UserFactory)
