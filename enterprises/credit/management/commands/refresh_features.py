"""The feature rows of all firms, or of some, computed anew from the records in force."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from enterprises.credit import actions
from enterprises.models import Enterprise


class Command(BaseCommand):
    help = "Compute feature rows and size classes anew, for every firm or for the codes given."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("uscc", nargs="*", help="only these firms (统一社会信用代码)")

    def handle(self, *args: Any, **options: Any) -> None:
        begun = time.monotonic()
        codes = options["uscc"]
        ids = list(Enterprise.objects.filter(uscc__in=codes).values_list("pk", flat=True)) if codes else None
        done = actions.refresh_features(enterprise_ids=ids, at=timezone.now())
        self.stdout.write(f"Feature rows of {done} firms in {time.monotonic() - begun:.1f} s.")
