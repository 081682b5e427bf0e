"""Recoveries (追偿): what came back after a pay-out, and how it was shared."""

from datetime import date
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from lending.compensation.models.claims import Claim
from lending.compensation.states import RecoveryKind
from portal.accounts.models import User
from portal.records import MoneyField, Record


class RecoveryQuerySet(models.QuerySet["Recovery"]):
    def visible_to(self, user: User) -> "RecoveryQuerySet":
        return self.filter(claim__in=Claim.objects.visible_to(user))

    def outstanding(self) -> "RecoveryQuerySet":
        """Whose fund's part has not come yet."""
        return self.filter(received_at=None, fund_amount__gt=0)

    def overdue(self, day: date) -> "RecoveryQuerySet":
        """Whose fund's part should have come before ``day``."""
        return self.outstanding().filter(remit_by__lt=day)


class Recovery(Record):
    """Money that came back after a pay-out: costs off first, then shared as the loss was. The bank remits the fund's part.

    A repurchase (回购) and a clawback (收回补偿) come from the bank itself: all of it is the fund's.
    """

    sensitive: ClassVar[frozenset[str]] = frozenset()

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="recoveries", verbose_name=_("补偿申请"))
    kind = models.CharField(_("类型"), max_length=10, choices=RecoveryKind.choices, default=RecoveryKind.RECOVERY)
    reference = models.CharField(_("追偿流水号"), max_length=60)
    recovered_on = models.DateField(_("追回日期"))
    gross_amount = MoneyField(_("追回总额（元）"))
    #: What the bank spent, and how much of it the scheme lets off before sharing.
    spent_amount = MoneyField(_("申报费用（元）"), default=0)
    cost_amount = MoneyField(_("实现债权费用（元）"))
    fund_amount = MoneyField(_("返还资金池（元）"))
    bank_amount = MoneyField(_("银行留存（元）"))
    other_amount = MoneyField(_("其他方应得（元）"), default=0)
    shares = models.JSONField(_("分配明细"), default=list)
    remit_by = models.DateField(_("应缴回日期"))
    reported_at = models.DateTimeField(_("登记时间"))
    reported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("登记人"))
    received_at = models.DateTimeField(_("到账时间"), null=True, blank=True)
    received_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("到账确认人")
    )
    receipt_note = models.CharField(_("到账凭证"), max_length=300, blank=True)
    #: For every day after ``remit_by``, as the scheme says; known when the money comes.
    interest_amount = MoneyField(_("逾期缴回利息（元）"), default=0)
    chased_on = models.DateField(_("最近催缴日"), null=True, blank=True)

    objects = RecoveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("追偿")
        verbose_name_plural = _("追偿")
        ordering = ["claim", "pk"]
        indexes = [
            models.Index(
                fields=["remit_by"],
                condition=models.Q(received_at__isnull=True, fund_amount__gt=0),
                name="recoveries_to_come",
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["claim", "reference"], name="one_recovery_per_reference"),
            models.CheckConstraint(
                condition=models.Q(
                    gross_amount__gt=0,
                    cost_amount__gte=0,
                    fund_amount__gte=0,
                    bank_amount__gte=0,
                    other_amount__gte=0,
                    gross_amount=models.F("cost_amount")
                    + models.F("fund_amount")
                    + models.F("bank_amount")
                    + models.F("other_amount"),
                ),
                name="a_recovery_is_shared_to_the_fen",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=RecoveryKind.values), name="a_recovery_is_of_a_known_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(kind=RecoveryKind.RECOVERY) | models.Q(fund_amount=models.F("gross_amount")),
                name="what_the_bank_gives_back_is_the_funds",
            ),
            models.CheckConstraint(condition=models.Q(interest_amount__gte=0), name="late_interest_is_not_negative"),
        ]

    def __str__(self) -> str:
        return self.reference
