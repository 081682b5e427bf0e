"""Charts drawn on the server: one Vega-Lite spec in, one SVG out, the same on the page, in the PDF and in print.

`svg(spec)` wears the station's colours and its Chinese font, loads nothing from anywhere, and is safe to write into a page
under a strict content policy: the result holds no script, no style and no link.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final
from xml.etree import ElementTree

from django.core.cache import cache
from django.utils.safestring import SafeString, mark_safe

BLUE: Final = "#1b4b8f"
GOLD: Final = "#c08a2b"
INK: Final = "#465366"
LINE: Final = "#e3e8ef"
#: For series: deep blue and gold first, then tones that stay apart from each other in grey print as well.
CATEGORIES: Final = (BLUE, GOLD, "#5f8fc9", "#7a8797", "#2e7d6b", "#9a6fb0", "#b4532a", "#a7c0df")
#: For amounts on a map or in a heat table, light to deep.
RAMP: Final = ("#ecf2f9", "#c9daee", "#93b5dc", "#5586c0", BLUE, "#0f2f5c")
FONT: Final = "Noto Sans SC, Noto Sans SC Variable, sans-serif"
KEPT: Final = 24 * 3600
NAMESPACE: Final = "http://www.w3.org/2000/svg"

CONFIG: Final[dict[str, Any]] = {
    "background": "transparent",
    "font": FONT,
    "axis": {
        "labelColor": INK,
        "titleColor": INK,
        "gridColor": LINE,
        "domainColor": LINE,
        "tickColor": LINE,
        "labelFontSize": 13,
        "titleFontSize": 13,
        "titleFontWeight": "normal",
        "labelPadding": 6,
        "titlePadding": 10,
    },
    "axisY": {"domain": False, "ticks": False},
    "legend": {"labelColor": INK, "titleColor": INK, "labelFontSize": 13, "titleFontSize": 13, "orient": "top"},
    "title": {"color": INK, "fontSize": 14, "fontWeight": "normal", "anchor": "start"},
    "view": {"stroke": None},
    "mark": {"color": BLUE},
    "bar": {"color": BLUE, "cornerRadiusEnd": 2},
    "line": {"strokeWidth": 2.5},
    "rule": {"color": GOLD},
    "text": {"color": INK, "fontSize": 13},
    "range": {"category": list(CATEGORIES), "ramp": list(RAMP), "heatmap": list(RAMP), "ordinal": list(RAMP)},
}
MONTHS: Final = [f"{number}月" for number in range(1, 13)]
WEEKDAYS: Final = [f"周{day}" for day in "日一二三四五六"]
CALENDAR: Final = {
    "dateTime": "%Y年%-m月%-d日 %H:%M",
    "date": "%Y-%m-%d",
    "time": "%H:%M",
    "periods": ["上午", "下午"],
    "days": WEEKDAYS,
    "shortDays": WEEKDAYS,
    "months": MONTHS,
    "shortMonths": MONTHS,
}


class UnsafeSpec(ValueError):
    """A spec that would fetch something, or carry a link into the page."""


def svg(spec: Mapping[str, Any]) -> SafeString:
    """The chart as inline SVG. Its ``description`` (or ``title``) is what a screen reader says."""
    for path, key in _keys(spec):
        if key in {"url", "href", "loader"}:
            raise UnsafeSpec(f"{path}: a chart carries its own data and no links")
    text = json.dumps(spec, sort_keys=True, ensure_ascii=False)
    key = f"chart:{hashlib.sha256((text + _style()).encode()).hexdigest()}"
    drawn: str | None = cache.get(key)
    if drawn is None:
        drawn = _clean(_draw(spec), label=_label(spec), mark=key[-8:])
        cache.set(key, drawn, KEPT)
    return mark_safe(drawn)  # noqa: S308 - cleaned of everything that acts


def _draw(spec: Mapping[str, Any]) -> str:
    return str(
        _engine().vegalite_to_svg(
            dict(spec), config=CONFIG, allowed_base_urls=[], show_warnings=False, time_format_locale=CALENDAR
        )
    )


def _clean(drawing: str, *, label: str, mark: str) -> str:
    """Let the page give the size, name the picture, and drop whatever could act or be blocked.

    ``mark`` sets the ids of one chart apart from those of the next on the same page.
    """
    ElementTree.register_namespace("", NAMESPACE)
    root = ElementTree.fromstring(drawing)  # noqa: S314 - drawn by our own engine a moment ago
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.rpartition("}")[2] in {"script", "style", "a", "image", "foreignObject"}:
                parent.remove(child)
        for name in list(parent.attrib):
            if name == "style" or name.startswith("on") or name.endswith("href"):
                del parent.attrib[name]
        if "id" in parent.attrib:
            parent.attrib["id"] += f"-{mark}"
        if "clip-path" in parent.attrib:
            parent.attrib["clip-path"] = parent.attrib["clip-path"].replace(")", f"-{mark})")
    for size in ("width", "height"):
        root.attrib.pop(size, None)
    root.set("role", "img")
    if label:
        root.set("aria-label", label)
    return ElementTree.tostring(root, encoding="unicode")


def _label(spec: Mapping[str, Any]) -> str:
    title = spec.get("title", "")
    return str(spec.get("description") or (title.get("text", "") if isinstance(title, Mapping) else title))


def _keys(value: object, path: str = "spec") -> Iterator[tuple[str, str]]:
    """Every key of the spec, but not of its rows: a column may be called anything."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield f"{path}.{key}", str(key)
            if key not in {"values", "datasets"}:
                yield from _keys(inner, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from _keys(inner, f"{path}[{place}]")


@lru_cache(maxsize=1)
def _style() -> str:
    """A new look must not be answered with pictures in the old one."""
    return json.dumps([CONFIG, CALENDAR], sort_keys=True)


@lru_cache(maxsize=1)
def _engine() -> Any:
    """The drawing engine with our font. Loading it takes half a second, so only who draws pays."""
    import pylopdf_fonts_zh_cn  # noqa: PLC0415
    import vl_convert  # noqa: PLC0415

    vl_convert.register_font_directory(str(pylopdf_fonts_zh_cn.sans_path().parent))
    return vl_convert
