"""Every kind of file a department sends, and every file that is no such thing."""

import datetime as dt
import io
import zipfile
from pathlib import Path

import pytest

from enterprises.credit.loading import guards
from enterprises.credit.models import Batch, CreditRecord, Reject
from enterprises.credit.states import BatchState
from enterprises.models import Enterprise
from portal.refusals import Refusal
from tests.enterprises.credit import files
from tests.enterprises.credit.conftest import Deliver
from tests.factories import uscc

HEAD = b"uscc,eval_year,grade\r\n"
LINE = f"{uscc(1)},2025,A\r\n".encode()


def stored() -> dict[str, object]:
    return CreditRecord.objects.in_force().get().payload


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("labels", [False, True])
def test_csv_is_read_in_every_usual_encoding_by_name_or_label(
    encoding: str, labels: bool, deliver: Deliver, enterprise: Enterprise
) -> None:
    rows = [files.row("TX_RATING", grade="A", eval_org="国家税务总局银川市兴庆区税务局")]

    deliver("TX_RATING", files.as_csv("TX_RATING", rows, encoding=encoding, labels=labels))

    assert (stored()["grade"], stored()["eval_org"]) == ("A", "国家税务总局银川市兴庆区税务局")


def test_a_workbook_with_real_dates_and_numbers_is_read(deliver: Deliver, enterprise: Enterprise) -> None:
    rows = [files.row("TX_PAYMENT") | {"tax_paid": 1200.5, "pay_date": dt.date(2026, 7, 8), "is_overdue": True}]

    deliver("TX_PAYMENT", files.as_xlsx("TX_PAYMENT", rows), name="file.xlsx")

    assert (stored()["tax_paid"], stored()["pay_date"], stored()["is_overdue"]) == ("1200.50", "2026-07-08", True)


def test_json_lines_keep_amounts_exact(deliver: Deliver, enterprise: Enterprise) -> None:
    line = b'{"uscc": "%s", "tax_type": "\xe5\xa2\x9e\xe5\x80\xbc\xe7\xa8\x8e", "period_from": "2026-06-01",'
    text = (
        line % uscc(1).encode()
        + b' "period_to": "2026-06-30", "tax_paid": 9007199254740993.10, "is_overdue": false}\n\n'
    )

    deliver("TX_PAYMENT", io.BytesIO(text), name="file.jsonl")

    assert (stored()["tax_paid"], stored()["is_overdue"]) == ("9007199254740993.10", False)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"{broken", "not_json"),
        (b"[1, 2]", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b'{"uscc": "x", "colour": "red"}', "unknown_key"),
    ],
)
def test_a_broken_json_line_is_refused_alone(
    text: bytes, reason: str, deliver: Deliver, enterprise: Enterprise
) -> None:
    sound = files.as_jsonl([files.row("TX_RATING", eval_year=str(year)) for year in range(2015, 2025)]).read()

    batch = deliver("TX_RATING", io.BytesIO(sound + text + b"\n"), name="file.jsonl")

    assert (batch.state, batch.rows, batch.rows_new) == (BatchState.ACCEPTED, 11, 10)
    assert list(Reject.objects.values_list("line", "reason")) == [(12, reason)]


def test_a_line_with_a_missing_cell_is_refused_alone_and_its_text_is_kept(
    deliver: Deliver, enterprise: Enterprise
) -> None:
    sound = b"".join(f"{uscc(1)},{year},A\r\n".encode() for year in range(2015, 2025))

    batch = deliver("TX_RATING", io.BytesIO(HEAD + sound + b"91640,2025\r\n"))

    reject = Reject.objects.get()
    assert (batch.rows_bad, reject.line, reject.reason, reject.values) == (1, 12, "column_count", {"#": "91640,2025"})


