"""HTML to PDF (WeasyPrint), with Chinese fonts from a package, so that it reads the same on a machine that has none."""

import io
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import pylopdf_fonts_zh_cn as packaged_fonts
import qrcode
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from fontTools.ttLib import TTFont
from qrcode.image.svg import SvgPathImage

from portal.refusals import Refusal

SANS: Final = packaged_fonts.sans_path()
SERIF: Final = packaged_fonts.serif_path()


class PdfUnavailable(Refusal):
    code = "pdf_unavailable"
    status = 503
    message = _(
        "服务器缺少 Pango 排版库，暂时不能生成 PDF。请联系系统管理员安装 libpango、libpangoft2 与 libharfbuzz-subset 后重试。"
    )


class UnprintableText(Refusal):
    code = "unprintable_text"

    def __init__(self, letters: str) -> None:
        super().__init__(
            _(
                "文书中的“%(letters)s”不在可用字库内，打印后会成为空白。请核对录入内容，确属生僻字的请联系系统管理员补充字库。"
            )
            % {"letters": letters}
        )


def render_pdf(template: str, context: Mapping[str, object]) -> bytes:
    """The PDF of ``template``, always in Chinese. Refuses text that no font here can print rather than leave holes in it.

    With ``document`` (an IssuedDocument) in the context, the page carries its number and a QR code to its verification.
    """
    weasyprint = _weasyprint()
    with translation.override("zh-hans"):
        html = render_to_string(template, {**context, **_surroundings(context)})
    if letters := unprintable(strip_tags(html)):
        raise UnprintableText(letters)
    page = weasyprint.HTML(string=html, base_url=None, url_fetcher=_fetcher())
    return bytes(page.write_pdf(pdf_version="1.7", pdf_identifier=b"", full_fonts=False))


def unprintable(text: str) -> str:
    """The letters of ``text`` that neither font has, each once."""
    known = _letters(SANS) | _letters(SERIF)
    return "".join(
        sorted(
            {letter for letter in text if not letter.isspace() and letter.isprintable() and ord(letter) not in known}
        )
    )


def qr(address: str) -> SafeString:
    """A QR code as inline SVG."""
    picture = qrcode.make(
        address, image_factory=SvgPathImage, box_size=10, border=0, error_correction=qrcode.ERROR_CORRECT_M
    )
    buffer = io.BytesIO()
    picture.save(buffer)
    return mark_safe(buffer.getvalue().decode())  # noqa: S308 - drawn here from an address of our own


def verification_address(number: str) -> str:
    return f"{settings.SITE_URL.rstrip('/')}{reverse('public_verify', args=[number])}"


def _surroundings(context: Mapping[str, object]) -> dict[str, object]:
    """What the base template needs besides: fonts, the QR code, the watermark."""
    number = getattr(context.get("document"), "number", "")
    address = verification_address(number) if number else ""
    return {
        "sans": SANS.as_uri(),
        "serif": SERIF.as_uri(),
        "site_name": settings.SITE_NAME,
        "is_demo": settings.DEMO,
        "verification_address": address,
        "verification_qr": qr(address) if address else "",
    }


@lru_cache(maxsize=2)
def _letters(font: Path) -> frozenset[int]:
    with TTFont(font, lazy=True) as face:
        return frozenset(face.getBestCmap())


def _weasyprint() -> Any:
    try:
        import weasyprint  # noqa: PLC0415 - it loads Pango, which the machine may lack; only PDFs need it
    except OSError as error:
        raise PdfUnavailable from error
    return weasyprint


@lru_cache(maxsize=1)
def _fetcher() -> Any:
    """Opens the two fonts and pictures written into the page itself, nothing else: not the network, not the disk."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher  # noqa: PLC0415 - as above

    allowed = {SANS.as_uri(), SERIF.as_uri()}

    class OwnFontsOnly(URLFetcher):  # type: ignore[misc] # weasyprint ships no types
        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            if url not in allowed and not url.startswith("data:"):
                raise FatalURLFetchingError(f"a document may not load {url}")
            return super().fetch(url, headers)

    return OwnFontsOnly(allowed_protocols=("file", "data"))
