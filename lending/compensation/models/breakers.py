"""Breakers (熔断) that have tripped: since when, whom they hold, and what two persons lifted."""

from typing import ClassVar

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from institutions.models import Institution
from lending.compensation.models.schemes import Scheme
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.records import Record


class BreakerTripQuerySet(models.QuerySet["BreakerTrip"]):
    def visible_to(self, user: User) -> "BreakerTripQuerySet":
        return self if user.may(Permission.LEDGER_READ) else self.none()

    def standing(self) -> "BreakerTripQuerySet":
        """Those that have not come back."""
        return self.filter(reset_at=None)


@pghistory.track()
class BreakerTrip(Record):
    """One breaker of a scheme that tripped for one bank, or for the fund. Lifting it takes one who asks and one who agrees."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="trips", verbose_name=_("补偿方案"))
    clause_number = models.CharField(_("条款"), max_length=30)
    scope = models.CharField(_("范围"), max_length=12)
    institution = models.ForeignKey(
        Institution, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("银行")
    )
    sentence = models.CharField(_("触发情形"), max_length=300)
    tripped_at = models.DateTimeField(_("触发时间"))
    reset_at = models.DateTimeField(_("恢复时间"), null=True, blank=True)
    asked_at = models.DateTimeField(_("申请解除时间"), null=True, blank=True)
    asked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("申请解除人")
    )
    reason = models.CharField(_("解除理由"), max_length=300, blank=True)
    lifted_at = models.DateTimeField(_("批准解除时间"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("批准解除人")
    )

    objects = BreakerTripQuerySet.as_manager()

    class Meta:
        verbose_name = _("熔断")
        verbose_name_plural = _("熔断")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "clause_number", "institution"],
                condition=models.Q(reset_at=None),
                nulls_distinct=False,
                name="a_breaker_trips_once_until_it_resets",
            ),
            models.CheckConstraint(
                condition=models.Q(lifted_by__isnull=True)
                | (models.Q(asked_by__isnull=False) & ~models.Q(lifted_by=models.F("asked_by")) & ~models.Q(reason="")),
                name="a_breaker_is_lifted_by_two_persons",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {self.clause_number}"

    @property
    def is_lifted(self) -> bool:
        return self.lifted_by_id is not None
