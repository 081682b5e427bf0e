"""Which sentences the interface has, and which of them the English catalogue lacks.

The source's own words are Chinese; ``locale/en`` holds the English. ``python -m portal.sentences check`` names what is
missing, left over or has other placeholders, and ``… update`` adds the missing ones, empty, for a translator. Both read
the sources themselves: neither needs gettext's tools.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polib

ROOT: Final = Path(__file__).resolve().parent.parent
CATALOGUE: Final = ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"
ROOMS: Final = ("portal", "institutions", "enterprises", "lending")
MARKS: Final = frozenset({"_", "gettext", "gettext_lazy", "gettext_noop"})
PLURAL_MARKS: Final = frozenset({"ngettext", "ngettext_lazy"})
PLACEHOLDER: Final = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
CHINESE: Final = re.compile("[\u3400-\u9fff]")
#: What Django makes of a template's tags for the extractor.
TEMPLATE_CALL: Final = re.compile(
    r"\b(n?gettext|_)\((u?'(?:[^'\\]|\\.)*'|u?\"(?:[^\"\\]|\\.)*\")(?:\s*,\s*(u?'(?:[^'\\]|\\.)*'|u?\"(?:[^\"\\]|\\.)*\"))?"
)


def of_code(source: str) -> Iterator[tuple[str, str]]:
    """The marked sentences of a Python file, each with its plural or ''."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            texts = [entry.value for entry in node.args if isinstance(entry, ast.Constant)]
            words = [text for text in texts if isinstance(text, str)]
            if name in MARKS and words:
                yield words[0], ""
            elif name in PLURAL_MARKS and len(words) > 1:
                yield words[0], words[1]


def of_template(source: str) -> Iterator[tuple[str, str]]:
    """The marked sentences of a template, each with its plural or ''."""
    from django.utils.translation.template import templatize  # noqa: PLC0415 - settings are not needed otherwise

    for _mark, one, many in TEMPLATE_CALL.findall(templatize(source)):
        yield ast.literal_eval(one), ast.literal_eval(many) if many else ""


def of_the_interface() -> dict[str, str]:
    """Every sentence of the site with its plural or ''."""
    found: dict[str, str] = {}
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in file.parts:
                found.update(of_code(file.read_text(encoding="utf-8")))
    for file in sorted((ROOT / "templates").rglob("*.html")):
        found.update(of_template(file.read_text(encoding="utf-8")))
    return {one: many for one, many in found.items() if CHINESE.search(one)}


def faults(catalogue: polib.POFile, sentences: dict[str, str]) -> Iterator[str]:
    """What the catalogue lacks or has wrong, one line each."""
    known = {entry.msgid: entry for entry in catalogue if not entry.obsolete}
    for one, many in sentences.items():
        entry = known.get(one)
        forms = [] if entry is None else [entry.msgstr, *entry.msgstr_plural.values()]
        said = [form for form in forms if form]
        if not said or (entry is not None and entry.fuzzy):
            yield f"not translated: {one}"
        elif any(set(PLACEHOLDER.findall(form)) - set(PLACEHOLDER.findall(one + many)) for form in said):
            yield f"a placeholder that the source has not: {one}"
        elif not many and set(PLACEHOLDER.findall(one)) - set(PLACEHOLDER.findall(said[0])):
            yield f"a placeholder is lost: {one}"
        elif any(CHINESE.search(form) for form in said):
            yield f"still Chinese: {one}"
    yield from (f"left over: {one}" for one in known if one not in sentences)


def update(catalogue: polib.POFile, sentences: dict[str, str]) -> int:
    """Add the missing sentences, empty, and drop those left over. Returns how many are to be translated."""
    known = {entry.msgid for entry in catalogue}
    for entry in [entry for entry in catalogue if entry.msgid not in sentences]:
        catalogue.remove(entry)
    missing = [one for one in sentences if one not in known]
    for one in missing:
        plural = {"msgid_plural": sentences[one], "msgstr_plural": {0: "", 1: ""}} if sentences[one] else {}
        catalogue.append(polib.POEntry(msgid=one, **plural))
    return len(missing)


def main(verb: str) -> int:
    catalogue, sentences = polib.pofile(str(CATALOGUE)), of_the_interface()
    if verb == "update":
        count = update(catalogue, sentences)
        catalogue.sort(key=lambda entry: str(entry.msgid))
        catalogue.save()
        sys.stdout.write(f"{count} sentences to translate in {CATALOGUE.relative_to(ROOT)}\n")
        return 0
    found = list(faults(catalogue, sentences))
    sys.stdout.writelines(f"{line}\n" for line in found)
    sys.stdout.write(f"{len(sentences)} sentences, {len(found)} faults\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "check"))
