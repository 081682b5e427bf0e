"""What changes on an account: its phone number. Passwords, addresses and second factors belong to the sign-in library."""

from datetime import datetime

from django.db import transaction

from portal.accounts.models import User
from portal.audit.actions import record


@transaction.atomic
def keep_phone(*, user: User, phone: str, is_verified: bool, at: datetime) -> None:
    """Attach ``phone`` (E.164) to ``user``.

    A number somebody else typed but never proved to hold is taken from that account: otherwise anyone could block
    a stranger's number for ever.
    """
    holders = User.objects.select_for_update(of=("self",)).filter(phone=phone, phone_verified=False)
    holders.exclude(pk=user.pk).update(phone=None)
    user.phone = phone
    user.phone_verified = is_verified
    user.save(update_fields=["phone", "phone_verified"])
    if is_verified:
        record("phone_verified", user, by=user, at=at)


@transaction.atomic
def agree_to_terms(*, user: User, full_name: str, version: str, at: datetime) -> None:
    """The name given at registration and which version of the terms was agreed to."""
    user.full_name = full_name
    user.save(update_fields=["full_name"])
    record("registered", user, by=user, at=at, facts={"terms": version})
