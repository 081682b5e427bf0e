"""How an article's plain text falls into parts. Pure."""

import re
from dataclasses import dataclass

#: 一、二、… at the start of a paragraph's first line makes that line a heading.
HEADING = re.compile(r"[一二三四五六七八九十]+、\S.{0,40}")


@dataclass(frozen=True)
class Part:
    heading: str
    text: str


def parts(body: str) -> list[Part]:
    """Paragraphs are divided by empty lines."""
    found = []
    for paragraph in re.split(r"\n\s*\n", body.replace("\r\n", "\n").strip()):
        first, _, rest = paragraph.partition("\n")
        is_heading = bool(HEADING.fullmatch(first.strip()))
        found.append(Part(first.strip(), rest) if is_heading else Part("", paragraph))
    return found
