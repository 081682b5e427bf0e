"""Compiles the translations (``*.po``) into what Django reads (``*.mo``), where they are newer. Needs no gettext tools.

``python -m portal.catalogues``, from ``make setup``. The compiled files are never committed.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
#: Our own English, and the Chinese of libraries that bring none.
FOLDERS = (ROOT / "locale", ROOT / "portal" / "locale")


def stale(folders: tuple[Path, ...] = FOLDERS) -> Iterator[Path]:
    """The catalogues whose compiled form is missing or older."""
    for folder in folders:
        for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
            compiled = source.with_suffix(".mo")
            if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
                yield source


def compile_all(folders: tuple[Path, ...] = FOLDERS) -> int:
    """How many were compiled. An entry marked fuzzy is left out: the source's own words are better than a guess."""
    sources = list(stale(folders))
    for source in sources:
        polib.pofile(str(source)).save_as_mofile(str(source.with_suffix(".mo")))
    return len(sources)


if __name__ == "__main__":
    sys.stdout.write(f"translations: {compile_all()} files compiled\n")
