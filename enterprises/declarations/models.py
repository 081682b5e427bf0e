"""What a firm states of itself (自愿填报), with the commitment (信用承诺) it signed each time."""

from typing import ClassVar

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from enterprises.credit.models import Batch, Item
from enterprises.models import Enterprise
from portal.accounts.models import User
from portal.accounts.roles import EnterpriseRole
from portal.records import Record


class DeclarationQuerySet(models.QuerySet["Declaration"]):
    def visible_to(self, user: User) -> "DeclarationQuerySet":
        """Those of the firms one is a member of."""
        return self.filter(enterprise__members__user_id=user.pk, enterprise__members__ended_at=None)


@pghistory.track()
class Declaration(Record):
    """One fact as one person signed it for one firm. Never changed: a correction is a new one that names the old.

    It becomes a record of the source 企业自愿填报 through a batch of one row, judged like any other: what has become of it is
    the state of that batch, and of the record it brought.
    """

    sensitive: ClassVar[frozenset[str]] = frozenset({"cells", "signature"})

    enterprise = models.ForeignKey(Enterprise, verbose_name=_("市场主体"), on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, verbose_name=_("信息项"), on_delete=models.PROTECT, related_name="+")
    #: As typed, by field.
    cells = models.JSONField(_("填报内容"))
    corrects = models.OneToOneField(
        "self", verbose_name=_("更正"), on_delete=models.PROTECT, null=True, blank=True, related_name="corrected_by"
    )
    commitment_version = models.CharField(_("承诺书版本"), max_length=20)
    commitment = models.TextField(_("承诺内容"))
    submission_key = models.UUIDField(unique=True)
    digest = models.CharField(_("摘要"), max_length=64)
    signature = models.TextField(_("签名"))
    signature_scheme = models.CharField(_("签名方式"), max_length=60)
    signer_role = models.CharField(_("签署身份"), max_length=20, choices=EnterpriseRole.choices)
    signed_at = models.DateTimeField(_("签署时间"))
    signed_by = models.ForeignKey(User, verbose_name=_("签署人"), on_delete=models.PROTECT, related_name="+")
    batch = models.OneToOneField(Batch, verbose_name=_("报送批次"), on_delete=models.PROTECT, related_name="+")
    withdrawal = models.OneToOneField(
        Batch, verbose_name=_("撤回批次"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        User, verbose_name=_("撤回人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = DeclarationQuerySet.as_manager()

    class Meta:
        verbose_name = _("自愿填报")
        verbose_name_plural = _("自愿填报")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["enterprise", "-id"], name="declarations_of_a_firm")]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(digest="") & ~models.Q(signature=""), name="a_declaration_is_signed"
            ),
            models.CheckConstraint(
                condition=models.Q(withdrawal=None, withdrawn_at=None, withdrawn_by=None)
                | models.Q(withdrawal__isnull=False, withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="a_withdrawn_declaration_says_when_and_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} #{self.pk}"
