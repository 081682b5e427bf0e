"""The 37 items of the catalogue, the departments and the sources, as rows."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from enterprises.credit import actions
from enterprises.credit.models import Item, Source


class Command(BaseCommand):
    help = "Load the catalogue of credit information: departments, sources, items and their field schemas. Repeatable."

    def handle(self, *args: Any, **options: Any) -> None:
        new = actions.load_catalogue(by=None, at=timezone.now())
        self.stdout.write(f"{Item.objects.count()} items ({len(new)} new), {Source.objects.count()} sources.")
