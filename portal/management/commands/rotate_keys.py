"""manage.py rotate_keys [--check [KEY]]: seal every personal value under the current key, beside the running station.

Killed in the middle, it is run again and goes on. ``--check`` changes nothing: it counts what each key seals, and fails while
anything but the current key (or the key named) is in use, so that nobody strikes a key that is still needed.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal import keyring, rotation


class Command(BaseCommand):
    help = "Seal anew, under the first key of the ring, what older keys sealed; or check which keys are in use."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", nargs="?", const="", default=None, metavar="KEY")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check"] is None:
            done = rotation.rotate(progress=lambda place, rows: self.stdout.write(f"{place}: {rows} rows"))
            self.stdout.write(f"{done} rows sealed anew under {keyring.sealer().current}")
        self._check(options["check"] or "")

    def _check(self, key: str) -> None:
        uses, current = rotation.uses(), keyring.sealer().current
        for name in sorted({*uses, *keyring.sealer().names}):
            self.stdout.write(f"{name or '(not sealed)'}: {uses[name]} values{' (current)' if name == current else ''}")
        used = [name for name in ([key] if key else uses) if uses[name] and (key or name != current)]
        if used:
            raise CommandError(f"still in use: {', '.join(name or 'values not sealed' for name in used)}")
