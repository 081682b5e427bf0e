"""What a consent may ask for at most (合理使用上限): rows that staff edit, of which the more specific wins."""

from typing import ClassVar

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from enterprises.consent.models.authorizations import FetchKind, FrequencyUnit, LifeUnit, Mode, Purpose
from institutions.models import Institution
from portal.records import Record


@pghistory.track()
class FairUse(Record):
    """One row of bounds. An empty key field stands for everything; an empty bound leaves it to a less specific row."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    purpose = models.ForeignKey(
        Purpose, verbose_name=_("用途"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    institution = models.ForeignKey(
        Institution, verbose_name=_("机构"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    fetch_kind = models.CharField(_("查询方式"), max_length=10, choices=FetchKind.choices, blank=True)
    item_code = models.CharField(_("信息项"), max_length=30, blank=True)

    max_days = models.PositiveIntegerField(_("最长授权天数"), null=True, blank=True)
    max_uses = models.PositiveIntegerField(_("每周期最多查询次数"), null=True, blank=True)
    uses_unit = models.CharField(_("次数周期"), max_length=5, choices=FrequencyUnit.choices, blank=True)
    max_data_months = models.PositiveIntegerField(_("数据跨度上限（月）"), null=True, blank=True)
    max_data_life = models.PositiveIntegerField(_("数据留存上限"), null=True, blank=True)
    data_life_unit = models.CharField(_("留存期单位"), max_length=5, choices=LifeUnit.choices, blank=True)
    max_mode = models.CharField(_("最大使用方式"), max_length=10, choices=Mode.choices, blank=True)

    class Meta:
        verbose_name = _("合理使用上限")
        verbose_name_plural = _("合理使用上限")
        ordering = ["purpose", "institution", "fetch_kind", "item_code", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "institution", "fetch_kind", "item_code"],
                nulls_distinct=False,
                name="one_row_of_bounds_per_key",
                violation_error_message=_("这种用途、机构、方式和信息项的上限已经有一行，请修改那一行。"),
            ),
            models.CheckConstraint(
                condition=(models.Q(max_uses=None) & models.Q(uses_unit=""))
                | (models.Q(max_uses__gte=1) & ~models.Q(uses_unit="")),
                name="bounded_uses_have_a_unit",
                violation_error_message=_("查询次数和次数周期要一起填写，次数至少为 1。"),
            ),
            models.CheckConstraint(
                condition=(models.Q(max_data_life=None) & models.Q(data_life_unit=""))
                | (models.Q(max_data_life__gte=1) & ~models.Q(data_life_unit="")),
                name="bounded_data_life_has_a_unit",
                violation_error_message=_("留存上限和留存期单位要一起填写，至少为 1。"),
            ),
            models.CheckConstraint(
                condition=(models.Q(max_days=None) | models.Q(max_days__gte=1))
                & (models.Q(max_data_months=None) | models.Q(max_data_months__gte=1)),
                name="bounds_are_at_least_one",
                violation_error_message=_("上限至少为 1。"),
            ),
            models.CheckConstraint(
                condition=models.Q(max_days__isnull=False)
                | models.Q(max_uses__isnull=False)
                | models.Q(max_data_months__isnull=False)
                | models.Q(max_data_life__isnull=False)
                | ~models.Q(max_mode=""),
                name="a_row_of_bounds_bounds_something",
                violation_error_message=_("请至少填写一项上限。"),
            ),
        ]

    def __str__(self) -> str:
        key = [str(self.purpose or ""), str(self.institution or ""), str(self.get_fetch_kind_display()), self.item_code]
        return " · ".join(part for part in key if part) or str(_("全部"))
