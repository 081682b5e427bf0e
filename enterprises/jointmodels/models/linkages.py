"""Linkage without disclosure (名单比对): a bank learns how many of its customers are here, and later who wishes to be known."""

from typing import ClassVar

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from enterprises.jointmodels.states import InvitationState, LinkageState
from enterprises.models import Enterprise, Member
from institutions.models import Institution, Officer
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.records import Record


class LinkageQuerySet(models.QuerySet["Linkage"]):
    def visible_to(self, user: User) -> "LinkageQuerySet":
        """Access watchers see that lists were compared; officers their institution's."""
        if user.may(Permission.ACCESS_WATCH):
            return self
        return self.filter(institution__in=Officer.objects.serving().filter(user=user).values("institution"))


@pghistory.track(exclude=["secret", "members"])
class Linkage(Record):
    """One comparison: a secret of its own, a list of keyed digests, a size. The secret goes once the list has been counted."""

    sensitive: ClassVar[frozenset[str]] = frozenset({"secret", "members"})

    institution = models.ForeignKey(Institution, verbose_name=_("机构"), on_delete=models.PROTECT, related_name="+")
    title = models.CharField(_("名单说明"), max_length=60)
    #: Hexadecimal; bank and station both derive the key of the digests from it.
    secret = models.CharField(_("比对密码"), max_length=64, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=LinkageState.choices, default=LinkageState.OPENED)
    opened_at = models.DateTimeField(_("发起时间"))
    opened_by = models.ForeignKey(User, verbose_name=_("发起人"), on_delete=models.PROTECT, related_name="+")
    counted_at = models.DateTimeField(_("比对时间"), null=True, blank=True)
    counted_by = models.ForeignKey(
        User, verbose_name=_("上传人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    listed = models.PositiveIntegerField(_("名单户数"), null=True, blank=True)
    #: The overlap as told: with noise, down to the ten; empty below ten.
    told = models.PositiveIntegerField(_("约重合户数"), null=True, blank=True)
    #: The firms of the overlap, kept inside so that a list that differs by a few gets the same answer.
    members = ArrayField(models.BigIntegerField(), default=list)

    objects = LinkageQuerySet.as_manager()

    class Meta:
        verbose_name = _("名单比对")
        verbose_name_plural = _("名单比对")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["institution", "-id"], name="linkages_of_an_institution")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(told=None) | models.Q(told__gte=10), name="an_overlap_told_is_ten"
            ),
            models.CheckConstraint(
                condition=models.Q(state=LinkageState.OPENED) | models.Q(secret=""), name="a_counted_list_has_no_secret"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, user: User) -> "InvitationQuerySet":
        """The firm's members see every one; officers only those whose firm agreed to be known."""
        mine = models.Q(enterprise__in=Member.objects.acting().filter(user=user).values("enterprise"))
        posts = Officer.objects.serving().filter(user=user).values("institution")
        return self.filter(mine | models.Q(institution__in=posts, state=InvitationState.AGREED))


@pghistory.track()
class Invitation(Record):
    """A firm is asked whether it wants to be known to a bank that has it on a list. Silence is no."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    linkage = models.ForeignKey(Linkage, verbose_name=_("名单比对"), on_delete=models.PROTECT, related_name="+")
    institution = models.ForeignKey(Institution, verbose_name=_("机构"), on_delete=models.PROTECT, related_name="+")
    enterprise = models.ForeignKey(Enterprise, verbose_name=_("企业"), on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("状态"), max_length=10, choices=InvitationState.choices, default=InvitationState.ASKED)
    asked_at = models.DateTimeField(_("询问时间"))
    answered_at = models.DateTimeField(_("答复时间"), null=True, blank=True)
    answered_by = models.ForeignKey(
        User, verbose_name=_("答复人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("告知意愿")
        verbose_name_plural = _("告知意愿")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["institution", "enterprise"], name="a_firm_is_asked_once_per_institution"),
        ]

    def __str__(self) -> str:
        return f"{self.institution} {self.enterprise_id}"
