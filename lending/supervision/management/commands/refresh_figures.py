"""Count the figures of supervision anew."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from lending.supervision import actions, queries


class Command(BaseCommand):
    help = "Counts the daily figures anew: the days touched since the last count, or with --all every day."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="every day since the first need")

    def handle(self, *_args: Any, **options: Any) -> None:
        now = timezone.now()
        today = timezone.localdate(now)
        days = queries.all_days(until=today) if options["all"] else queries.days_waiting(at=now)
        rows = actions.refresh(days=days, at=now)
        actions.publish(as_of=today, at=now)
        self.stdout.write(f"{len(days)} days counted, {rows} rows")
