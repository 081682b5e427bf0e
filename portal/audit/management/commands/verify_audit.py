"""manage.py verify_audit [--chain CHAIN …] [--anchors FILE …] [--head CHAIN:NUMBER:DIGEST …]: read every chain whole.

Anchors are what was written down outside the station on an earlier day; they must still be in the chain. They are what
finds out somebody with every right in the database, who could cut off the end or forge rows and seal them anew. The
station's own table and files of anchors are read anyway.
"""

from pathlib import Path
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.audit import anchoring, queries, sealing, verifier


class Command(BaseCommand):
    help = "Check every chain row by row and block by block; fails where anything was tampered with, and names it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--chain", action="append", choices=sorted(sealing.chains()), help="only this one")
        parser.add_argument(
            "--anchors", action="append", default=[], type=Path, help="a file of anchors kept elsewhere"
        )
        parser.add_argument("--head", action="append", default=[], metavar="CHAIN:NUMBER:DIGEST")

    def handle(self, *args: Any, **options: Any) -> None:
        anchors = list(anchoring.known())
        for path in options["anchors"]:
            anchors += verifier.anchors_in(verifier.lines_of(path), path.name)
        for head in options["head"]:
            chain, number, digest = head.split(":")
            anchors.append(verifier.Anchor(chain, int(number), digest, "command line"))
        found = 0
        for chain in options["chain"] or sealing.chains():
            for fault in self._verified(chain, anchors):
                found += 1
                self.stderr.write(str(fault))
        if found:
            raise CommandError(f"{found} faults found")

    def _verified(self, chain: str, anchors: list[verifier.Anchor]) -> list[verifier.Fault]:
        start = monotonic()
        faults = list(sealing.verify(chain=chain, anchors=anchors))
        head = queries.head(chain)
        self.stdout.write(
            f"{chain}:{head.number}:{head.digest} {head.rows} rows in {monotonic() - start:.1f} s,"
            f" {sealing.unsealed(chain)} not sealed yet"
        )
        return faults
