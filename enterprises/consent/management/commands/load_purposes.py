"""manage.py load_purposes: why data may be looked at, with the bounds of each purpose."""

from typing import Any

from django.core.management.base import BaseCommand

from enterprises.consent import actions


class Command(BaseCommand):
    help = "Load the purposes of authorizations; known ones keep the bounds that staff have set."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{actions.load_purposes()} purposes loaded")
