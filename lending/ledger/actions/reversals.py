"""Undo an entry by its mirror."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lending.ledger.actions.posting import post
from lending.ledger.models import Entry, Line
from lending.ledger.postings import Posting, mirrored
from portal.accounts.models import User
from portal.refusals import Conflict


class AlreadyReversed(Conflict):
    code = "already_reversed"
    message = _("该分录已被冲销，或其本身就是冲销分录。")


@transaction.atomic
def reverse(*, entry: Entry, memo: str, booked_on: date, by: User, at: datetime) -> Entry:
    """Undo ``entry`` by its mirror. Once; a reversal is not reversed but posted anew."""
    entry = Entry.objects.select_for_update(of=("self",), no_key=True).get(pk=entry.pk)
    if entry.reverses_id is not None or Entry.objects.filter(reverses=entry).exists():
        raise AlreadyReversed
    return post(
        event="reversal",
        subject=f"entry:{entry.pk}",
        memo=memo,
        booked_on=booked_on,
        lines=mirrored(_postings(entry)),
        by=by,
        at=at,
        reverses=entry,
    )


def _postings(entry: Entry) -> list[Posting]:
    rows = Line.objects.filter(entry=entry).order_by("pk").values_list("account__code", "debit", "credit")
    return [Posting(code, debit=debit, credit=credit) for code, debit, credit in rows]
