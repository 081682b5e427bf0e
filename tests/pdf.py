"""Read a PDF back as a reader would, and look for holes where a letter should be."""

import io
import re
from collections.abc import Iterator
from typing import Any

import pypdf
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont

ENTRY = re.compile(r"<([0-9a-f]{4})> <([0-9a-f]+)>")


def text(content: bytes) -> str:
    """The text of all pages, without the spaces that justification leaves between Chinese letters."""
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return "".join("".join(page.extract_text().split()) for page in pages)


def fonts(content: bytes) -> dict[str, bool]:
    """The name of every font in use and whether its letters are embedded."""
    return {name: "/FontFile3" in descriptor for name, descriptor, _letters in _fonts(content)}


def missing_glyphs(content: bytes) -> list[str]:
    """The letters in use whose glyph has no outline in the embedded font: they print as a hole or an empty box."""
    holes = []
    for _name, descriptor, letters in _fonts(content):
        face = TTFont(io.BytesIO(descriptor["/FontFile3"].get_object().get_data()))
        glyphs, order = face.getGlyphSet(), face.getGlyphOrder()
        for code, letter in letters.items():
            pen = BoundsPen(glyphs)
            if code < len(order):
                glyphs[order[code]].draw(pen)
            if pen.bounds is None and not letter.isspace():
                holes.append(letter)
    return holes


def _fonts(content: bytes) -> Iterator[tuple[str, Any, dict[int, str]]]:
    """The name, the descriptor and the letters (by code) of every font on every page."""
    for page in pypdf.PdfReader(io.BytesIO(content)).pages:
        for reference in page["/Resources"].get("/Font", {}).values():
            font = reference.get_object()
            descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
            entries = ENTRY.findall(font["/ToUnicode"].get_object().get_data().decode())
            letters = {int(code, 16): bytes.fromhex(letter).decode("utf-16-be") for code, letter in entries}
            yield str(descriptor["/FontName"]).rpartition("+")[2], descriptor, letters
