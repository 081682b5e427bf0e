"""Files the data centre hands out: the refused lines of a batch, to be mended and sent back, and empty templates."""

import csv
import re
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from enterprises.credit.loading.reading import FORMULA_STARTS, NOTE_MARK
from enterprises.credit.queries import RefusedLine
from enterprises.credit.rejections import REASONS
from enterprises.credit.schemas import OPERATION, ItemSchema

NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
#: Tells spreadsheet programs that the text is UTF-8.
MARK = "\ufeff"


class _Line:
    """What ``csv.writer`` writes to: each row is handed on at once."""

    def write(self, text: str) -> str:
        return text


def disarmed(cell: str) -> str:
    """A cell that a spreadsheet would run as a formula, with an apostrophe before it; plain numbers stay."""
    if cell.startswith((*FORMULA_STARTS, "\t", "\r")) and not NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def refused_lines_csv(schema: ItemSchema, lines: Iterable[RefusedLine]) -> Iterator[str]:
    """The refused lines as delivered, each with what is wrong and how to mend it, ready to be mended and sent back.

    The columns that begin with # are passed over when the file comes back.
    """
    writer = csv.writer(_Line(), lineterminator="\r\n")
    notes = [f"{NOTE_MARK}{title}" for title in (_("行号"), _("问题"), _("怎样修改"), _("原文"))]
    labels = {field.name: field.label for field in schema.fields}
    yield MARK + writer.writerow([*notes, OPERATION, *labels.values()])
    for line in lines:
        what = [f"{labels.get(field, '')} {REASONS[code].text}".strip() for field, code in line.faults]
        how = list(dict.fromkeys(str(REASONS[code].mend) for _field, code in line.faults))
        cells = [line.cells.get(NOTE_MARK, ""), line.cells.get(OPERATION, "")]
        cells += [line.cells.get(name, "") for name in labels]
        yield writer.writerow([line.line, "；".join(what), "；".join(how), *map(disarmed, cells)])


def template_csv(schema: ItemSchema) -> str:
    """The head that a delivery of this item needs."""
    labels: str = csv.writer(_Line(), lineterminator="\r\n").writerow([field.label for field in schema.fields])
    return MARK + labels
