"""When a delivery is due and when it is late."""

import datetime as dt

import pytest

from enterprises.quality.rules import Rhythm, rhythm_of

LAST = dt.date(2026, 11, 2)


@pytest.mark.parametrize(
    ("frequency", "rhythm"),
    [
        ("日", Rhythm(1, 3)),
        ("日（7个工作日内上报）", Rhythm(1, 10)),
        ("月（授权后实时查询）", Rhythm(31, 5)),
        ("季", Rhythm(92, 10)),
        ("年", Rhythm(366, 31)),
        ("实时（授权查询/核验）", None),
        ("不定期", None),
    ],
)
def test_a_frequency_in_words_has_a_rhythm_in_days(frequency: str, rhythm: Rhythm | None) -> None:
    assert rhythm_of(frequency) == rhythm


def test_a_delivery_is_late_after_its_grace_and_counted_from_its_due_day() -> None:
    daily = Rhythm(1, 3)

    days = [dt.date(2026, 11, day) for day in (2, 3, 6, 7)]

    assert [daily.is_late(LAST, day) for day in days] == [False, False, False, True]
    assert [daily.days_late(LAST, day) for day in days] == [0, 0, 3, 4]
