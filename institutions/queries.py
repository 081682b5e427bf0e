"""Reads of institutions, their branches and officers."""

from allauth.account.models import EmailAddress
from django.db.models import Count, Q, QuerySet

from institutions.models import Branch, Institution, Officer
from institutions.products.states import VersionState
from portal.accounts.fields import e164
from portal.accounts.models import User


def officers_of(institution: Institution) -> list[Officer]:
    """Who is in post, by branch and length of service."""
    serving = Officer.objects.serving().filter(institution=institution).select_related("user", "branch")
    return list(serving.order_by("branch__name", "pk"))


def branches_of(institution: Institution) -> list[Branch]:
    return list(Branch.objects.filter(institution=institution).order_by("region_code", "pk"))


def person_at(address: str) -> User | None:
    """The active account that has proved to hold this e-mail address or phone number; a typed one proves nothing."""
    people = User.objects.filter(is_active=True).order_by("pk")
    if "@" in address:
        proved = EmailAddress.objects.filter(email__iexact=address.strip(), verified=True)
        return people.filter(pk__in=proved.values("user_id")).first()
    return people.filter(phone=e164(address), phone_verified=True).first()


def admitted(kind: str = "") -> QuerySet[Institution]:
    """The institutions the public may see, with how many products each has on the shelf."""
    rows = Institution.objects.admitted().filter(kind=kind) if kind else Institution.objects.admitted()
    on_shelf = Count("products__versions", filter=Q(products__versions__state=VersionState.LISTED), distinct=True)
    return rows.annotate(products_on_shelf=on_shelf).order_by("kind", "name", "pk")
