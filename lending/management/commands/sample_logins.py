"""Print whom to log in as: role, login, what to try first."""

import unicodedata
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lending.province import load


class Command(BaseCommand):
    help = "Prints the sample logins of the demonstration and their common password."

    def handle(self, *_args: Any, **_options: Any) -> None:
        rows = load.kept_logins()
        if not rows:
            raise CommandError("no sample logins here: load the demonstration with `manage.py load_province`")
        for row in rows:
            self.stdout.write(f"  {_padded(row.role, 20)}{row.username:<16}{row.first}")
        self.stdout.write(f"  password of all: {load.demo_password()}")


def _padded(text: str, columns: int) -> str:
    """Chinese characters are two columns wide in a terminal."""
    width = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
    return text + " " * (columns - width)
