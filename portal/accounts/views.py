"""The account page, and the way into the admin site through the same door as everybody."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode


def account_home(request: HttpRequest) -> HttpResponse:
    """What belongs to one's own account: contacts, password, second factor, sessions."""
    return render(
        request,
        "account/home.html",
        {
            "addresses": EmailAddress.objects.filter(user_id=request.user.pk).order_by("-primary", "pk"),
            "authenticators": Authenticator.objects.filter(user_id=request.user.pk).order_by("pk"),
        },
    )


@login_not_required
def admin_login(request: HttpRequest) -> HttpResponse:
    """The admin site has no sign-in page of its own. Whoever is signed in and may not enter is told so."""
    if request.user.is_authenticated and not request.user.is_staff:
        raise PermissionDenied
    query = urlencode({"next": request.GET.get("next") or reverse("admin:index")})
    return redirect(f"{reverse('account_login')}?{query}")
