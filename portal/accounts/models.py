"""People who sign in. What they may do comes from their posts: members, officers (rooms above) and staff posts here."""

from functools import cached_property
from typing import ClassVar

import pghistory
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal import regions
from portal.accounts.roles import Permission, StaffRole, allows
from portal.records import Record
from portal.sealed_fields import Index, SealedCharField


class User(AbstractUser):
    """One person, one account; the same person may act for several enterprises."""

    sensitive: ClassVar[frozenset[str]] = frozenset({"username", "email", "phone", "full_name"})

    full_name = models.CharField(_("姓名"), max_length=50, blank=True)
    #: Sealed at rest; unique and found by its blind index.
    phone = SealedCharField(_("手机号"), max_length=20, null=True, blank=True, purpose="accounts_user.phone")
    phone_verified = models.BooleanField(_("手机号已验证"), default=False)

    class Meta:
        verbose_name = _("用户")
        verbose_name_plural = _("用户")
        constraints = [models.UniqueConstraint(Index("phone"), name="one_person_per_phone_number")]

    def __str__(self) -> str:
        return self.full_name or self.username

    def get_full_name(self) -> str:
        return self.full_name

    @cached_property
    def staff_posts(self) -> "list[StaffPost]":
        """The government posts in force, read once per request."""
        return list(self.posts.filter(ended_at=None).order_by("pk")) if self.is_staff and self.is_active else []

    def may(self, permission: Permission) -> bool:
        """Whether any government post in force carries ``permission``.

        Enterprise and bank permissions are asked of the member or the officer.
        """
        return any(allows(post.role, permission) for post in self.staff_posts)

    def areas_of(self, permission: Permission) -> frozenset[str]:
        """Where this person may do it: the regions of the posts that carry ``permission``, not of the others.

        The province's code covers all.
        """
        return frozenset(post.region_code for post in self.staff_posts if allows(post.role, permission))


@pghistory.track()
class StaffPost(Record):
    """A government post: a role in a region, held by one person from one moment to another."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="posts", verbose_name=_("人员"))
    role = models.CharField(_("岗位"), max_length=30, choices=StaffRole.choices)
    region_code = models.CharField(_("负责区域"), max_length=12, default=regions.PROVINCE)
    department = models.CharField(_("部门"), max_length=100)
    started_at = models.DateTimeField(_("任职时间"))
    ended_at = models.DateTimeField(_("离任时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("政府岗位")
        verbose_name_plural = _("政府岗位")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "region_code"],
                condition=models.Q(ended_at=None),
                name="one_post_of_a_kind_per_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()}"
