"""manage.py export_audit [--chain CHAIN …] --to FILE: the chains as text, to be verified elsewhere without the station.

python portal/audit/verifier.py FILE [ANCHORS …]
"""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from portal.audit import exporting, sealing


class Command(BaseCommand):
    help = "Write chains with their blocks, rows and anchors to a file that portal/audit/verifier.py reads alone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--chain", action="append", choices=sorted(sealing.chains()), help="only this one")
        parser.add_argument("--to", required=True, type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        written = 0
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC  # rows hold names: for the eyes of whoever runs this
        with os.fdopen(os.open(options["to"], flags, 0o600), "w", encoding="utf-8") as stream:
            for line in exporting.lines(options["chain"] or list(sealing.chains())):
                written += stream.write(line)
        self.stdout.write(f"{written} characters written to {options['to']}")
