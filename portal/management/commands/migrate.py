"""Django's own migrate, run by the owner of the tables, who then gives the serving role its rights on what is new."""

from typing import Any

from django.core.management.commands.migrate import Command as Migrate
from django.db import connection

from portal.management.commands.grant_roles import grant
from portal.management.ownership import as_owner, serving_role


class Command(Migrate):
    def handle(self, *args: Any, **options: Any) -> None:
        role = serving_role()
        with as_owner():
            super().handle(*args, **options)
            changes_nothing = options["check_unapplied"] or options["plan"] or options["prune"]
            if role != connection.settings_dict["USER"] and not changes_nothing:
                grant(role)
