"""What may be shown of what is hidden, and what is caught in free text."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal import masks
from portal.logs import MaskedFormatter


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        ("13812345678", "phone", "138****5678"),
        ("+8613812345678", "phone", "138****5678"),
        ("640104199001011234", "id", "6401********34"),
        ("张三", "name", "张*"),
        ("马建国", "name", "马*国"),
        ("买买提·艾山江", "name", "买*****江"),
        ("马", "name", "***"),
        ("6222021234567890123", "account", "********0123"),
        ("1234567", "account", "*******"),
        ("mali@example.com", "email", "m***@example.com"),
        ("宁夏回族自治区银川市兴庆区解放西街1号", "address", "宁夏回族自治区银川市兴庆区***"),
        ("解放西街1号", "address", "***"),
        ("91640104MA00000000", "uscc", "9164********0000"),
        ("350000", "amount", "10 万元至 50 万元"),
        ("-1200000000.00", "amount", "1 亿元以上"),
        ("many", "amount", "***"),
        ("NaN", "amount", "***"),
        ("", "phone", "***"),
        (None, "text", "***"),
    ],
)
def test_a_mask_shows_what_its_kind_allows(value: object, kind: str, shown: str) -> None:
    assert masks.masked(value, kind) == shown


@given(st.text(min_size=1, max_size=40), st.sampled_from(["account", "id", "name", "uscc", "text", "address"]))
def test_no_mask_is_the_value(value: str, kind: str) -> None:
    assert masks.masked(value, kind) != value or set(value.strip()) <= {"*"}


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("id 640104199001011234 refused", "id 6401************34 refused"),
        ("SMS to +8613812345678 failed", "SMS to +86138****5678 failed"),
        ("phone=13812345678, id=64010419900101123X", "phone=138****5678, id=6401************3X"),
        ("firm 91640104MA00000000, batch 20261120, 3 rows", "firm 91640104MA00000000, batch 20261120, 3 rows"),
        ("digest 66c7f0f462eeedd9d1f213812345678aa", "digest 66c7f0f462eeedd9d1f213812345678aa"),
    ],
)
def test_numbers_that_slip_into_text_are_masked_and_others_are_not(line: str, written: str) -> None:
    assert masks.in_text(line) == written


def test_a_log_line_is_masked_with_its_arguments_and_its_traceback() -> None:
    try:
        raise ValueError("bad number 640104199001011234")
    except ValueError as fault:
        record = logging.LogRecord("x", logging.ERROR, "", 1, "from %s", ("13812345678",), (ValueError, fault, None))

    line = MaskedFormatter("{message}", style="{").format(record)

    assert ("138****5678" in line, "6401************34" in line, "199001" in line) == (True, True, False)


def test_the_sites_own_lines_go_through_the_masks(settings: object) -> None:
    from django.conf import settings as own

    assert own.LOGGING["formatters"]["line"]["()"] == "portal.logs.MaskedFormatter"
    assert own.CELERY_WORKER_HIJACK_ROOT_LOGGER is False
