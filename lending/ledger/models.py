"""The books: accounts, entries and lines. The database keeps them balanced and append-only, also against psql."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.records import MoneyField, Record


class AccountKind(models.TextChoices):
    ASSET = "asset", _("资产")
    LIABILITY = "liability", _("负债")
    FUND = "fund", _("基金净额")
    INCOME = "income", _("收入")
    EXPENSE = "expense", _("支出")
    MEMORANDUM = "memorandum", _("备查")


class BooksQuerySet(models.QuerySet["models.Model"]):
    def visible_to(self, user: User) -> "BooksQuerySet":
        return self if user.may(Permission.LEDGER_READ) else self.none()


class Account(Record):
    """One account of one book. ``code`` such as ``fund:NX-DEMO:bank``; the balance is kept by trigger, debit minus credit."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    code = models.CharField(_("科目代码"), max_length=80, unique=True)
    name = models.CharField(_("科目名称"), max_length=100)
    kind = models.CharField(_("类别"), max_length=12, choices=AccountKind.choices)
    book = models.CharField(_("账套"), max_length=40)
    balance = MoneyField(_("余额(借方为正)"), default=0)

    objects = BooksQuerySet.as_manager()

    class Meta:
        verbose_name = _("科目")
        verbose_name_plural = _("科目")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Entry(Record):
    """One business event in the books. Mistakes are reversed by a further entry."""

    sensitive: ClassVar[frozenset[str]] = frozenset()
    append_only = True

    id = models.BigAutoField(primary_key=True)
    #: What happened and to what: ("claim_paid", "claim:17"); the pair is posted once.
    event = models.CharField(_("业务事件"), max_length=40)
    subject = models.CharField(_("业务对象"), max_length=60)
    memo = models.CharField(_("摘要"), max_length=200)
    booked_on = models.DateField(_("记账日期"))
    posted_at = models.DateTimeField(_("入账时间"))
    posted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversed_by")

    objects = BooksQuerySet.as_manager()

    class Meta:
        verbose_name = _("分录")
        verbose_name_plural = _("分录")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["event", "subject"], name="one_entry_per_business_event"),
        ]

    def __str__(self) -> str:
        return self.memo


class Line(Record):
    """One side of an entry: a debit or a credit, never both, never neither."""

    sensitive: ClassVar[frozenset[str]] = frozenset()
    append_only = True

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="lines")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="lines")
    debit = MoneyField(_("借方(元)"), default=0)
    credit = MoneyField(_("贷方(元)"), default=0)

    class Meta:
        verbose_name = _("分录行")
        verbose_name_plural = _("分录行")
        ordering = ["entry", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(debit__gt=0, credit=0) | models.Q(debit=0, credit__gt=0), name="a_line_has_one_side"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.debit}/{self.credit}"
