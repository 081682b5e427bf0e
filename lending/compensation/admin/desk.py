"""What every page of the finance desk needs."""

from decimal import Decimal

from django.http import Http404, HttpRequest

from portal import figures
from portal.accounts.models import User


def money(amount: Decimal) -> str:
    written = figures.money(amount)
    return f"{written.figure} {written.unit}"


def staff(request: HttpRequest) -> User:
    """Whoever passed the admin site's door."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user
