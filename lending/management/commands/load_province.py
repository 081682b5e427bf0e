"""Load the demonstration: a believable province with two years of lending."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from lending.province import load


class Command(BaseCommand):
    help = "Loads a believable province, deterministic from its seed, into a migrated and empty database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--enterprises", type=int, default=3000)
        parser.add_argument("--seed", type=int, default=640000)
        parser.add_argument("--today", type=date.fromisoformat, help="the day the demonstration takes place (today)")

    def handle(self, *_args: Any, **options: Any) -> None:
        if load.is_loaded():
            self.stdout.write("the province is already loaded")
            return
        if not load.is_empty():
            raise CommandError(
                "the database holds other data, or a load was broken off: start anew with `make demo-reset`"
            )
        load.Loader(
            enterprises=options["enterprises"],
            seed=options["seed"],
            today=options["today"] or timezone.localdate(),
            password=load.demo_password(),
            say=self._say,
        ).run()

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
