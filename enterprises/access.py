"""The door of every page a firm can open: who is asking, for which firm, and may they."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from enterprises.models import Member
from portal.accounts.models import User
from portal.accounts.roles import Permission

P = ParamSpec("P")

#: Which firm a person with several acts for; set by the page that switches firms.
SESSION_KEY = "acting_member"


class MemberRequest(HttpRequest):
    """A request by a member of a firm."""

    user: User
    member: Member


def acting_member(request: HttpRequest) -> Member | None:
    """The membership the person acts under: the one chosen in this session, otherwise the first."""
    person = cast(User, request.user)
    memberships = Member.objects.acting().select_related("enterprise", "user").filter(user=person)
    chosen = request.session.get(SESSION_KEY)
    return (memberships.filter(pk=chosen).first() if chosen else None) or memberships.order_by("pk").first()


def member_required(
    permission: Permission = Permission.ENTERPRISE_VIEW,
) -> Callable[
    [Callable[Concatenate[MemberRequest, P], HttpResponseBase]], Callable[Concatenate[HttpRequest, P], HttpResponseBase]
]:
    """Let only members whose role carries ``permission`` pass; somebody without a firm is led to bind one."""

    def decorate(
        view: Callable[Concatenate[MemberRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def door(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            member = acting_member(request)
            if member is None:
                return redirect("enterprise_bind")
            if not member.may(permission):
                raise PermissionDenied(_("您在本企业的身份没有这项权限，请联系法定代表人调整。"))
            asked = cast(MemberRequest, request)
            asked.member = member
            return view(asked, *args, **kwargs)

        return door

    return decorate
