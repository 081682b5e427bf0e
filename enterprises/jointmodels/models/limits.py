"""The bounds of this room, as rows that staff edit."""

from typing import ClassVar

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.records import Record


@pghistory.track()
class Limit(Record):
    """One bound (审核阈值): of a model's review, or of how often and how finely lists may be compared."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    code = models.CharField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    value = models.DecimalField(_("阈值"), max_digits=14, decimal_places=4)
    note = models.CharField(_("说明"), max_length=200)
    sequence = models.PositiveSmallIntegerField(_("序号"))

    class Meta:
        verbose_name = _("安全阈值")
        verbose_name_plural = _("安全阈值")
        ordering = ["sequence", "pk"]
        constraints = [models.CheckConstraint(condition=models.Q(value__gt=0), name="a_limit_is_above_zero")]

    def __str__(self) -> str:
        return self.name
