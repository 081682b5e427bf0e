"""Regions, industries and days."""

import datetime as dt

import pytest

from portal import industries, periods, regions


def test_ningxia_has_five_cities_twenty_two_counties_and_ningdong_beside_them() -> None:
    assert (len(regions.CITIES), len(regions.COUNTIES), len(regions.RESPONSIBLE)) == (5, 22, 6)
    assert regions.RESPONSIBLE[-1].code == regions.NINGDONG


@pytest.mark.parametrize(
    ("area", "code", "expected"),
    [
        ("640000", "640181", True),
        ("640000", regions.NINGDONG, True),
        ("640100", "640181", True),
        ("640100", "640221", False),
        ("640181", "640181", True),
        ("640100", regions.NINGDONG, False),
        ("640100", "640103", False),
    ],
)
def test_an_area_covers_its_own(area: str, code: str, expected: bool) -> None:
    assert regions.covers(area, code) is expected


def test_every_county_lies_in_a_city() -> None:
    assert {regions.city_of(county.code) for county in regions.COUNTIES} == {city.code for city in regions.CITIES}


def test_there_are_twenty_sections_and_ninety_seven_divisions() -> None:
    assert len(industries.SECTIONS) == 20
    assert len(industries.INDUSTRIES) == 117
    assert industries.section_of("1512") == "C"
    assert industries.covers("C", "1512")
    assert industries.covers("151", "1512")
    assert not industries.covers("D", "1512")


def test_working_days_skip_weekends_and_holidays() -> None:
    friday = dt.date(2026, 9, 25)

    assert periods.add_working_days(dt.date(2026, 11, 20), 1) == dt.date(2026, 11, 23)
    assert periods.add_working_days(dt.date(2026, 9, 30), 1) == dt.date(2026, 10, 8)
    assert periods.is_working_day(friday) is (friday not in periods._days_off(2026))


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [((2026, 1, 31), 1, (2026, 2, 28)), ((2026, 2, 28), 12, (2027, 2, 28)), ((2024, 2, 29), 12, (2025, 2, 28))],
)
def test_months_end_where_the_month_does(start: tuple[int, ...], months: int, end: tuple[int, ...]) -> None:
    assert periods.add_months(dt.date(*start), months) == dt.date(*end)


def test_whole_months_and_years_count_what_is_completed() -> None:
    assert periods.whole_months(dt.date(2026, 1, 15), dt.date(2026, 3, 14)) == 1
    assert periods.whole_months(dt.date(2026, 3, 14), dt.date(2026, 1, 15)) == -1
    assert periods.whole_years(dt.date(2024, 11, 21), dt.date(2026, 11, 20)) == 1
    assert periods.whole_years(dt.date(2027, 1, 1), dt.date(2026, 11, 20)) == 0


def test_month_starts_cover_both_ends() -> None:
    assert periods.month_starts(dt.date(2025, 12, 31), dt.date(2026, 2, 1)) == [
        dt.date(2025, 12, 1),
        dt.date(2026, 1, 1),
        dt.date(2026, 2, 1),
    ]
