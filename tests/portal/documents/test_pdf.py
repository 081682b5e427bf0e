import builtins
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from weasyprint.urls import FatalURLFetchingError

from portal.documents import pdf
from portal.documents.models import IssuedDocument
from tests import pdf as read_back


@pytest.fixture
def render(settings: Any, tmp_path: Path) -> Callable[..., bytes]:
    """Render a body inside the base sheet."""
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [*settings.TEMPLATES[0]["DIRS"], tmp_path]}]

    def body(html: str, **context: object) -> bytes:
        wrapped = '{% extends "documents/base.html" %}{% block content %}' + html + "{% endblock %}"
        (tmp_path / "sheet.html").write_text(wrapped, encoding="utf-8")
        return pdf.render_pdf("sheet.html", context)

    return body


def test_the_text_reads_back_and_no_letter_is_missing(render: Callable[..., bytes]) -> None:
    sentence = "贺兰山东麓葡萄酒产业园：授信1,234,567.89元，年利率4.35％，“先享后证”——壹拾贰万叁仟。"

    content = render(f"<p>{sentence}</p><h2>二、约定</h2>")

    assert sentence in read_back.text(content)
    assert read_back.missing_glyphs(content) == []


def test_every_font_is_embedded_and_comes_from_the_package(render: Callable[..., bytes]) -> None:
    content = render("<h2>授权</h2><p>信用信息 <b>重点</b> 2026</p>")

    assert read_back.fonts(content)
    assert all(is_embedded for is_embedded in read_back.fonts(content).values())
    assert all(name.startswith(("Noto-Sans-SC", "Noto-Serif-SC")) for name in read_back.fonts(content))


def test_a_hole_would_be_seen(monkeypatch: pytest.MonkeyPatch, render: Callable[..., bytes]) -> None:
    """The check above can fail: with the guard taken away, a letter that no font has leaves a hole."""
    monkeypatch.setattr(pdf, "unprintable", lambda _text: "")

    content = render("<p>\U00020000</p>")

    assert read_back.missing_glyphs(content) == ["\U00020000"]


def test_a_letter_that_no_font_has_is_refused_by_name(render: Callable[..., bytes]) -> None:
    with pytest.raises(pdf.UnprintableText) as refusal:
        render("<p>法定代表人：马\U00020000</p>")

    assert "\U00020000" in str(refusal.value)


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/x.png", "file:///etc/hostname", "ftp://127.0.0.1/x.png"])
def test_a_document_loads_nothing_from_outside(address: str, render: Callable[..., bytes]) -> None:
    with pytest.raises(FatalURLFetchingError):
        render(f'<img src="{address}">')


def test_pages_are_counted_and_the_demo_is_marked(render: Callable[..., bytes], settings: Any) -> None:
    settings.DEMO = True
    rows = "<p>第一行</p>" * 90

    content = render(rows)

    assert "第1页·共3页" in read_back.text(content)
    assert "演示" in read_back.text(content)


def test_outside_the_demo_no_page_is_marked(render: Callable[..., bytes], settings: Any) -> None:
    settings.DEMO = False

    assert "演示" not in read_back.text(render("<p>正文</p>"))


def test_the_sheet_names_the_page_where_it_can_be_verified(
    render: Callable[..., bytes], settings: Any, now: dt.datetime
) -> None:
    settings.SITE_URL = "https://xyd.example/"
    document = IssuedDocument(number="SQ20261120-7K3M9QXW2P", title="授权书", issued_at=now)

    text = read_back.text(render("<p>正文</p>", document=document))

    assert "https://xyd.example/verify/SQ20261120-7K3M9QXW2P/" in text


def test_documents_are_chinese_whoever_asks(render: Callable[..., bytes]) -> None:
    from django.utils import translation

    with translation.override("en"):
        text = read_back.text(render("{% translate '是' %}"))

    assert text.startswith("是")


def test_a_machine_without_pango_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, render: Callable[..., bytes]
) -> None:
    real = builtins.__import__

    def lacking(name: str, *args: Any, **options: Any) -> Any:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", lacking)

    with pytest.raises(pdf.PdfUnavailable, match="Pango") as refusal:
        render("<p>正文</p>")
    assert refusal.value.status == 503
