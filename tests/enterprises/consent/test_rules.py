from decimal import Decimal
from typing import Any

import pytest

from enterprises.consent import rules


@pytest.mark.parametrize("mode", rules.MODES)
@pytest.mark.parametrize("level", rules.LEVELS)
def test_a_field_is_shown_by_its_level_and_the_mode(level: str, mode: str) -> None:
    expected = level == "public" or (level == "authorized" and mode == "detail")

    assert rules.is_shown(level, mode) is expected


@pytest.mark.parametrize(
    ("value", "kind", "unit", "text"),
    [
        (None, "string(10)", "", "—"),
        ("", "date", "", "—"),
        (True, "boolean", "", "是"),
        ("false", "boolean", "", "否"),
        ("1234567.50", "decimal(18,2)", "元", "1,234,567.5 元"),
        ("100", "decimal(18,6)", "万元", "100 万元"),
        ("0.00", "decimal(18,2)", "元", "0 元"),
        ("not a number", "decimal(18,2)", "元", "not a number"),
        (["警告", "罚款"], "enum_multi", "", "警告、罚款"),
        ({"assets": "是"}, "json", "", "assets:是"),
        (17, "integer", "", "17"),
    ],
)
def test_values_are_written_for_a_reader(value: Any, kind: str, unit: str, text: str) -> None:
    assert rules.text(value, kind, unit) == text


def test_the_widest_mode_is_what_shows_most() -> None:
    assert rules.widest(["verify", "detail", "outcome"]) == "detail"
    assert rules.widest([]) == "outcome"


def test_an_amount_has_a_currency_for_its_unit() -> None:
    assert rules.is_amount("decimal(18,2)", "元")
    assert not rules.is_amount("decimal(14,2)", "千瓦时")
    assert not rules.is_amount("integer", "元")


def test_decimals_keep_every_digit() -> None:
    assert rules.text(Decimal("123456789012345.67"), "decimal(18,2)") == "123,456,789,012,345.67"
