import datetime as dt
from random import Random
from zoneinfo import ZoneInfo

from lending.province.timeline import Story, Timeline, in_office, later

ZONE = ZoneInfo("Asia/Shanghai")
START = dt.datetime(2026, 11, 2, 8, 0, tzinfo=ZONE)


def test_stories_are_lived_in_the_order_of_time_and_stop_at_the_end() -> None:
    lived: list[tuple[str, int]] = []

    def story(name: str, *days: int) -> Story:
        for day in days:
            yield START + dt.timedelta(days=day)
            lived.append((name, day))

    timeline = Timeline(START + dt.timedelta(days=10))
    timeline.begin(story("a", 1, 5, 9, 11))
    timeline.begin(story("b", 2, 6, 12))
    timeline.run()

    assert lived == [("a", 1), ("b", 2), ("a", 5), ("b", 6), ("a", 9)]


def test_a_story_may_begin_another() -> None:
    lived: list[str] = []
    timeline = Timeline(START + dt.timedelta(days=10))

    def child() -> Story:
        yield START + dt.timedelta(days=2)
        lived.append("child")

    def parent() -> Story:
        yield START + dt.timedelta(days=1)
        timeline.begin(child())
        yield START + dt.timedelta(days=3)
        lived.append("parent")

    timeline.begin(parent())
    timeline.run()

    assert lived == ["child", "parent"]


def test_offices_work_on_working_days_only() -> None:
    saturday = dt.datetime(2026, 11, 21, 11, 0, tzinfo=ZONE)
    evening = dt.datetime(2026, 11, 19, 20, 0, tzinfo=ZONE)
    morning = dt.datetime(2026, 11, 19, 10, 0, tzinfo=ZONE)

    assert in_office(saturday, Random(1)).date() == dt.date(2026, 11, 23)
    assert in_office(evening, Random(1)).date() == dt.date(2026, 11, 20)
    assert in_office(morning, Random(1)) == morning
    assert later(morning, Random(1), 5, 5) < morning + dt.timedelta(minutes=6)
