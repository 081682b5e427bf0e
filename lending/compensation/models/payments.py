"""Money out: the instalments (分期) of a claim, and the batches in which they are sent to the treasury."""

from typing import ClassVar

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from lending.compensation.models.claims import Claim
from lending.compensation.models.schemes import Fund
from lending.compensation.states import BatchState, PaymentState
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.records import MoneyField, RateField, Record


class BatchQuerySet(models.QuerySet["PaymentBatch"]):
    def visible_to(self, user: User) -> "BatchQuerySet":
        return self if user.may(Permission.LEDGER_READ) else self.none()


@pghistory.track()
class PaymentBatch(Record):
    """A file for the treasury (国库): one officer makes it, another releases it, the return file settles it."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    number = models.CharField(_("批次编号"), max_length=30, unique=True)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="batches", verbose_name=_("资金池"))
    state = models.CharField(_("状态"), max_length=10, choices=BatchState.choices, default=BatchState.PREPARED)
    count = models.PositiveIntegerField(_("笔数"))
    total_amount = MoneyField(_("合计金额（元）"))
    prepared_at = models.DateTimeField(_("制单时间"))
    prepared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("制单人"))
    released_at = models.DateTimeField(_("放行时间"), null=True, blank=True)
    released_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("放行人")
    )
    cancelled_at = models.DateTimeField(_("作废时间"), null=True, blank=True)
    cancelled_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("作废人")
    )
    #: The return file read last: who read it, and its digest.
    returned_at = models.DateTimeField(_("回单读入时间"), null=True, blank=True)
    returned_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("回单读入人")
    )
    return_sha256 = models.CharField(_("回单摘要"), max_length=64, blank=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("拨付批次")
        verbose_name_plural = _("拨付批次")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=BatchState.values), name="a_batch_is_in_a_known_state"),
            models.CheckConstraint(
                condition=models.Q(released_by__isnull=True) | ~models.Q(released_by=models.F("prepared_by")),
                name="nobody_releases_the_batch_they_prepared",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[BatchState.PREPARED, BatchState.CANCELLED])
                | models.Q(released_by__isnull=False, released_at__isnull=False),
                name="a_sent_batch_was_released",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class PaymentQuerySet(models.QuerySet["Payment"]):
    def visible_to(self, user: User) -> "PaymentQuerySet":
        return self.filter(claim__in=Claim.objects.visible_to(user))

    def open(self) -> "PaymentQuerySet":
        return self.exclude(state__in=[PaymentState.PAID, PaymentState.CANCELLED])


@pghistory.track()
class Payment(Record):
    """One instalment of one round of a claim: planned when it is approved, paid once."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="payments", verbose_name=_("补偿申请"))
    round = models.PositiveSmallIntegerField(_("申报轮次"))
    number = models.PositiveSmallIntegerField(_("期次"))
    fraction = RateField(_("比例"))
    amount = MoneyField(_("金额（元）"))
    #: When it falls due, by the code of the scheme's clause, and in words; the first is due at once.
    condition = models.CharField(_("条件代码"), max_length=30, blank=True)
    condition_text = models.CharField(_("拨付条件"), max_length=200, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=PaymentState.choices, default=PaymentState.READY)
    batch = models.ForeignKey(
        PaymentBatch, on_delete=models.PROTECT, null=True, blank=True, related_name="payments", verbose_name=_("批次")
    )
    fail_reason = models.CharField(_("退回原因"), max_length=200, blank=True)
    voucher = models.CharField(_("支付凭证号"), max_length=60, blank=True)
    paid_at = models.DateTimeField(_("支付时间"), null=True, blank=True)
    paid_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("登记人")
    )

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("拨付")
        verbose_name_plural = _("拨付")
        ordering = ["claim", "round", "number"]
        indexes = [models.Index(fields=["state", "id"], name="payments_by_state")]
        constraints = [
            models.UniqueConstraint(fields=["claim", "round", "number"], name="one_payment_per_instalment"),
            models.CheckConstraint(
                condition=models.Q(state__in=PaymentState.values), name="a_payment_is_in_a_known_state"
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="a_payment_pays_something"),
            models.CheckConstraint(
                condition=~models.Q(state__in=[PaymentState.BATCHED, PaymentState.SENT])
                | models.Q(batch__isnull=False),
                name="a_payment_on_its_way_stands_in_a_batch",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=PaymentState.PAID)
                | (models.Q(paid_at__isnull=False) & ~models.Q(voucher="")),
                name="a_payment_made_names_its_voucher",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """By which the treasury's files know it."""
        return f"{self.claim.number}-{self.round}-{self.number}"
