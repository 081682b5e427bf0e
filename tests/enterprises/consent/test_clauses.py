import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enterprises.consent import clauses
from enterprises.consent.clauses import Bounds, FairUseRow, Terms

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("moment", "unit", "start"),
    [
        ("2026-11-30T15:59:59+00:00", "month", "2026-11-01T00:00:00+08:00"),
        ("2026-11-30T16:00:00+00:00", "month", "2026-12-01T00:00:00+08:00"),
        ("2026-12-31T15:59:59+00:00", "year", "2026-01-01T00:00:00+08:00"),
        ("2026-12-31T16:00:00+00:00", "year", "2027-01-01T00:00:00+08:00"),
        ("2028-02-29T03:30:00+00:00", "month", "2028-02-01T00:00:00+08:00"),
        ("2026-11-20T15:59:59+00:00", "day", "2026-11-20T00:00:00+08:00"),
        ("2026-11-20T16:00:00+00:00", "day", "2026-11-21T00:00:00+08:00"),
        ("2026-11-20T16:59:59+00:00", "hour", "2026-11-21T00:00:00+08:00"),
    ],
)
def test_units_run_by_the_calendar_of_the_station(moment: str, unit: str, start: str) -> None:
    local = dt.datetime.fromisoformat(moment).astimezone(SHANGHAI)

    assert clauses.unit_start(local, unit).isoformat() == start


@given(st.datetimes(timezones=st.just(SHANGHAI)), st.sampled_from(["hour", "day", "month", "year"]))
def test_a_unit_starts_no_later_than_its_moments_and_is_its_own_start(local: dt.datetime, unit: str) -> None:
    start = clauses.unit_start(local, unit)

    assert start <= local
    assert clauses.unit_start(start, unit) == start


@pytest.mark.parametrize(
    ("last", "life", "unit", "end"),
    [
        (dt.date(2026, 1, 31), 1, "month", dt.date(2026, 2, 28)),
        (dt.date(2028, 2, 29), 1, "year", dt.date(2029, 2, 28)),
        (dt.date(2026, 12, 31), 1, "day", dt.date(2027, 1, 1)),
    ],
)
def test_data_lives_calendar_units(last: dt.date, life: int, unit: str, end: dt.date) -> None:
    assert clauses.life_end(last, life, unit) == end


# --- Fair use -----------------------------------------------------------------------------------------------------------

ALL = Bounds(
    max_days=180,
    max_uses=30,
    uses_unit="month",
    max_data_months=36,
    max_data_life=3,
    data_life_unit="year",
    max_mode="detail",
)
ROWS = [FairUseRow(ALL, purpose_code="loan")]


def terms(**changes: object) -> Terms:
    plain: dict[str, object] = {
        "institution_id": 1,
        "purpose_code": "loan",
        "fetch_kind": "periodic",
        "days": 180,
        "uses": 30,
        "uses_unit": "month",
        "data_months": 36,
        "data_life": 3,
        "data_life_unit": "year",
        "items": {"A": "detail"},
    }
    return Terms(**(plain | changes))  # type: ignore[arg-type] # the fields of Terms


def measures(asked: Terms, rows: list[FairUseRow]) -> list[str]:
    return [excess.measure for excess in clauses.excesses(asked, rows)]


def test_the_bounds_themselves_are_within_bounds() -> None:
    assert clauses.excesses(terms(), ROWS) == []


@pytest.mark.parametrize(
    ("changes", "measure"),
    [
        ({"days": 181}, "period"),
        ({"uses": 31}, "frequency"),
        ({"uses": 1, "uses_unit": "day"}, "frequency"),
        ({"uses": 31, "uses_unit": "year"}, "frequency"),
        ({"data_months": 37}, "span"),
        ({"data_life": 37, "data_life_unit": "month"}, "data_life"),
        ({"data_life": 1096, "data_life_unit": "day"}, "data_life"),
    ],
)
def test_each_measure_above_its_bound_is_named(changes: dict[str, object], measure: str) -> None:
    assert measures(terms(**changes), ROWS) == [measure]


def test_equal_lives_in_other_words_are_equal() -> None:
    assert measures(terms(data_life=36, data_life_unit="month"), ROWS) == []


def test_a_purpose_without_any_row_allows_nothing() -> None:
    assert measures(terms(purpose_code="other"), ROWS) == ["period", "frequency", "span", "data_life", "mode"]


def test_a_more_specific_row_wins_and_leaves_the_rest_to_the_wider_one() -> None:
    rows = [
        *ROWS,
        FairUseRow(Bounds(max_mode="verify"), purpose_code="loan", item_code="A"),
        FairUseRow(Bounds(max_days=400), institution_id=1),
    ]

    assert measures(terms(days=365), rows) == ["mode"]
    assert measures(terms(days=365, institution_id=2, items={"A": "verify"}), rows) == ["period"]
    assert clauses.excesses(terms(), rows)[0] == clauses.Excess("mode", "verify", "", "A")


def test_the_tightest_bound_over_the_items_is_told() -> None:
    other = Bounds(max_days=30, max_uses=1, uses_unit="day", max_data_months=99, max_data_life=40, data_life_unit="day")

    found = clauses.tightest([ALL, other])

    assert (found.max_days, found.max_data_months) == (30, 36)
    assert (found.max_uses, found.uses_unit) == (30, "month")
    assert (found.max_data_life, found.data_life_unit) == (40, "day")


@settings(max_examples=40, deadline=None)
@given(
    uses=st.integers(1, 50),
    per=st.sampled_from(["hour", "day", "month", "year"]),
    bound=st.integers(1, 50),
    unit=st.sampled_from(["hour", "day", "month", "year"]),
    day=st.dates(min_value=dt.date(2024, 1, 1), max_value=dt.date(2028, 12, 31)),
)
def test_what_passes_the_bound_on_frequency_can_never_look_more_often(
    *, uses: int, per: str, bound: int, unit: str, day: dt.date
) -> None:
    """Whoever looks as often as the terms allow within one unit of the bound stays at or under the bound."""
    most = clauses.most_in_unit(uses, per, unit)
    first = clauses.unit_start(dt.datetime.combine(day, dt.time(7), SHANGHAI), unit)
    length = {"hour": 1, "day": 24, "month": 31 * 24, "year": 366 * 24}[unit]
    hours = [first + dt.timedelta(hours=hour) for hour in range(length)]
    opened = {clauses.unit_start(hour, per) for hour in hours if clauses.unit_start(hour, unit) == first}

    assert len(opened) * uses <= max(most, uses)
    if most <= bound:
        assert len(opened) * uses <= bound
