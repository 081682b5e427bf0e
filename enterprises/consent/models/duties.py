"""After a consent has ended: the institution acknowledges it and deletes what it has seen by the end of the data life."""

from datetime import date
from typing import ClassVar

import pghistory
import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from enterprises.consent.models.authorizations import Authorization
from enterprises.consent.states import DutyState
from enterprises.models import Enterprise, Member
from institutions.models import Institution
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.records import Record


class DeletionDutyQuerySet(models.QuerySet["DeletionDuty"]):
    def visible_to(self, user: User) -> "DeletionDutyQuerySet":
        """The firm's members see the firm's; officers those of their institution; access watchers those of their regions."""
        if user.may(Permission.ACCESS_WATCH):
            return self.filter(enterprise__in=Enterprise.objects.of_areas(user.areas_of(Permission.ACCESS_WATCH)))
        mine = models.Q(enterprise__in=Member.objects.acting().filter(user=user).values("enterprise"))
        ours = models.Q(institution__officers__user_id=user.pk, institution__officers__ended_at=None)
        return self.filter(mine | ours).distinct()


@pghistory.track()
class DeletionDuty(Record):
    """What an institution owes once a consent to it has ended (删除义务)."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    authorization = models.OneToOneField(
        Authorization, verbose_name=_("授权"), on_delete=models.PROTECT, related_name="duty"
    )
    enterprise = models.ForeignKey(Enterprise, verbose_name=_("企业"), on_delete=models.PROTECT, related_name="+")
    institution = models.ForeignKey(Institution, verbose_name=_("机构"), on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("状态"), max_length=12, choices=DutyState.choices, default=DutyState.PENDING)
    raised_at = models.DateTimeField(_("产生时间"))
    acknowledge_due_on = models.DateField(_("确认期限"))
    delete_due_on = models.DateField(_("删除期限"))
    acknowledged_at = models.DateTimeField(_("确认时间"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        User, verbose_name=_("确认人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    deleted_at = models.DateTimeField(_("删除确认时间"), null=True, blank=True)
    deleted_by = models.ForeignKey(
        User, verbose_name=_("删除确认人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    #: What was deleted and how, in the institution's words; the firm reads it.
    statement = models.CharField(_("删除说明"), max_length=300, blank=True)

    #: Set by a page for the day it is shown.
    is_late = False

    objects = DeletionDutyQuerySet.as_manager()

    class Meta:
        verbose_name = _("删除义务")
        verbose_name_plural = _("删除义务")
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["institution", "delete_due_on"],
                condition=~models.Q(state=DutyState.DELETED),
                name="open_duties_of_a_bank",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state=DutyState.PENDING, acknowledged_at=None)
                | models.Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="an_acknowledged_duty_says_by_whom",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=DutyState.DELETED)
                | (models.Q(deleted_at__isnull=False, deleted_by__isnull=False) & ~models.Q(statement="")),
                name="a_deletion_is_stated_by_somebody",
            ),
            models.CheckConstraint(condition=models.Q(state__in=DutyState.values), name="duty_has_a_known_state"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def is_overdue_on(self, day: date) -> bool:
        is_unanswered = self.state == DutyState.PENDING and self.acknowledge_due_on < day
        return is_unanswered or (self.state != DutyState.DELETED and self.delete_due_on < day)

    def __str__(self) -> str:
        return str(_("删除义务 %(number)s") % {"number": self.pk})
