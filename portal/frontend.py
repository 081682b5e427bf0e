"""The few files of the npm packages that pages are served with: `python -m portal.frontend` copies them to `var/frontend`.

A package brings tens of megabytes of sources, maps and examples; a page needs a style sheet, two scripts, a font and the
icons that the templates name. The icons become one file, so that a page asks for it once.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from portal.embedded import ROOT, home

PACKAGES: Final = ROOT / "node_modules"
COPIES: Final = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "noto-sans-sc/index.css": "@fontsource-variable/noto-sans-sc/index.css",
    "noto-sans-sc/files": "@fontsource-variable/noto-sans-sc/files",
}
OUTLINES: Final = "@tabler/icons/icons/outline"
ROOMS: Final = ("portal", "institutions", "enterprises", "lending")

#: An icon that a template names for certain; one that does not exist is a mistake. (The admin's icons are another set.)
CERTAIN: Final = re.compile(r"""(?:<c-icon\s[^>]*?\bname|\bicon)=["']([a-z0-9][a-z0-9-]*)["']""")
#: Any quoted word: tables of states and menus name icons too. One that is no icon is passed over.
POSSIBLE: Final = re.compile(r"""["']([a-z][a-z0-9]*(?:-[a-z0-9]+)*)["']""")
MAP_COMMENT: Final = re.compile(rb"\n?(?:/\*# sourceMappingURL=.*?\*/|//# sourceMappingURL=\S+)\s*\Z")
DRAWING: Final = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
SPACE: Final = re.compile(r"\s+")


class FrontendError(RuntimeError):
    """The packages are not there, or a template names an icon that does not exist."""


def build(packages: Path, target: Path, sources: Iterable[Path]) -> int:
    """Fill `target`, writing only what has changed; return how many files were written."""
    if not (packages / "@tabler").is_dir():
        raise FrontendError("the front-end packages are not installed: run `make setup`")
    written = sum(_write(target / name, content) for name, content in _copies(packages))
    return written + _write(target / "icons.svg", sprite(packages / OUTLINES, sources).encode())


def sprite(outlines: Path, sources: Iterable[Path]) -> str:
    """One SVG with a symbol `tabler-NAME` for every icon that the sources name."""
    texts = {path: path.read_text(encoding="utf-8") for path in sources}
    certain = {name for path, text in texts.items() if path.suffix == ".html" for name in CERTAIN.findall(text)}
    if unknown := sorted(name for name in certain if not (outlines / f"{name}.svg").is_file()):
        raise FrontendError(f"no such icon: {', '.join(unknown)}")
    possible = {name for text in texts.values() for name in POSSIBLE.findall(text)}
    names = sorted(name for name in certain | possible if (outlines / f"{name}.svg").is_file())
    symbols = "\n".join(_symbol(name, (outlines / f"{name}.svg").read_text(encoding="utf-8")) for name in names)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'


def sources(root: Path = ROOT) -> Iterator[Path]:
    """Where icons are named: every template and every module of the rooms."""
    yield from sorted((root / "templates").rglob("*.html"))
    for room in ROOMS:
        yield from sorted((root / room).rglob("*.py"))


def _symbol(name: str, svg: str) -> str:
    drawing = DRAWING.search(svg)
    if drawing is None:
        raise FrontendError(f"the icon {name} holds no drawing")
    lines = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
    return f'<symbol id="tabler-{name}" viewBox="0 0 24 24" {lines}>{SPACE.sub(" ", drawing[1]).strip()}</symbol>'


def _copies(packages: Path) -> Iterator[tuple[str, bytes]]:
    for name, source in COPIES.items():
        path = packages / source
        if path.is_dir():
            for file in sorted(path.iterdir()):
                yield f"{name}/{file.name}", file.read_bytes()
        else:
            yield name, MAP_COMMENT.sub(b"\n", path.read_bytes())


def _write(path: Path, content: bytes) -> bool:
    if path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return True


def main() -> int:
    try:
        written = build(PACKAGES, home() / "frontend", sources())
    except FrontendError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"front end: {written} files written" if written else "front end: up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main())
