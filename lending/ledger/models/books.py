"""Books and their accounts."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from lending.ledger.triggers import Held
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.records import MoneyField, Record


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


class BookPlan(models.TextChoices):
    """What a book is kept for; it decides the accounts that it opens with."""

    FUND = "fund", _("补偿资金池")
    SUBSIDY = "subsidy", _("贴息资金")
    GUARANTEE = "guarantee", _("担保分险")


class BookQuerySet(models.QuerySet["Book"]):
    def visible_to(self, user: User) -> "BookQuerySet":
        return self if user.may(Permission.LEDGER_READ) else self.none()


class Book(Record):
    """One set of accounts in one currency (账套): of a fund, a programme or a guarantee arrangement."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    code = models.CharField(_("账套代码"), max_length=40, primary_key=True)
    name = models.CharField(_("账套名称"), max_length=80)
    plan = models.CharField(_("用途"), max_length=10, choices=BookPlan.choices)
    currency = models.CharField(_("币种"), max_length=3, default="CNY")
    opened_at = models.DateTimeField(_("开立时间"))
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("开立人"))

    objects = BookQuerySet.as_manager()

    class Meta:
        verbose_name = _("账套")
        verbose_name_plural = _("账套")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=models.Q(plan__in=BookPlan.values), name="a_book_has_a_known_plan"),
            models.CheckConstraint(
                condition=models.Q(currency__regex=r"^[A-Z]{3}$"), name="a_currency_is_three_letters"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AccountQuerySet(models.QuerySet["Account"]):
    def visible_to(self, user: User) -> "AccountQuerySet":
        return self if user.may(Permission.LEDGER_READ) else self.none()


class Account(Record):
    """One account of one book, such as ``NX-DEMO:bank``. The balance, debit minus credit, is kept by trigger."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    code = models.CharField(_("科目代码"), max_length=80, unique=True)
    name = models.CharField(_("科目名称"), max_length=100)
    kind = models.CharField(_("类别"), max_length=12, choices=AccountKind.choices)
    book = models.ForeignKey(
        Book,
        on_delete=models.PROTECT,
        related_name="accounts",
        db_column="book",
        db_index=False,  # "accounts_of_a_book" serves
        verbose_name=_("账套"),
    )
    #: The book's, kept here as well because every line is held to it.
    currency = models.CharField(_("币种"), max_length=3, default="CNY")
    bound_to = models.CharField(_("余额方向限定"), max_length=6, choices=BoundSide.choices, blank=True)
    balance = MoneyField(_("余额（借方为正）"), default=0)
    #: The last day of the book's last closed period; nothing is booked on or before it.
    closed_through = models.DateField(_("已结账至"), null=True, blank=True)

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
            Held(
                name="account_opens_empty",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__balance__df=0),
            ),
            Held(
                name="balance_follows_the_lines",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("pg_trigger_depth() = 0"),
            ),
            Held(name="account_stays", when=pgtrigger.Before, operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.code}"
