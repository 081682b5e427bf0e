"""manage.py anchor_audit: put the heads of the chains to every place now; what the beat does once a day."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from portal.audit import anchoring


class Command(BaseCommand):
    help = "Write the heads of all chains to the places outside the database that have not taken today's yet."

    def handle(self, *args: Any, **options: Any) -> None:
        written = anchoring.journal()
        anchors = anchoring.anchor(day=timezone.localdate(), at=timezone.now())
        for anchor in anchors:
            self.stdout.write(f"{anchor.chain}:{anchor.number}:{anchor.digest} to {anchor.place} {anchor.receipt}")
        self.stdout.write(f"{written} blocks written down, {len(anchors)} anchors put")
