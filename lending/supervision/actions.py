"""Rolling figures up by day and county, and publishing some of them down for everybody to read."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import connection, transaction

from lending.supervision import queries
from lending.supervision.models import DayFigures
from lending.supervision.rollup import INSERT
from portal.pages.actions import publish_figures
from portal.pages.models import PublishedFigure

#: One refresh at a time: two of them on the same day would each miss what the other has removed.
LOCK = "SELECT pg_advisory_xact_lock(hashtext('lending.supervision.refresh'))"


@transaction.atomic
def refresh(*, days: Collection[date], at: datetime) -> int:
    """Count ``days`` anew from the rows, whole days at a time; returns the number of rows written."""
    if not days:
        return 0
    wanted = sorted(set(days))
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
        DayFigures.objects.filter(day__in=wanted).delete()
        cursor.execute(INSERT, {"days": wanted, "at": at})
        return int(cursor.rowcount)


@transaction.atomic
def publish(*, as_of: date, at: datetime) -> list[PublishedFigure]:
    """Hand the public its figures; those that have not moved since they were last published are left alone."""
    known = {figure.key: figure.value for figure in PublishedFigure.objects.newest()}
    moved = {key: value for key, value in queries.public_figures().items() if known.get(key) != value}
    return publish_figures(figures=moved, as_of=as_of, at=at)