def test_quoted_newlines_backslashes_and_separators_are_kept_in_their_cell(
    deliver: Deliver, enterprise: Enterprise
) -> None:
    head = b"uscc,eval_year,grade,eval_org\r\n"
    line = f'{uscc(1)},2025,A,"银川\\n\r\n税务局, ""一"" 所\\."\r\n'.encode()

    deliver("TX_RATING", io.BytesIO(head + line))

    assert stored()["eval_org"] == '银川\\n 税务局, "一" 所\\.'


def test_empty_columns_and_blank_lines_do_no_harm_and_lines_are_counted_as_in_the_file(
    deliver: Deliver, enterprise: Enterprise
) -> None:
    text = b"uscc,eval_year,grade,,\r\n\r\n" + f"{uscc(1)},2025,A,,\r\n{uscc(1)},2024,?,,\r\n".encode() * 1

    batch = deliver("TX_RATING", io.BytesIO(text))

    assert (batch.rows, batch.rows_bad, Reject.objects.get().line) == (2, 1, 4)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD, "没有数据行"),
        (b"\r\n", "没有表头"),
        (b"uscc,eval_year,grade,colour\r\n" + LINE, "colour"),
        (b"uscc,eval_year,grade,grade\r\n" + LINE, "重复"),
        (b"uscc,grade\r\n" + LINE, "评价年度"),
        (HEAD + b'"unfinished,2025,A\r\n', "引号"),
        (HEAD + b'"a"b,2025,A\r\n', "引号"),
    ],
)
def test_a_file_that_cannot_be_judged_is_returned_with_the_reason(
    text: bytes, said: str, deliver: Deliver, enterprise: Enterprise
) -> None:
    batch = deliver("TX_RATING", io.BytesIO(text))

    assert batch.state == BatchState.RETURNED
    assert said in batch.return_reason


def workbook(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return file.getvalue()


def flood() -> bytes:
    """200 MB of nothing in 200 KB."""
    return workbook(xl__workbook_xml=b"<a/>", xl__worksheets__sheet1_xml=b" " * (200 * 2**20))


REFUSED = [
    ("file.exe", b"MZ", guards.FileKindRefused),
    ("file.exe.csv", LINE, guards.FileKindRefused),
    ("file.csv", b"", guards.FileEmpty),
    ("file.xlsx", b"", guards.FileEmpty),
    ("file.csv", b"PK\x03\x04" + LINE, guards.FileNotWhatItSays),
    ("file.csv", b"%PDF-1.7\n", guards.FileNotWhatItSays),
    ("file.xlsx", HEAD + LINE, guards.FileNotWhatItSays),
    ("file.xlsx", workbook(readme_txt=b"no workbook"), guards.FileNotWhatItSays),
    ("file.csv", HEAD + b"\x00" + LINE, guards.FileHasNulBytes),
    ("file.csv", (HEAD + LINE).decode().encode("utf-16"), guards.FileHasNulBytes),
    ("file.csv", HEAD + b"\xff\xfe\xff" + LINE, guards.FileEncodingUnknown),
    ("file.csv", HEAD + b"x" * (2**20 + 1), guards.LineTooLong),
]


@pytest.mark.parametrize(("name", "content", "refusal"), REFUSED)
def test_a_file_that_is_not_what_it_says_is_not_taken_in(
    name: str, content: bytes, refusal: type[Refusal], deliver: Deliver, tmp_path: Path
) -> None:
    with pytest.raises(refusal):
        deliver("TX_RATING", io.BytesIO(content), name=name)

    assert not Batch.objects.exists()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_zip_bomb_dressed_as_a_workbook_is_refused_before_it_is_opened(deliver: Deliver) -> None:
    with pytest.raises(guards.FileTooLarge):
        deliver("TX_RATING", io.BytesIO(flood()), name="file.xlsx")


def test_a_truncated_workbook_is_refused(deliver: Deliver, enterprise: Enterprise) -> None:
    whole = files.as_xlsx("TX_RATING", [files.row("TX_RATING")]).read()

    with pytest.raises(guards.FileNotWhatItSays):
        deliver("TX_RATING", io.BytesIO(whole[:-200]), name="file.xlsx")
