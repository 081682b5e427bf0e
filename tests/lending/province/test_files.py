"""Departments' files can be read back, and their slips are slips."""

import csv
import json
from pathlib import Path
from random import Random

from python_calamine import CalamineWorkbook

from lending.province.files import with_slips, write
from portal.identifiers import uscc_fault

HONOUR = {
    "uscc": "91640104M7CA11DU3A",
    "honor_name": "诚信示范企业",
    "honor_level": "市",
    "award_org": "银川市发展和改革委员会",
    "doc_no": "",
    "award_date": "2026-03-01",
    "valid_to": "",
}


def test_a_workbook_has_its_header_in_words(tmp_path: Path) -> None:
    path = write(tmp_path, "HR_HONOR", [HONOUR])

    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    assert rows[0][:2] == ["统一社会信用代码", "荣誉(表彰)名称"]
    assert rows[1][:2] == [HONOUR["uscc"], "诚信示范企业"]


def test_some_departments_write_gb18030(tmp_path: Path) -> None:
    path = write(tmp_path, "UT_WATER", [HONOUR])

    with path.open(encoding="gb18030", newline="") as lines:
        assert list(csv.DictReader(lines)) == [HONOUR]


def test_courts_send_json_lines_without_empty_fields(tmp_path: Path) -> None:
    path = write(tmp_path, "JD_JUDGMENT", [HONOUR, HONOUR])

    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert lines == [{name: value for name, value in HONOUR.items() if value}] * 2


def test_slips_spoil_as_many_rows_as_said_and_never_silently() -> None:
    spoiled = list(with_slips([HONOUR] * 500, Random(3), per_mille=200))

    different = [row for row in spoiled if row != HONOUR]
    assert 70 <= len(different) <= 130
    assert all(
        not row["uscc"] or uscc_fault(row["uscc"]) or row["award_date"] != HONOUR["award_date"] for row in different
    )
