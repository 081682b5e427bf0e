"""``manage.py link_digests KEY_FILE LIST [OUT]``: the stand-alone program that banks run, from here."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from enterprises.jointmodels import link_digests


class Command(BaseCommand):
    help = "Turn a customer list into keyed digests (名单比对摘要)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("key_file")
        parser.add_argument("list")
        parser.add_argument("out", nargs="?")

    def handle(self, *args: Any, **options: Any) -> None:
        given = [options["key_file"], options["list"], *([options["out"]] if options["out"] else [])]
        try:
            link_digests.main(given)
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
