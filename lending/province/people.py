"""Accounts of the demonstration: government staff and officers by name, firms' people by their phone.

There is no action that makes an account for somebody else (people register themselves), so that this loader writes the rows.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Any, Final

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction

from lending.province.firms import Firm, facts
from portal.accounts.models import StaffPost, User
from portal.audit.actions import record

#: A top-level domain that leads nowhere (RFC 2606).
MAIL: Final = "station.example"


class People:
    """Makes accounts that share one password, hashed once; names come from the seed."""

    def __init__(self, password: str, rng: Random) -> None:
        self.hashed = make_password(password)
        self.words: dict[str, Any] = facts("words")
        self.rng = rng
        self.count = 0

    def name(self) -> str:
        parts = (self.words["surnames"], self.words["given_first"], self.words["given_second"])
        return "".join(self.rng.choice(letters) for letters in parts)

    def make(self, username: str, *, is_staff: bool = False, name: str = "", phone: str = "", at: datetime) -> User:
        """An account with a verified phone number and e-mail address."""
        self.count += 1
        return User(
            username=username,
            password=self.hashed,
            full_name=name or self.name(),
            email=f"{username}@{MAIL}",
            phone=f"+86{phone or f'1910000{self.count:04d}'}",
            phone_verified=True,
            is_staff=is_staff,
            date_joined=at,
        )


def enter(users: Sequence[User]) -> None:
    """Write the accounts with their addresses."""
    User.objects.bulk_create(users)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users
    )


@transaction.atomic
def make_staff(people: People, *, at: datetime) -> dict[str, User]:
    """Government staff: every role for the province, some for a city or 宁东."""
    posts: list[dict[str, str]] = facts("staff")
    users = {post["username"]: people.make(post["username"], is_staff=True, at=at) for post in posts}
    enter(list(users.values()))
    for post in posts:
        user = users[post["username"]]
        given = StaffPost.objects.create(
            user=user,
            role=post["role"],
            region_code=post["region_code"],
            department=post["department"],
            started_at=at,
        )
        record("staff_post.start", given, by=None, at=at, facts={"role": post["role"], "region": post["region_code"]})
    return users


def make_owners(people: People, firms: Sequence[Firm], *, first: str, at: datetime) -> dict[str, User]:
    """An account for the legal representative of each of ``firms``, by uscc; that of the first one is called ``first``."""
    users = {
        firm.uscc: people.make(f"firm{firm.number:04d}" if place else first, name=firm.person, phone=firm.phone, at=at)
        for place, firm in enumerate(firms)
    }
    enter(list(users.values()))
    return users
