"""`manage.py load_schemes`: the funds and schemes that come with the station. Running it again changes nothing."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from lending.compensation import actions


class Command(BaseCommand):
    help = "Load the built-in compensation funds and schemes (idempotent)."

    def handle(self, *args: Any, **options: Any) -> None:
        for scheme in actions.load_schemes(by=None, at=timezone.now()):
            self.stdout.write(f"{scheme.code} v{scheme.version}: {len(scheme.clauses)} clauses")
