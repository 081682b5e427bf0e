"""manage.py verify_audit [--head CHAIN:NUMBER:DIGEST …]: read every chain from its first row and say what is wrong.

A head is what was written down outside the station on an earlier day; it must still be in the chain. It is what finds out
somebody with every right in the database, who could forge rows and seal them anew.
"""

from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.audit import queries, sealing
from portal.audit.models import SealedBlock


class Command(BaseCommand):
    help = "Check the chains of audit events and access records row by row; fails where anything was tampered with."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--head", action="append", default=[], metavar="CHAIN:NUMBER:DIGEST")

    def handle(self, *args: Any, **options: Any) -> None:
        faults = [str(fault) for chain in sealing.chains() for fault in self._verified(chain)]
        faults += [f"{head}: not in the chain any more" for head in options["head"] if not self._stands(head)]
        for fault in faults:
            self.stderr.write(fault)
        if faults:
            raise CommandError(f"{len(faults)} faults found")

    def _verified(self, chain: str) -> list[sealing.Fault]:
        start = monotonic()
        faults = list(sealing.verify(chain=chain))
        head = next(head for head in queries.heads() if head.chain == chain)
        self.stdout.write(f"{chain}:{head.number}:{head.digest} {head.rows} rows in {monotonic() - start:.1f} s")
        return faults

    def _stands(self, head: str) -> bool:
        chain, number, digest = head.split(":")
        return SealedBlock.objects.filter(chain=chain, number=int(number), digest=digest).exists()
