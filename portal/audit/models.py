"""What happened: appended freely, sealed in blocks a little later, so that nobody waits for a chain."""

from typing import TYPE_CHECKING, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from portal.accounts.roles import Permission
from portal.records import Record, append_only_trigger

if TYPE_CHECKING:
    from portal.accounts.models import User


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def visible_to(self, user: "User") -> "AuditEventQuerySet":
        """The auditor reads all of them, nobody else any."""
        return self if user.may(Permission.AUDIT_READ) else self.none()


class AuditEvent(Record):
    """One thing somebody did. Holds no foreign keys: it must outlive what it speaks of."""

    sensitive: ClassVar[frozenset[str]] = frozenset({"actor_name", "facts", "ip"})
    append_only = True

    id = models.BigAutoField(primary_key=True)
    #: The transaction that wrote the row; the sealer waits until every older one has ended.
    txid = models.BigIntegerField(db_default=RawSQL("(pg_current_xact_id()::text)::bigint", []))
    at = models.DateTimeField(_("时间"))
    verb = models.CharField(_("动作"), max_length=60)
    actor_id = models.BigIntegerField(_("操作人编号"), null=True)
    actor_name = models.CharField(_("操作人"), max_length=60, blank=True)
    subject_kind = models.CharField(_("对象类型"), max_length=40)
    subject_id = models.CharField(_("对象编号"), max_length=40)
    subject_label = models.CharField(_("对象"), max_length=200, blank=True)
    enterprise_id = models.BigIntegerField(_("市场主体"), null=True)
    institution_id = models.BigIntegerField(_("机构"), null=True)
    facts = models.JSONField(_("事实"), default=dict)
    request_id = models.CharField(_("请求编号"), max_length=36, blank=True)
    ip = models.GenericIPAddressField(_("来源地址"), null=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("审计事件")
        verbose_name_plural = _("审计事件")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "id"], name="audit_by_subject"),
            models.Index(fields=["txid", "id"], name="audit_by_transaction"),
            models.Index(fields=["enterprise_id", "-id"], name="audit_by_enterprise"),
        ]
        triggers = [append_only_trigger()]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.verb} {self.subject_label}"


class SealedBlockQuerySet(models.QuerySet["SealedBlock"]):
    def visible_to(self, user: "User") -> "SealedBlockQuerySet":
        return self if user.may(Permission.AUDIT_READ) else self.none()


class SealedBlock(Record):
    """A run of rows of one chain, closed under a digest that includes the digest of the block before."""

    sensitive: ClassVar[frozenset[str]] = frozenset()
    append_only = True

    chain = models.CharField(_("链"), max_length=60)
    number = models.BigIntegerField(_("块号"))
    #: What of a row was sealed, in order: a column that is added later belongs to later blocks.
    columns = ArrayField(models.CharField(max_length=80), default=list)
    #: Rows with (txid, id) after the previous block's end up to and including this one belong to the block.
    last_txid = models.BigIntegerField()
    last_id = models.BigIntegerField()
    rows = models.IntegerField(_("行数"))
    #: Of each row in order its id (8 bytes) and its SM3 digest (32 bytes): a fault can be named, not only noticed.
    content = models.BinaryField()
    previous_digest = models.CharField(_("前块摘要"), max_length=64)
    digest = models.CharField(_("摘要"), max_length=64)
    sealed_at = models.DateTimeField(_("封存时间"))

    objects = SealedBlockQuerySet.as_manager()

    class Meta:
        verbose_name = _("封存块")
        verbose_name_plural = _("封存块")
        ordering = ["chain", "number"]
        constraints = [models.UniqueConstraint(fields=["chain", "number"], name="one_block_per_number")]
        triggers = [append_only_trigger()]

    def __str__(self) -> str:
        return f"{self.chain} #{self.number}"


class AnchorQuerySet(models.QuerySet["Anchor"]):
    def visible_to(self, user: "User") -> "AnchorQuerySet":
        return self if user.may(Permission.AUDIT_READ) else self.none()


class Anchor(Record):
    """The head of a chain as it was put somewhere outside the database (锚定) on a day: once a day, chain and place."""

    sensitive: ClassVar[frozenset[str]] = frozenset()
    append_only = True

    chain = models.CharField(_("链"), max_length=60)
    number = models.BigIntegerField(_("块号"))
    rows = models.BigIntegerField(_("行数"))
    digest = models.CharField(_("摘要"), max_length=64)
    anchored_on = models.DateField(_("锚定日期"))
    anchored_at = models.DateTimeField(_("锚定时间"))
    #: Where it was put: "page" (the public page), "file", "mail", "http".
    place = models.CharField(_("锚定处"), max_length=20)
    #: What the place answered: a path, an address, a receipt.
    receipt = models.CharField(_("回执"), max_length=300, blank=True)

    objects = AnchorQuerySet.as_manager()

    class Meta:
        verbose_name = _("锚点")
        verbose_name_plural = _("锚点")
        ordering = ["-anchored_on", "chain", "place"]
        constraints = [
            models.UniqueConstraint(
                fields=["chain", "anchored_on", "place"], name="one_anchor_per_chain_day_and_place"
            ),
        ]
        triggers = [append_only_trigger()]

    def __str__(self) -> str:
        return f"{self.chain} #{self.number} {self.digest[:12]}"
