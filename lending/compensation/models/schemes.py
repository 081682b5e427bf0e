"""Funds of public money and the schemes (补偿方案) by which they share losses."""

from datetime import date
from typing import ClassVar

import pghistory
from django.db import models
from django.db.models.functions import Coalesce, Concat
from django.utils.translation import gettext_lazy as _

from lending.ledger.models import Account
from portal import regions
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.money import ZERO
from portal.records import MoneyField, Record


class FundQuerySet(models.QuerySet["Fund"]):
    def with_balances(self, *accounts: str) -> "FundQuerySet":
        """Annotate ``<account>_balance`` from each fund's book: debit minus credit, 0 where the book is not open."""
        balances = {}
        for account in accounts:
            code = Concat(models.OuterRef("code"), models.Value(f":{account}"))
            found = Account.objects.filter(code=code).values("balance")
            balances[f"{account}_balance"] = Coalesce(models.Subquery(found), ZERO, output_field=MoneyField())
        return self.annotate(**balances)

    def visible_to(self, user: User) -> "FundQuerySet":
        return self if user.may(Permission.LEDGER_READ) else self.none()


class Fund(Record):
    """A pool of public money (风险补偿资金池); what is in it stands in the ledger's book of the same code."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    code = models.CharField(_("代码"), max_length=30, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    region_code = models.CharField(_("区域"), max_length=12, default=regions.PROVINCE)
    opened_on = models.DateField(_("设立日期"))

    objects = FundQuerySet.as_manager()

    class Meta:
        verbose_name = _("补偿资金池")
        verbose_name_plural = _("补偿资金池")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class SchemeQuerySet(models.QuerySet["Scheme"]):
    def in_force(self, day: date) -> "SchemeQuerySet":
        """Those that bind a loan drawn on ``day``."""
        open_ended = models.Q(in_force_until=None) | models.Q(in_force_until__gte=day)
        return self.filter(open_ended, in_force_from__lte=day)

    def visible_to(self, user: User) -> "SchemeQuerySet":
        """Rules are for everybody who works under them: staff with the books, and officers in post."""
        if user.may(Permission.LEDGER_READ) or user.officer_posts.filter(ended_at=None).exists():
            return self
        return self.none()


@pghistory.track()
class Scheme(Record):
    """One version of the rules by which a fund shares losses. It binds a loan by the day of its drawdown.

    ``clauses``: [{"clause": "…class name…", "number": "第五条", "text": "…", "parameters": {…}}, …]; see ``clauses.py``.
    """

    sensitive: ClassVar[frozenset[str]] = frozenset()

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="schemes", verbose_name=_("资金池"))
    code = models.CharField(_("代码"), max_length=30)
    version = models.PositiveIntegerField(_("版本"))
    name = models.CharField(_("名称"), max_length=60)
    legal_basis = models.CharField(_("依据"), max_length=200)
    is_demonstration = models.BooleanField(_("演示参数"), default=True)
    clauses = models.JSONField(_("条款"))
    in_force_from = models.DateField(_("生效日期"))
    in_force_until = models.DateField(_("失效日期"), null=True, blank=True)

    objects = SchemeQuerySet.as_manager()

    class Meta:
        verbose_name = _("补偿方案")
        verbose_name_plural = _("补偿方案")
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="one_scheme_per_version"),
            models.CheckConstraint(
                condition=models.Q(in_force_until=None) | models.Q(in_force_until__gte=models.F("in_force_from")),
                name="a_scheme_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"
