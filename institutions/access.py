"""The door of every page a bank can open: who is asking, for which institution, and may they."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from institutions.models import Officer
from portal.accounts.models import User
from portal.accounts.roles import Permission

P = ParamSpec("P")


class OfficerRequest(HttpRequest):
    """A request by an officer in post."""

    user: User
    officer: Officer


def officer_of(user: User) -> Officer | None:
    """The post in force of ``user``, if any."""
    return Officer.objects.serving().select_related("institution", "branch", "user").filter(user_id=user.pk).first()


def officer_required(
    permission: Permission = Permission.INSTITUTION_VIEW,
) -> Callable[
    [Callable[Concatenate[OfficerRequest, P], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, P], HttpResponseBase],
]:
    """Let only officers in post whose role carries ``permission`` pass; the view finds the post in ``request.officer``."""

    def decorate(
        view: Callable[Concatenate[OfficerRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def door(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            officer = officer_of(cast(User, request.user))
            if officer is None or not officer.may(permission):
                raise PermissionDenied(_("此页面仅供本机构有相应岗位的人员使用，请联系机构管理员。"))
            asked = cast(OfficerRequest, request)
            asked.officer = officer
            return view(asked, *args, **kwargs)

        return door

    return decorate
