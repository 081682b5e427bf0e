"""Funds of public money and the schemes (补偿方案) by which they share losses."""

from datetime import date
from typing import ClassVar

import pghistory
import pgtrigger
from django.db import models
from django.db.models.functions import Coalesce, Concat
from django.utils.translation import gettext_lazy as _

from lending.compensation.states import BindsOn, InterestPolicy, SchemeState
from lending.ledger.models import Account
from portal import regions
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.money import ZERO
from portal.records import MoneyField, RateField, Record


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
    closes_on = models.DateField(_("存续至"), null=True, blank=True)
    interest_policy = models.CharField(
        _("利息处理"), max_length=10, choices=InterestPolicy.choices, default=InterestPolicy.ROLLS_IN
    )

    objects = FundQuerySet.as_manager()

    class Meta:
        verbose_name = _("补偿资金池")
        verbose_name_plural = _("补偿资金池")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class FundContributor(Record):
    """Who undertook to fill a fund: with an amount, or by matching another contributor at a ratio (配套)."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="contributors", verbose_name=_("资金池"))
    code = models.CharField(_("代码"), max_length=20)
    name = models.CharField(_("出资方"), max_length=60)
    committed_amount = MoneyField(_("承诺出资（元）"), null=True, blank=True)
    matches = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("配套对象")
    )
    match_ratio = RateField(_("配套比例"), null=True, blank=True)
    is_assumed = models.BooleanField(_("假设"), default=False)

    class Meta:
        verbose_name = _("出资方")
        verbose_name_plural = _("出资方")
        ordering = ["fund", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["fund", "code"], name="one_contributor_per_code_and_fund"),
            models.CheckConstraint(
                condition=models.Q(
                    committed_amount__isnull=False, committed_amount__gte=0, matches=None, match_ratio=None
                )
                | models.Q(committed_amount=None, matches__isnull=False, match_ratio__isnull=False, match_ratio__gt=0),
                name="a_contributor_commits_or_matches",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FundBudget(Record):
    """What a fund may spend in a year (年度预算): breakers and caps measure by it."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="budgets", verbose_name=_("资金池"))
    year = models.PositiveSmallIntegerField(_("年度"))
    amount = MoneyField(_("预算（元）"))
    set_at = models.DateTimeField(_("登记时间"))
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("登记人"))

    class Meta:
        verbose_name = _("年度预算")
        verbose_name_plural = _("年度预算")
        ordering = ["fund", "-year"]
        constraints = [
            models.UniqueConstraint(fields=["fund", "year"], name="one_budget_per_fund_and_year"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="a_budget_is_more_than_nothing"),
        ]

    def __str__(self) -> str:
        return f"{self.fund} {self.year}"


class SchemeQuerySet(models.QuerySet["Scheme"]):
    def in_force(self, day: date) -> "SchemeQuerySet":
        """Those that bind on ``day``: adopted, begun, not over, and not replaced by a later version that has begun."""
        open_ended = models.Q(in_force_until=None) | models.Q(in_force_until__gte=day)
        later = Scheme.objects.adopted().filter(
            code=models.OuterRef("code"), version__gt=models.OuterRef("version"), in_force_from__lte=day
        )
        return self.adopted().filter(open_ended, ~models.Exists(later), in_force_from__lte=day)

    def open_to(self, *, drawn_on: date, today: date) -> "SchemeQuerySet":
        """Those under which a loan drawn on ``drawn_on`` may be enrolled ``today``: each by the day it declares.

        One that binds by the day of the claim is the version of today until a claim is filed: see ``Scheme.version_on``.
        """
        by_drawdown = Scheme.objects.in_force(drawn_on).filter(binds_on=BindsOn.DISBURSEMENT)
        by_enrolment = Scheme.objects.in_force(today).exclude(binds_on=BindsOn.DISBURSEMENT)
        return self.filter(models.Q(pk__in=by_drawdown) | models.Q(pk__in=by_enrolment))

    def adopted(self) -> "SchemeQuerySet":
        return self.filter(state=SchemeState.ADOPTED)

    def visible_to(self, user: User) -> "SchemeQuerySet":
        """Rules are for everybody who works under them: staff with the books, and officers in post."""
        if user.may(Permission.LEDGER_READ):
            return self
        return self.adopted() if user.officer_posts.filter(ended_at=None).exists() else self.none()


@pghistory.track()
class Scheme(Record):
    """One version of the rules by which a fund shares losses. It binds a loan by the day that ``binds_on`` names.

    ``clauses``: [{"clause": "…class name…", "number": "第五条", "text": "…", "parameters": {…}, "in_force_from": …, "source": …,
    "assumed": […]}, …]; see ``clauses``. One drafts, another adopts; what is adopted never changes: a new version replaces it.
    An example is another place's scheme, to be copied from.
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
    binds_on = models.CharField(
        _("适用版本的确定日"), max_length=12, choices=BindsOn.choices, default=BindsOn.DISBURSEMENT
    )
    state = models.CharField(_("状态"), max_length=10, choices=SchemeState.choices, default=SchemeState.DRAFT)
    #: Counts the changes of a draft: a form that was opened before the last one is refused.
    revision = models.PositiveIntegerField(_("修改次数"), default=0)
    based_on = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("起草依据")
    )
    drafted_at = models.DateTimeField(_("起草时间"), null=True, blank=True)
    drafted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("起草人")
    )
    adopted_at = models.DateTimeField(_("批准时间"), null=True, blank=True)
    adopted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("批准人")
    )
    discarded_at = models.DateTimeField(_("废弃时间"), null=True, blank=True)
    discarded_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("废弃人")
    )

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
            models.CheckConstraint(
                condition=models.Q(state__in=SchemeState.values), name="a_scheme_is_in_a_known_state"
            ),
            models.CheckConstraint(
                condition=models.Q(binds_on__in=BindsOn.values), name="a_scheme_says_by_which_day_it_binds"
            ),
            models.CheckConstraint(
                condition=~models.Q(state=SchemeState.ADOPTED) | models.Q(adopted_at__isnull=False),
                name="an_adopted_scheme_says_since_when",
            ),
            models.CheckConstraint(
                condition=models.Q(adopted_by__isnull=True) | ~models.Q(adopted_by=models.F("drafted_by")),
                name="nobody_adopts_the_scheme_they_drafted",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="an_adopted_scheme_never_changes",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__state="adopted"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    def version_on(self, claimed_on: date) -> "Scheme":
        """The version that judges a claim filed on that day: this one, or where it binds by the claim, the one then in force."""
        if self.binds_on != BindsOn.CLAIM:
            return self
        return Scheme.objects.in_force(claimed_on).filter(code=self.code).first() or self

    @property
    def is_draft(self) -> bool:
        return self.state == SchemeState.DRAFT
