"""Reads of the registry, of claims to represent a firm, and of its people."""

from datetime import datetime

from django.utils import timezone

from enterprises.models import Enterprise, Invitation, Member, ProofMethod, Representation
from enterprises.states import RepresentationState
from portal.accounts.models import User
from portal.identifiers import normalise_uscc


def firm_by_code(uscc: str) -> Enterprise | None:
    """The firm a person asks for by its code. Registry facts are public, so no membership is needed to find one."""
    return Enterprise.objects.filter(uscc=normalise_uscc(uscc)).first()


def failed_comparisons(user: User, at: datetime) -> int:
    """How often the registry has contradicted ``user`` on the day of ``at``, whatever the firm."""
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    return Representation.objects.filter(
        user=user, method=ProofMethod.REGISTRY, state=RepresentationState.REFUSED, filed_at__gte=midnight
    ).count()


def claims_of(user: User) -> list[Representation]:
    """A person's last claims, for the page where they are made."""
    return list(Representation.objects.filter(user=user).select_related("enterprise").order_by("-pk")[:5])


def people_of(enterprise: Enterprise) -> list[Member]:
    return list(Member.objects.acting().filter(enterprise=enterprise).select_related("user").order_by("pk"))


def firms_of(user: User) -> list[Member]:
    """The memberships under which a person may act."""
    return list(Member.objects.acting().filter(user=user).select_related("enterprise").order_by("pk"))


def open_invitations(enterprise: Enterprise, at: datetime) -> list[Invitation]:
    waiting = Invitation.objects.open().filter(enterprise=enterprise, expires_at__gt=at)
    return list(waiting.select_related("invited_by").order_by("-pk"))
