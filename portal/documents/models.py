"""Files: what the station has issued, and what people have handed in. None of them is served without a door's check."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.documents import rules
from portal.records import Record


class UploadKind(models.TextChoices):
    PDF = "pdf", "PDF"
    JPEG = "jpeg", "JPEG"
    PNG = "png", "PNG"
    XLSX = "xlsx", "XLSX"
    CSV = "csv", "CSV"


class UploadQuerySet(models.QuerySet["Upload"]):
    def visible_to(self, user: User) -> "UploadQuerySet":
        """One's own. Files that belong to an application, a claim or a firm are opened by the doors of those."""
        return self.filter(uploaded_by=user) if user.is_authenticated else self.none()


def _upload_path(upload: "Upload", name: str) -> str:
    """Nothing of the given name reaches the disk."""
    extension = rules.EXTENSIONS[upload.kind]
    return f"uploads/{upload.uploaded_at:%Y/%m}/{uuid.uuid4().hex}{extension}"


class Upload(Record):
    """A file handed in (附件). Its kind is what its bytes show, not what its name says."""

    sensitive: ClassVar[frozenset[str]] = frozenset({"name", "file"})

    name = models.CharField(_("文件名"), max_length=rules.MAX_NAME)
    kind = models.CharField(_("类型"), max_length=8, choices=UploadKind.choices)
    size = models.PositiveIntegerField(_("大小（字节）"))
    sha256 = models.CharField(_("摘要"), max_length=64)
    file = models.FileField(_("文件"), upload_to=_upload_path, max_length=200)
    enterprise_id = models.BigIntegerField(_("市场主体"), null=True, blank=True)
    uploaded_at = models.DateTimeField(_("上传时间"))
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("上传人")
    )

    objects = UploadQuerySet.as_manager()

    class Meta:
        verbose_name = _("附件")
        verbose_name_plural = _("附件")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(size__gt=0), name="upload_is_not_empty"),
            models.CheckConstraint(condition=models.Q(kind__in=UploadKind.values), name="upload_is_of_a_known_kind"),
        ]
        indexes = [models.Index(fields=["enterprise_id", "-id"], name="uploads_of_an_enterprise")]

    def __str__(self) -> str:
        return self.name


class DocumentKind(models.TextChoices):
    AUTHORIZATION = "SQ", _("授权书")
    CREDIT_REPORT = "BG", _("信用报告")
    CLAIM_SHEET = "BC", _("风险补偿申请表")
    COMMITMENT = "CN", _("信用承诺书")


class IssuedDocumentQuerySet(models.QuerySet["IssuedDocument"]):
    def visible_to(self, user: User) -> "IssuedDocumentQuerySet":
        """One's own, and every one for the auditor; an enterprise's or a bank's are opened by the doors of their subjects."""
        if not user.is_authenticated:
            return self.none()
        return self.all() if user.may(Permission.AUDIT_READ) else self.filter(issued_by=user)


class IssuedDocument(Record):
    """A PDF that the station stands for (文书). Anybody who holds it can ask by its number whether it is genuine."""

    sensitive: ClassVar[frozenset[str]] = frozenset({"title", "file"})

    kind = models.CharField(_("种类"), max_length=4, choices=DocumentKind.choices)
    number = models.CharField(_("文书编号"), max_length=24, unique=True)
    title = models.CharField(_("标题"), max_length=120)
    subject_kind = models.CharField(_("对象类型"), max_length=40)
    subject_id = models.CharField(_("对象编号"), max_length=40)
    enterprise_id = models.BigIntegerField(_("市场主体"), null=True, blank=True)
    template_version = models.CharField(_("模板版本"), max_length=20)
    sha256 = models.CharField(_("摘要"), max_length=64)
    file = models.FileField(_("文件"), max_length=200)
    issued_at = models.DateTimeField(_("出具时间"))
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("出具人")
    )
    valid_until = models.DateField(_("有效期至"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("作废时间"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("作废人"),
    )

    objects = IssuedDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("文书")
        verbose_name_plural = _("文书")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(revoked_at=None, revoked_by=None)
                | models.Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="document_revoked_at_and_by_together",
            ),
        ]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id"], name="documents_of_a_subject"),
            models.Index(fields=["enterprise_id", "-id"], name="documents_of_an_enterprise"),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.number}"
