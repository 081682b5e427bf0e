"""Post entries, one or many. Posting is the only way a balance moves; it is one statement to the database."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, cast

import psycopg
from django.db import connection
from django.utils.translation import gettext_lazy as _

from lending.ledger.models import Entry
from lending.ledger.postings import Booking, Posting
from portal.accounts.models import User
from portal.audit.actions import origin
from portal.money import ZERO
from portal.refusals import Conflict, Refusal


class UnbalancedEntry(Refusal):
    code = "unbalanced_entry"
    message = _("分录借贷不平或不完整，未入账。请核对各行金额：每行只记一方，借方合计须等于贷方合计。")


class UnknownAccount(Refusal):
    code = "unknown_account"
    message = _("分录引用了未开立的科目，未入账。请先开立账套。")


class AnotherCurrency(Refusal):
    code = "another_currency"
    message = _("分录的科目币种不一致，未入账。一笔分录只能使用一种币种。")


class Overdrawn(Conflict):
    code = "overdrawn"
    message = _("科目余额不足，未入账。请刷新后核对最新余额。")


class PeriodClosed(Conflict):
    code = "period_closed"
    message = _("记账日期所在的会计期间已结账，未入账。请改用未结账的日期，或由两人办理重开后再记。")


class PostedOtherwise(Conflict):
    code = "posted_otherwise"
    message = _("该业务已按其他金额入账，不能重复入账。如有错误请先冲销原分录。")


_REFUSALS: Final[dict[str, type[Refusal]]] = {
    refusal.code: refusal for refusal in (UnknownAccount, AnotherCurrency, Overdrawn, PeriodClosed, PostedOtherwise)
}
_POST: Final = """SELECT entry_id, is_new, fault FROM ledger_post(
    %s, %s, %s, %s::date, %s::bigint, %s::text[], %s::numeric[], %s::integer[], %s::numeric[], %s::numeric[],
    %s::timestamptz, %s::bigint, %s, %s, %s::inet, %s::numeric)"""
_POST_MANY: Final = """SELECT entry_ids, are_new, fault, at_booking FROM ledger_post_many(
    %s::jsonb, %s::timestamptz, %s::bigint, %s, %s, %s::inet)"""


def post(
    *,
    event: str,
    subject: str,
    memo: str,
    booked_on: date,
    lines: Sequence[Posting],
    by: User | None,
    at: datetime,
    reverses: Entry | None = None,
) -> Entry:
    """Post one business event. The same event of the same subject is posted once: asking again returns the entry.

    Raises UnbalancedEntry, UnknownAccount, AnotherCurrency, Overdrawn (an account would leave its side), PeriodClosed or
    PostedOtherwise. A refusal has written nothing, and the caller's transaction goes on.
    """
    booking = Booking(event, subject, memo[:200], booked_on, tuple(lines))
    movement = _Movement.of(booking.lines)
    values = [
        event,
        subject,
        booking.memo,
        booked_on.isoformat(),
        str(reverses.pk) if reverses else None,
        _array(_quoted(code) for code in movement.held),
        _array(movement.net),
        _array(movement.places),
        _array(movement.debits),
        _array(movement.credits),
        *_origin(by, at),
        movement.total,
    ]
    pk, is_new, fault = _ask(_POST, values)
    if fault:
        raise _REFUSALS[fault]
    return _written(pk, booking, reverses, by=by, at=at) if is_new else Entry.objects.get(pk=pk)


def post_many(*, bookings: Sequence[Booking], by: User | None, at: datetime) -> list[Entry]:
    """Post a batch: all of it or nothing, with the refusals of :func:`post`. What was posted before is left as it is.

    The refusal carries a note that names the booking.
    """
    asked = [
        {
            "event": booking.event,
            "subject": booking.subject,
            "memo": booking.memo[:200],
            "booked_on": booking.booked_on.isoformat(),
            **asdict(_Movement.of(booking.lines)),
        }
        for booking in bookings
    ]
    ids, are_new, fault, number = _ask(_POST_MANY, [json.dumps(asked), *_origin(by, at)])
    if fault:
        refusal = _REFUSALS[fault]()
        refusal.add_note(f"{bookings[number - 1].event} {bookings[number - 1].subject}")
        raise refusal
    rows = list(zip(ids or [], are_new or [], bookings, strict=True))
    standing = Entry.objects.in_bulk([pk for pk, is_new, _booking in rows if not is_new])
    return [_written(pk, booking, None, by=by, at=at) if is_new else standing[pk] for pk, is_new, booking in rows]


def _ask(statement: str, values: Sequence[object]) -> Sequence[Any]:
    """One round trip, with the statement prepared on each connection: reading it anew would cost a fifth of posting.

    Where a pooler shares connections (Django's ``DISABLE_SERVER_SIDE_CURSORS``), nothing is prepared.
    """
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    line = connection.connection
    if line.prepare_threshold is None and not connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
        line.prepare_threshold = 2  # heeded by this kind of cursor alone: Django's own never prepare
    with connection.wrap_database_errors, psycopg.Cursor(line) as cursor:
        row = cursor.execute(statement, values).fetchone()
    if row is None:
        raise RuntimeError("the ledger's function returns a row")
    return cast("Sequence[Any]", row)


@dataclass(frozen=True)
class _Movement:
    """Lines as the database takes them: the accounts in the order of locking, what each moves by, and the lines on them."""

    held: list[str]
    net: list[str]
    places: list[int]
    debits: list[str]
    credits: list[str]
    total: str

    @classmethod
    def of(cls, lines: Sequence[Posting]) -> "_Movement":
        """Raises UnbalancedEntry."""
        net: dict[str, Decimal] = {}
        total = ZERO
        for line in lines:
            if min(line.debit, line.credit) != 0 or line.debit == line.credit or line.debit < 0 or line.credit < 0:
                raise UnbalancedEntry
            net[line.account_code] = net.get(line.account_code, ZERO) + line.debit - line.credit
            total += line.debit
        if not lines or sum(net.values(), ZERO) != 0:
            raise UnbalancedEntry
        held = sorted(net)
        place = {code: number for number, code in enumerate(held, start=1)}
        return cls(
            held=held,
            net=[str(net[code]) for code in held],
            places=[place[line.account_code] for line in lines],
            debits=[str(line.debit) for line in lines],
            credits=[str(line.credit) for line in lines],
            total=str(total),
        )


def _origin(by: User | None, at: datetime) -> list[object]:
    source = origin.get()
    return [at.isoformat(), str(by.pk) if by else None, str(by)[:60] if by else "", source.request_id, source.ip]


def _array(values: Iterable[str | int]) -> str:
    """An array as the database reads it: the driver's own way costs as much as the posting."""
    return "{" + ",".join(map(str, values)) + "}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


_FIELDS: Final = ("id", "event", "subject", "memo", "booked_on", "posted_at", "posted_by_id", "reverses_id")


def _written(pk: int, booking: Booking, reverses: Entry | None, *, by: User | None, at: datetime) -> Entry:
    """Its transaction and its currency, which the database set, are read when somebody asks."""
    about = (booking.event, booking.subject, booking.memo, booking.booked_on)
    entry: Entry = Entry.from_db(
        connection.alias, _FIELDS, (pk, *about, at, by.pk if by else None, reverses.pk if reverses else None)
    )
    if by is not None:
        entry.posted_by = by
    return entry
