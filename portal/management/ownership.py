"""The two database roles: a lesser one serves, the owner migrates and grants."""

from collections.abc import Iterator
from contextlib import contextmanager

import environ
from django.conf import settings
from django.db import connection

WHO_AND_WHERE = ("USER", "PASSWORD", "HOST", "PORT", "OPTIONS")


def serving_role() -> str:
    """The role by which the site connects."""
    return str(settings.DATABASES["default"]["USER"])


@contextmanager
def as_owner() -> Iterator[None]:
    """Connect as the owner of `DATABASE_OWNER_URL` for a while, to the same database as before."""
    owner = environ.Env.db_url_config(settings.DATABASE_OWNER_URL)
    if owner["USER"] == connection.settings_dict["USER"]:
        yield
        return
    before = {key: connection.settings_dict[key] for key in WHO_AND_WHERE}
    connection.close()
    connection.settings_dict.update({key: owner.get(key, before[key]) for key in WHO_AND_WHERE})
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)
