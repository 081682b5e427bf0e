"""Where sources disagree on one fact (数据冲突), and what staff have decided about it."""

from typing import ClassVar

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from enterprises.credit.models.catalogue import Item, Source
from enterprises.credit.states import ConflictState
from enterprises.models import Enterprise
from portal import regions
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.records import Record


class Settlement(models.TextChoices):
    PRECEDENCE = "precedence", _("按来源优先级采用")
    CHOICE = "choice", _("指定采用来源")
    RETURNED = "returned", _("退回有关单位核实")


class ConflictQuerySet(models.QuerySet["Conflict"]):
    def standing(self) -> "ConflictQuerySet":
        """Those whose sources have said nothing new since."""
        return self.filter(ended_at=None)

    def visible_to(self, user: User) -> "ConflictQuerySet":
        """Those about the firms of one's regions."""
        if not user.may(Permission.RECORDS_READ):
            return self.none()
        areas = user.areas_of(Permission.RECORDS_READ)
        if regions.PROVINCE in areas:
            return self
        return self.filter(enterprise_id__in=Enterprise.objects.of_areas(areas).values("pk"))


@pghistory.track()
class Conflict(Record):
    """Two or more sources hold different contents under one natural key. Found when a batch is accepted.

    It stands until one of its sources says something new; a decision stands as long, and no longer.
    """

    sensitive: ClassVar[frozenset[str]] = frozenset({"natural_key"})

    item = models.ForeignKey(Item, verbose_name=_("信息项"), on_delete=models.PROTECT, related_name="+")
    enterprise_id = models.BigIntegerField(_("市场主体"))
    natural_key = models.TextField()
    #: The sources that hold the fact, the one that goes before first, and the fields on which another differs from it.
    source_ids = ArrayField(models.BigIntegerField())
    fields = ArrayField(models.CharField(max_length=40), verbose_name=_("不一致的字段"))
    found_at = models.DateTimeField(_("发现时间"))
    state = models.CharField(_("状态"), max_length=10, choices=ConflictState.choices, default=ConflictState.DISPUTED)
    settlement = models.CharField(_("处理方式"), max_length=10, choices=Settlement.choices, blank=True)
    chosen_source = models.ForeignKey(
        Source, verbose_name=_("采用来源"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(_("处理理由"), max_length=300, blank=True)
    settled_at = models.DateTimeField(_("处理时间"), null=True, blank=True)
    settled_by = models.ForeignKey(
        User, verbose_name=_("处理人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(_("消除时间"), null=True, blank=True)

    objects = ConflictQuerySet.as_manager()

    class Meta:
        verbose_name = _("数据冲突")
        verbose_name_plural = _("数据冲突")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["enterprise_id"], name="conflicts_of_a_firm")]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "natural_key"], condition=models.Q(ended_at=None), name="one_standing_conflict_per_fact"
            ),
            models.CheckConstraint(
                condition=models.Q(state=ConflictState.DISPUTED, settlement="", reason="", settled_at=None)
                | models.Q(state=ConflictState.SETTLED, settlement__in=Settlement.values, settled_at__isnull=False)
                & ~models.Q(reason=""),
                name="a_settled_conflict_says_how_and_why",
            ),
            models.CheckConstraint(
                condition=models.Q(settlement=Settlement.CHOICE, chosen_source__isnull=False)
                | ~models.Q(settlement=Settlement.CHOICE) & models.Q(chosen_source=None),
                name="a_choice_names_its_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} #{self.pk}"
