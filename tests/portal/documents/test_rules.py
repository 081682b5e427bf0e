import pytest

from portal.documents import rules
from tests.portal.documents.files import PDF, picture, workbook


@pytest.mark.parametrize(
    "name",
    [
        "../etc/passwd.pdf",
        "a/b.pdf",
        "a\\b.pdf",
        ".htaccess.pdf",
        "..pdf",
        " 首尾空格.pdf ",
        "发票.exe.pdf",
        "发票.PHP.pdf",
        "报表.xlsm.csv",
        "行\n换.pdf",
        "零\x00.pdf",
        "gpj.\u202efdp.pdf",
        "a:b.pdf",
        "100%.pdf",
        "",
        "长" * 121 + ".pdf",
    ],
)
def test_a_name_with_a_trick_is_seen(name: str) -> None:
    assert rules.is_tricky_name(name)


@pytest.mark.parametrize(
    "name", ["营业执照.pdf", "2026年 纳税证明(一).PDF", "plan-v1.2.xlsx", "流水_11月.csv", "合同.副本.jpg"]
)
def test_an_honest_name_passes(name: str) -> None:
    assert not rules.is_tricky_name(name)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "pdf"),
        (picture("JPEG"), "jpeg"),
        (picture("PNG"), "png"),
        (workbook(), "xlsx"),
        ("名称,金额\n贺兰山,1\n".encode(), "csv"),
        ("名称,金额\n贺兰山,1\n".encode("gb18030"), "csv"),
        (("字" * 30_000).encode()[: 64 * 1024], "csv"),
        (b"MZ\x90\x00\x03", None),
        (b"\x7fELF\x02\x01", None),
        (b"", None),
    ],
    ids=[
        "pdf",
        "jpeg",
        "png",
        "xlsx",
        "utf-8",
        "gb18030",
        "letter cut in two",
        "windows program",
        "linux program",
        "empty",
    ],
)
def test_the_bytes_show_the_kind(content: bytes, kind: str | None) -> None:
    assert rules.sniffed_kind(content) == kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.PDF", "pdf"), ("a.jpeg", "jpeg"), ("a.jpg", "jpeg"), ("a.csv", "csv"), ("a.doc", None), ("pdf", None)],
)
def test_the_name_promises_a_kind(name: str, kind: str | None) -> None:
    assert rules.promised_kind(name) == kind
