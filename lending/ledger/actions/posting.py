"""Post an entry, reverse one. Posting is the only way a balance moves."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from lending.ledger.models import Account, Entry, Line
from lending.ledger.postings import Posting, mirrored
from portal.accounts.models import User
from portal.audit import actions as audit
from portal.refusals import Conflict, Refusal


class UnbalancedEntry(Refusal):
    code = "unbalanced_entry"
    message = _("分录借贷不平或不完整，未入账。请核对各行金额：每行只记一方，借方合计须等于贷方合计。")


class UnknownAccount(Refusal):
    code = "unknown_account"
    message = _("分录引用了未开立的科目，未入账。请先开立账套。")


class Overdrawn(Conflict):
    code = "overdrawn"
    message = _("科目余额不足，未入账。请刷新后核对最新余额。")


class PostedOtherwise(Conflict):
    code = "posted_otherwise"
    message = _("该业务已按其他金额入账，不能重复入账。如有错误请先冲销原分录。")


class AlreadyReversed(Conflict):
    code = "already_reversed"
    message = _("该分录已被冲销，或其本身就是冲销分录。")


@transaction.atomic
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

    Raises UnbalancedEntry, UnknownAccount, Overdrawn (an account would leave its side) or PostedOtherwise.
    """
    _require_balance(lines)
    posted = _posted(event, subject, lines)
    if posted:
        return posted
    codes = {line.account_code for line in lines}
    accounts = {account.code: account for account in Account.objects.filter(code__in=codes)}
    if len(accounts) < len(codes):
        raise UnknownAccount
    entry = Entry(
        event=event,
        subject=subject,
        memo=memo[:200],
        currency=next(iter(accounts.values())).currency,
        booked_on=booked_on,
        posted_at=at,
        posted_by=by,
        reverses=reverses,
    )
    try:
        with transaction.atomic():
            entry.save(force_insert=True)
    except IntegrityError:
        posted = _posted(event, subject, lines)  # somebody posted it while we looked
        if posted:
            return posted
        raise
    _write_lines(
        entry, [Line(entry=entry, account=accounts[p.account_code], debit=p.debit, credit=p.credit) for p in lines]
    )
    audit.record("ledger.post", entry, by=by, at=at, facts={"event": event, "subject": subject, "debit": _total(lines)})
    return entry


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


def _require_balance(lines: Sequence[Posting]) -> None:
    one_sided = all(min(line.debit, line.credit) == 0 < max(line.debit, line.credit) for line in lines)
    if len(lines) < 2 or not one_sided or _total(lines) != sum((line.credit for line in lines), Decimal(0)):
        raise UnbalancedEntry


def _total(lines: Sequence[Posting]) -> Decimal:
    return sum((line.debit for line in lines), Decimal(0))


def _posted(event: str, subject: str, lines: Sequence[Posting]) -> Entry | None:
    """The entry of this business event, if there is one; the same event with other lines is not the same event."""
    entry = Entry.objects.filter(event=event, subject=subject).first()
    if entry and sorted(_postings(entry), key=_order) != sorted(lines, key=_order):
        raise PostedOtherwise
    return entry


def _postings(entry: Entry) -> list[Posting]:
    rows = Line.objects.filter(entry=entry).order_by("pk").values_list("account__code", "debit", "credit")
    return [Posting(code, debit=debit, credit=credit) for code, debit, credit in rows]


def _order(line: Posting) -> tuple[str, Decimal, Decimal]:
    return line.account_code, line.debit, line.credit


def _write_lines(entry: Entry, lines: list[Line]) -> None:
    """All lines in one statement: the trigger then locks the accounts in one order."""
    try:
        with transaction.atomic():
            Line.objects.bulk_create(lines)
    except IntegrityError as error:
        if (
            getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
            == "a_bound_account_stays_on_its_side"
        ):
            raise Overdrawn from error
        raise
