"""manage.py load_scorecards: the cards that come with the station, put in force."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from enterprises.evaluation import actions


class Command(BaseCommand):
    help = "Load and enforce the scorecards that come with the station; known ones are left alone."

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = actions.load_scorecards(by=None, at=timezone.now())
        self.stdout.write(f"{len(loaded)} scorecards loaded: {', '.join(str(card) for card in loaded) or 'all known'}")
