"""Deliver a file the way a department does: receive, check, accept or return, and say what happened."""

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from enterprises.credit import actions, queries
from enterprises.credit.models import Batch, Item, Source
from enterprises.credit.rejections import REASONS
from enterprises.credit.states import BatchState
from portal.refusals import Refusal


class Command(BaseCommand):
    help = (
        "Ingest one file of one item (CSV, XLSX or JSONL; UTF-8 or GB18030) through the same path as the upload page."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("item", help="code of the item, for instance TX_PAYMENT")
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", help="code of the source; the item's own department where it is left out")
        parser.add_argument("--again-is-fine", action="store_true", help="end well where the file was delivered before")

    def handle(self, *args: Any, **options: Any) -> None:
        begun, path = time.monotonic(), options["file"]
        try:
            with path.open("rb") as file:
                batch = actions.receive(
                    item_code=options["item"],
                    source_code=options["source"] or self._source_of(options["item"]),
                    file=file,
                    file_name=path.name,
                    by=None,
                    at=timezone.now(),
                )
            batch = actions.advance(batch=batch, by=None, at=timezone.now())
        except actions.AlreadyDelivered as refusal:
            if not options["again_is_fine"]:
                raise CommandError(f"{path.name}: {refusal}") from refusal
            self.stdout.write(f"{options['item']}: {refusal}")
            return
        except (OSError, Refusal) as fault:
            raise CommandError(f"{path.name}: {fault}") from fault
        self._report(batch, time.monotonic() - begun, options["verbosity"])

    def _source_of(self, item_code: str) -> str:
        """The source of the department that answers for the item."""
        item = Item.objects.filter(pk=item_code).first()
        if item is None:
            raise CommandError(f"There is no item {item_code}. Items: {', '.join(queries.schemas())}")
        source = Source.objects.filter(department_id=item.department_id).order_by("precedence", "code").first()
        if source is None:
            raise CommandError(f"The department of {item_code} has no source: name one with --source.")
        return source.code

    def _report(self, batch: Batch, seconds: float, verbosity: int) -> None:
        rate = f"{batch.rows / seconds:,.0f} rows/s" if seconds else ""
        self.stdout.write(
            f"{batch.item_id}: {batch.get_state_display()} | {batch.rows} rows: {batch.rows_new} new, "
            f"{batch.rows_changed} changed, {batch.rows_same} same, {batch.rows_withdrawn} withdrawn, "
            f"{batch.rows_bad} bad | {seconds:.1f} s {rate}"
        )
        if batch.rows_bad and verbosity:
            for reason, field, number in queries.faults_by_reason(batch):
                self.stdout.write(f"  {number:>7}  {field or '-'}: {REASONS[reason].text} ({REASONS[reason].mend})")
        if batch.state == BatchState.RETURNED:
            raise CommandError(f"{batch.file_name}: {batch.return_reason}")
