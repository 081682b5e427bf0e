import re
from typing import Any
from xml.etree import ElementTree

import pytest

from portal import charts

CITIES = ["银川市", "石嘴山市", "吴忠市", "固原市", "中卫市", "宁东"]


@pytest.fixture
def spec() -> dict[str, Any]:
    return {
        "description": "各市贷款金额",
        "data": {"values": [{"city": city, "amount": 100 + place} for place, city in enumerate(CITIES)]},
        "mark": "bar",
        "encoding": {
            "x": {"field": "city", "type": "nominal", "title": None},
            "y": {"field": "amount", "type": "quantitative", "title": "金额（万元）"},
        },
    }


def texts(svg: str) -> set[str]:
    return {element.text or "" for element in ElementTree.fromstring(svg).iter(f"{{{charts.NAMESPACE}}}text")}


def test_a_chart_says_in_chinese_what_its_rows_say(spec: dict[str, Any]) -> None:
    assert {*CITIES, "金额（万元）"} <= texts(charts.svg(spec))


def test_a_chart_has_a_name_for_who_cannot_see_it(spec: dict[str, Any]) -> None:
    assert 'role="img" aria-label="各市贷款金额"' in charts.svg(spec)


def test_a_chart_wears_the_station_s_blue(spec: dict[str, Any]) -> None:
    assert f'fill="{charts.BLUE}"' in charts.svg(spec)


def test_a_chart_takes_the_size_that_the_page_gives_it(spec: dict[str, Any]) -> None:
    root = ElementTree.fromstring(charts.svg(spec))

    assert "viewBox" in root.attrib
    assert not {"width", "height"} & root.attrib.keys()


def test_a_word_in_the_rows_stays_a_word(spec: dict[str, Any]) -> None:
    spec["data"]["values"][0]["city"] = "</text><script>alert(1)</script>"

    svg = charts.svg(spec)

    assert "<script" not in svg
    assert any("script" in text for text in texts(svg))


def test_nothing_in_a_chart_acts_or_offends_the_content_policy(spec: dict[str, Any]) -> None:
    svg = charts.svg(spec | {"mark": {"type": "bar", "tooltip": True, "cursor": "pointer"}})

    assert not re.search(r"""\s(?:style|on\w+|(?:xlink:)?href)=""", svg)
    assert not re.search(r"<(?:script|style|a|image|foreignObject)\b", svg)


@pytest.mark.parametrize(
    "change",
    [
        {"data": {"url": "http://127.0.0.1:9/rows.json"}},
        {"encoding": {"href": {"value": "http://127.0.0.1:9/"}}},
        {"layer": [{"mark": {"type": "image", "url": "http://127.0.0.1:9/x.png"}}]},
    ],
)
def test_a_spec_that_fetches_or_links_is_refused(spec: dict[str, Any], change: dict[str, Any]) -> None:
    with pytest.raises(charts.UnsafeSpec):
        charts.svg(spec | change)


def test_a_column_may_be_called_anything(spec: dict[str, Any]) -> None:
    spec["data"]["values"][0]["url"] = "a column, not an address"

    assert "银川市" in texts(charts.svg(spec))


def test_a_chart_is_drawn_once(spec: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    first = charts.svg(spec)
    monkeypatch.setattr(charts, "_draw", lambda _spec: pytest.fail("drawn again"))

    assert charts.svg(spec) == first


def test_two_charts_on_a_page_do_not_share_ids(spec: dict[str, Any]) -> None:
    other = spec | {"description": "另一张"}

    ids = [set(re.findall(r'\bid="([^"]+)"', charts.svg(each))) for each in (spec, other)]

    assert ids[0]
    assert not ids[0] & ids[1]
    for svg, own in zip((charts.svg(spec), charts.svg(other)), ids, strict=True):
        assert set(re.findall(r"url\(#([^)]+)\)", svg)) <= own
