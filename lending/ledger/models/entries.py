"""Entries and their lines: only ever added."""

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from lending.ledger.models.books import Account
from lending.ledger.triggers import Held
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.records import MoneyField, Record, append_only_trigger


class EntryQuerySet(models.QuerySet["Entry"]):
    def visible_to(self, user: User) -> "EntryQuerySet":
        return self if user.may(Permission.LEDGER_READ) else self.none()


class LineQuerySet(models.QuerySet["Line"]):
    def visible_to(self, user: User) -> "LineQuerySet":
        return self if user.may(Permission.LEDGER_READ) else self.none()


class Entry(Record):
    """One business event in the books, in one currency. Mistakes are reversed by a further entry."""

    sensitive: ClassVar[frozenset[str]] = frozenset()
    append_only = True

    id = models.BigAutoField(primary_key=True)
    #: The transaction that posts it: the only one that may add lines. The sealer chains entries by it.
    txid = models.BigIntegerField(db_default=RawSQL("(pg_current_xact_id()::text)::bigint", []), editable=False)
    #: What happened and to what: ("claim_paid", "claim:17/1"); the pair is posted once.
    event = models.CharField(_("业务事件"), max_length=40)
    subject = models.CharField(_("业务对象"), max_length=80)
    memo = models.CharField(_("摘要"), max_length=200)
    currency = models.CharField(_("币种"), max_length=3, default="CNY")
    booked_on = models.DateField(_("记账日期"))
    posted_at = models.DateTimeField(_("入账时间"))
    posted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("记账人")
    )
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="reversed_by", verbose_name=_("冲销分录")
    )

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("分录")
        verbose_name_plural = _("分录")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["event", "subject"], name="one_entry_per_business_event"),
        ]
        indexes = [
            BrinIndex(fields=["txid"], name="entries_by_transaction")
        ]  # the chain reads by it; posting pays nothing
        triggers = [
            append_only_trigger(),
            Held(
                name="entry_has_lines",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
            ),
        ]

    def __str__(self) -> str:
        return self.memo


class Line(Record):
    """One side of an entry: a debit or a credit, never both, never neither."""

    sensitive: ClassVar[frozenset[str]] = frozenset()
    append_only = True

    id = models.BigAutoField(primary_key=True)
    #: The sealer chains lines by it, as it does entries.
    txid = models.BigIntegerField(db_default=RawSQL("(pg_current_xact_id()::text)::bigint", []), editable=False)
    # The trigger that moves the balances holds both: see there why no constraint does.
    entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, related_name="lines", db_constraint=False, verbose_name=_("分录")
    )
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="lines", db_constraint=False, verbose_name=_("科目")
    )
    debit = MoneyField(_("借方（元）"), default=0)
    credit = MoneyField(_("贷方（元）"), default=0)

    objects = LineQuerySet.as_manager()

    class Meta:
        verbose_name = _("分录行")
        verbose_name_plural = _("分录行")
        ordering = ["entry", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(debit__gt=0, credit=0) | models.Q(debit=0, credit__gt=0), name="a_line_has_one_side"
            ),
        ]
        indexes = [BrinIndex(fields=["txid"], name="lines_by_transaction")]
        triggers = [
            append_only_trigger(),
            Held(
                name="lines_move_the_balances",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="new_lines"),  # type: ignore[no-untyped-call] # pgtrigger ships no types
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.debit}/{self.credit}"
