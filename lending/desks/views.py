"""Where a person begins: the first page of the audience they belong to."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from enterprises.access import acting_member
from institutions.access import officer_of
from portal.accounts.models import User


def after_login(request: HttpRequest) -> HttpResponse:
    """Staff to the admin site, officers to the bank desk, members to their firm, everybody else to bind a firm."""
    user = cast(User, request.user)
    if user.is_staff:
        return redirect("/admin/")
    if officer_of(user):
        return redirect("/bank/")
    return redirect("/enterprise/" if acting_member(request) else "/enterprise/bind/")
