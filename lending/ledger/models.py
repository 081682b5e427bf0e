"""The books: accounts, entries and lines. The database keeps them balanced and append-only, also against psql."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from lending.ledger import triggers
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.records import MoneyField, Record, append_only_trigger


class AccountKind(models.TextChoices):
    ASSET = "asset", _("资产")
    LIABILITY = "liability", _("负债")
    FUND = "fund", _("基金净额")
    INCOME = "income", _("收入")
    EXPENSE = "expense", _("支出")
    #: The budget's side of the books (预算会计), kept beside the money's.
    MEMORANDUM = "memorandum", _("预算")


class BoundSide(models.TextChoices):
    """The side an account may never leave: its balance is refused beyond zero, whoever posts."""

    NONE = "", _("不限")
    DEBIT = "debit", _("借方")
    CREDIT = "credit", _("贷方")


class AccountQuerySet(models.QuerySet["Account"]):
    def visible_to(self, user: User) -> "AccountQuerySet":
        return self if user.may(Permission.LEDGER_READ) else self.none()


class EntryQuerySet(models.QuerySet["Entry"]):
    def visible_to(self, user: User) -> "EntryQuerySet":
        return self if user.may(Permission.LEDGER_READ) else self.none()


class LineQuerySet(models.QuerySet["Line"]):
    def visible_to(self, user: User) -> "LineQuerySet":
        return self if user.may(Permission.LEDGER_READ) else self.none()


class Account(Record):
    """One account of one book, such as ``NX-DEMO:bank``. The balance, debit minus credit, is kept by trigger."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    code = models.CharField(_("科目代码"), max_length=80, unique=True)
    name = models.CharField(_("科目名称"), max_length=100)
    kind = models.CharField(_("类别"), max_length=12, choices=AccountKind.choices)
    book = models.CharField(_("账套"), max_length=40)
    bound_to = models.CharField(_("余额方向限定"), max_length=6, choices=BoundSide.choices, blank=True)
    balance = MoneyField(_("余额（借方为正）"), default=0)

    objects = AccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("科目")
        verbose_name_plural = _("科目")
        ordering = ["code"]
        indexes = [models.Index(fields=["book", "code"], name="accounts_of_a_book")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(bound_to="")
                | models.Q(bound_to=BoundSide.DEBIT, balance__gte=0)
                | models.Q(bound_to=BoundSide.CREDIT, balance__lte=0),
                name="a_bound_account_stays_on_its_side",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="opens_empty",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__balance__df=0),
                func=triggers.OPENS_EMPTY,
            ),
            pgtrigger.Trigger(
                name="balance_follows_the_lines",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=triggers.BALANCE_FOLLOWS_THE_LINES,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.code}"


class Entry(Record):
    """One business event in the books. Mistakes are reversed by a further entry."""

    sensitive: ClassVar[frozenset[str]] = frozenset()
    append_only = True

    id = models.BigAutoField(primary_key=True)
    #: The transaction that posts it: the only one that may add lines.
    txid = models.BigIntegerField(db_default=RawSQL("(pg_current_xact_id()::text)::bigint", []), editable=False)
    #: What happened and to what: ("claim_paid", "claim:17/1"); the pair is posted once.
    event = models.CharField(_("业务事件"), max_length=40)
    subject = models.CharField(_("业务对象"), max_length=80)
    memo = models.CharField(_("摘要"), max_length=200)
    booked_on = models.DateField(_("记账日期"))
    posted_at = models.DateTimeField(_("入账时间"))
    posted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("记账人"))
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
        triggers = [
            append_only_trigger(),
            pgtrigger.Trigger(
                name="is_balanced",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                declare=triggers.DECLARE_TOTALS,
                func=triggers.ENTRY_IS_BALANCED,
            ),
        ]

    def __str__(self) -> str:
        return self.memo


class Line(Record):
    """One side of an entry: a debit or a credit, never both, never neither."""

    sensitive: ClassVar[frozenset[str]] = frozenset()
    append_only = True

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="lines", verbose_name=_("分录"))
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="lines", verbose_name=_("科目"))
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
        triggers = [
            append_only_trigger(),
            pgtrigger.Trigger(
                name="leaves_its_entry_balanced",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                declare=triggers.DECLARE_TOTALS,
                func=triggers.LINE_LEAVES_ITS_ENTRY_BALANCED,
            ),
            pgtrigger.Trigger(
                name="moves_the_balances",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="new_lines"),  # type: ignore[no-untyped-call] # pgtrigger ships no types
                func=triggers.LINES_MOVE_THE_BALANCES,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.debit}/{self.credit}"
