"""The tracker as a file: the same columns as CSV and as a workbook; a cell that a spreadsheet would run is disarmed."""

import csv
from collections.abc import Iterator, Sequence
from io import BytesIO

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _

from enterprises.consent.queries import Look


class _Line:
    """What ``csv.writer`` writes to: each row is handed on at once."""

    def write(self, text: str) -> str:
        return text


def csv_lines(looks: Sequence[Look]) -> Iterator[str]:
    """Rows as text, with a mark that lets spreadsheets read the Chinese."""
    write = csv.writer(_Line()).writerow
    yield "\ufeff" + write(_heads())
    for look in looks:
        yield write([_disarmed(cell) for cell in _cells(look)])


def workbook(looks: Sequence[Look]) -> BytesIO:
    content = BytesIO()
    with xlsxwriter.Workbook(
        content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet(_("查询记录"))
        sheet.write_row(0, 0, _heads(), book.add_format({"bold": True}))
        for number, look in enumerate(looks, start=1):
            sheet.write_row(number, 0, _cells(look))
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(_heads()) - 1, 18)
    content.seek(0)
    return content


def _heads() -> list[str]:
    return [
        _("时间"),
        _("机构或部门"),
        _("查询人岗位"),
        _("用途"),
        _("信息项"),
        _("使用方式"),
        _("结果"),
        _("原因"),
        _("途径"),
        _("授权编号"),
        _("事由"),
    ]


def _cells(look: Look) -> list[str]:
    record = look.record
    return [
        timezone.localtime(record.at).strftime("%Y-%m-%d %H:%M:%S"),
        record.institution_name,
        record.actor_role,
        record.purpose,
        "、".join(look.items),
        record.get_mode_display(),
        _("已放行") if record.is_allowed else _("已拒绝"),
        look.refused_for,
        look.door,
        str(record.authorization_id or ""),
        record.reason,
    ]


def _disarmed(cell: str) -> str:
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
