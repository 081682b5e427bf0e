"""Where a person begins: the first page of the audience they belong to."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from enterprises.models import Member
from institutions.models import Officer


def after_login(request: HttpRequest) -> HttpResponse:
    """Staff to the admin site, officers to the bank desk, members to their firm, everybody else to bind a firm."""
    user = request.user
    if user.is_staff:
        return redirect("/admin/")
    if Officer.objects.serving().filter(user_id=user.pk).exists():
        return redirect("/bank/")
    if Member.objects.acting().filter(user_id=user.pk).exists():
        return redirect("/enterprise/")
    return redirect("/enterprise/bind/")
