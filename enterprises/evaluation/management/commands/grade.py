"""manage.py grade [--kind base] [--enterprise USCC …]: grade all firms, or some."""

from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from enterprises.evaluation import actions
from enterprises.evaluation.models import GradeKind
from enterprises.models import Enterprise


class Command(BaseCommand):
    help = "Grade every firm by the scorecards in force; only changed grades are written."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--kind", default=GradeKind.BASE, choices=[GradeKind.BASE.value])
        parser.add_argument("--enterprise", nargs="*", metavar="USCC", default=None)

    def handle(self, *args: Any, **options: Any) -> None:
        codes = options["enterprise"]
        chosen = None if codes is None else list(Enterprise.objects.filter(uscc__in=codes).values_list("pk", flat=True))
        start = monotonic()
        changed = actions.grade(enterprise_ids=chosen, kind=options["kind"], at=timezone.now())
        self.stdout.write(f"{changed} grades written in {monotonic() - start:.1f} s")
