"""House rules of the templates: each is used, short, translated, without styles or scripts of its own."""

import re
from pathlib import Path

import pytest

from tests.house.tree import CHINESE, code, templates, text

MOST_LINES = 150
TRANSLATED = re.compile(
    r"\{%\s*blocktranslate\b.*?\{%\s*endblocktranslate\s*%\}|\{%\s*translate\b.*?%\}|\{#.*?#\}|\{%\s*comment\b.*?endcomment\s*%\}"
    r"|<!--.*?-->|_\(\"[^\"]*\"\)|_\('[^']*'\)",
    re.DOTALL,
)
#: Style sheets of printed documents write their page numbers themselves.
PAGE_NUMBERS = re.compile(r"content: [^;]*counter\(page\)[^;]*;")
INLINE = re.compile(r"<style\b|\sstyle=|<script(?![^>]*\bsrc=)[^>]*>|\son\w+=", re.IGNORECASE)
#: Printed documents: the style sheet they carry is the only one they have.
PRINTED = re.compile(r"documents/|letter|report|sheet")
#: The name of a language in that language itself; the page of last resort, in both languages at once, when nothing else works.
IN_BOTH = {"layouts/parts/_language.html", "500.html"}


def name(path: Path) -> str:
    return str(path.relative_to("templates"))


@pytest.mark.parametrize("path", templates(), ids=name)
def test_a_template_is_short(path: Path) -> None:
    assert text(path).count("\n") <= MOST_LINES


@pytest.mark.parametrize("path", templates(), ids=name)
def test_what_a_template_says_is_marked_for_translation(path: Path) -> None:
    left = "" if name(path) in IN_BOTH else TRANSLATED.sub("", PAGE_NUMBERS.sub("", text(path)))

    assert [line.strip() for line in left.splitlines() if CHINESE.search(line)] == []


@pytest.mark.parametrize("path", templates(), ids=name)
def test_a_template_has_no_style_or_script_of_its_own(path: Path) -> None:
    if not PRINTED.search(name(path)):
        assert INLINE.findall(text(path)) == []


def test_every_template_is_used() -> None:
    """Named in the code or in another template; cotton components by their tag, those of libraries by their place."""
    everything = "\n".join(text(path) for path in [*code(), *templates()])
    #: Overrides of what libraries and Django itself look for by name.
    libraries = ("account/", "admin/", "allauth/", "mfa/", "socialaccount/", "unfold/", "usersessions/", "bootstrap5/")
    unused = []
    for path in templates():
        known = path.relative_to("templates").as_posix()
        tag = (
            known.removeprefix("cotton/")
            .removesuffix(".html")
            .removesuffix("/index")
            .replace("/", ".")
            .replace("_", "-")
        )
        if known.startswith(libraries) or re.fullmatch(r"\d{3}(_csrf)?\.html", known):
            continue
        is_used = f"<c-{tag}" in everything if known.startswith("cotton/") else _is_named(path, everything)
        if not is_used:
            unused.append(known)

    assert unused == []


def _is_named(path: Path, everything: str) -> bool:
    """By its whole name, or by a view that puts a name into the folder."""
    known = path.relative_to("templates")
    return known.as_posix() in everything or (
        f'f"{known.parent.as_posix()}/{{' in everything and f'"{known.stem}"' in everything
    )
