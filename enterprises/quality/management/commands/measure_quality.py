"""``manage.py measure_quality --on DAY``: write the figures of the quality board (数据质量) for one day, yesterday by default."""

from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from enterprises.quality import actions


class Command(BaseCommand):
    help = "Measure the data of one day: coverage, completeness, timeliness, rejects, duplicates and conflicts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=date.fromisoformat, help="the day, as 2026-11-20; yesterday by default")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        day = options["on"] or timezone.localdate(now) - timedelta(days=1)
        if day > timezone.localdate(now):
            raise CommandError(f"{day} has not come yet.")
        written = actions.measure(on=day, by=None, at=now)
        rung, silenced = actions.watch(on=timezone.localdate(now), at=now)
        self.stdout.write(f"{day}: {written} rows; {rung} alarms rung, {silenced} silenced.")
