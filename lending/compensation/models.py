"""Sharing losses out of public money: funds, schemes (补偿方案), enrolments (备案), claims and recoveries (追偿)."""

from datetime import date
from typing import ClassVar

import pghistory
from django.db import models
from django.db.models.functions import Coalesce, Concat
from django.utils.translation import gettext_lazy as _

from enterprises.models import Enterprise
from institutions.models import Institution
from lending.compensation.states import ClaimState, EnrolmentState, LegalStep
from lending.ledger.models import Account
from lending.loans.models import Loan
from portal import regions
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.documents.models import Upload
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


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def live(self) -> "EnrolmentQuerySet":
        return self.filter(state=EnrolmentState.ENROLLED)

    def visible_to(self, user: User) -> "EnrolmentQuerySet":
        """Staff with the books, for the firms of their regions, and the officers of the bank that lends."""
        if user.may(Permission.LEDGER_READ):
            return self.filter(loan__enterprise__in=Enterprise.objects.of_areas(user.areas_of(Permission.LEDGER_READ)))
        return self.filter(loan__institution__officers__user=user, loan__institution__officers__ended_at=None)


@pghistory.track()
class Enrolment(Record):
    """A loan registered under a scheme, with the verdict of every clause at that moment."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    number = models.CharField(_("备案编号"), max_length=30, unique=True)
    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="enrolments", verbose_name=_("贷款"))
    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="enrolments", verbose_name=_("补偿方案"))
    state = models.CharField(_("状态"), max_length=10, choices=EnrolmentState.choices, default=EnrolmentState.ENROLLED)
    #: What the bank declares beyond the loan's own columns: collateral against principal, and marks the clauses know.
    collateral_share = RateField(_("抵押质押物覆盖比例"), null=True, blank=True)
    marks = models.JSONField(_("银行申报标记"), default=list, blank=True)
    verdicts = models.JSONField(_("条款判断"), default=list)
    enrolled_at = models.DateTimeField(_("备案时间"))
    enrolled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    cancelled_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)
    cancelled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("补偿备案")
        verbose_name_plural = _("补偿备案")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["loan"], condition=models.Q(state=EnrolmentState.ENROLLED), name="one_live_enrolment_per_loan"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=EnrolmentState.values), name="an_enrolment_is_in_a_known_state"
            ),
            models.CheckConstraint(
                condition=models.Q(collateral_share=None) | models.Q(collateral_share__gte=0, collateral_share__lte=1),
                name="a_collateral_share_is_a_fraction",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ClaimQuerySet(models.QuerySet["Claim"]):
    def visible_to(self, user: User) -> "ClaimQuerySet":
        """Staff with the books, for the firms of their regions, and the officers of the bank that filed."""
        if user.may(Permission.LEDGER_READ):
            return self.filter(
                enrolment__loan__enterprise__in=Enterprise.objects.of_areas(user.areas_of(Permission.LEDGER_READ))
            )
        return self.filter(institution__officers__user=user, institution__officers__ended_at=None)


@pghistory.track()
class Claim(Record):
    """A bank's request for its share of a loss. Every yuan of it stands in ``computation`` with the clause that gives it."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    number = models.CharField(_("申请编号"), max_length=30, unique=True)
    enrolment = models.ForeignKey(
        Enrolment, on_delete=models.PROTECT, related_name="claims", verbose_name=_("补偿备案")
    )
    institution = models.ForeignKey(
        Institution, on_delete=models.PROTECT, related_name="claims", verbose_name=_("申报银行")
    )
    state = models.CharField(_("状态"), max_length=10, choices=ClaimState.choices, default=ClaimState.FILED)
    #: Counts the filings: a claim that is returned and filed again is judged, reserved and paid as a new round.
    round = models.PositiveSmallIntegerField(_("申报轮次"), default=1)
    loss_amount = MoneyField(_("本金损失（元）"))
    fund_amount = MoneyField(_("资金池承担（元）"))
    bank_amount = MoneyField(_("银行承担（元）"))
    #: Who bears what: [{"code", "name", "side", "amount"}, …]; adds up to the loss.
    shares = models.JSONField(_("分担明细"), default=list)
    #: [{"clause", "number", "text", "sentence", "figures": {…}, "amount"}, …]
    computation = models.JSONField(_("计算过程"), default=list)
    #: The verdicts on the claim itself: the window, the legal step.
    verdicts = models.JSONField(_("条款判断"), default=list)
    legal_step = models.CharField(_("司法进展"), max_length=12, choices=LegalStep.choices)
    statement = models.TextField(_("情况说明"), blank=True)
    evidence = models.ForeignKey(
        Upload, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("证明材料")
    )
    filed_at = models.DateTimeField(_("申报时间"))
    filed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("申报人"))
    checked_at = models.DateTimeField(_("审查时间"), null=True, blank=True)
    checked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("审查人")
    )
    check_note = models.CharField(_("审查意见"), max_length=300, blank=True)
    returned_at = models.DateTimeField(_("退回时间"), null=True, blank=True)
    returned_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("退回人")
    )
    return_note = models.CharField(_("退回原因"), max_length=300, blank=True)
    approved_at = models.DateTimeField(_("审定时间"), null=True, blank=True)
    approved_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("审定人")
    )
    approve_note = models.CharField(_("审定意见"), max_length=300, blank=True)
    refused_at = models.DateTimeField(_("不予补偿时间"), null=True, blank=True)
    refused_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("不予补偿人")
    )
    refusal_note = models.CharField(_("不予补偿原因"), max_length=300, blank=True)
    paid_at = models.DateTimeField(_("拨付时间"), null=True, blank=True)
    paid_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("拨付人")
    )
    pay_note = models.CharField(_("拨付凭证"), max_length=300, blank=True)
    closed_at = models.DateTimeField(_("结案时间"), null=True, blank=True)
    closed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("结案人")
    )
    close_note = models.CharField(_("结案说明"), max_length=300, blank=True)
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("撤回人")
    )
    recovered_amount = MoneyField(_("累计追回净额（元）"), default=0)
    submission_key = models.UUIDField(unique=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("补偿申请")
        verbose_name_plural = _("补偿申请")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["state", "-id"], name="claims_by_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment"],
                condition=~models.Q(state__in=[ClaimState.REFUSED, ClaimState.WITHDRAWN]),
                name="one_live_claim_per_enrolment",
            ),
            models.CheckConstraint(condition=models.Q(state__in=ClaimState.values), name="a_claim_is_in_a_known_state"),
            models.CheckConstraint(
                condition=models.Q(legal_step__in=LegalStep.values), name="a_claim_names_its_legal_step"
            ),
            models.CheckConstraint(
                condition=models.Q(recovered_amount__gte=0, recovered_amount__lte=models.F("loss_amount")),
                name="a_claim_recovers_at_most_its_loss",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=[ClaimState.APPROVED, ClaimState.PAID, ClaimState.CLOSED])
                | models.Q(checked_by__isnull=False, approved_by__isnull=False),
                name="an_approved_claim_was_checked",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=[ClaimState.PAID, ClaimState.CLOSED]) | models.Q(paid_by__isnull=False),
                name="a_paid_claim_names_who_paid",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    loss_amount__gt=0,
                    fund_amount__gte=0,
                    bank_amount__gte=0,
                    loss_amount=models.F("fund_amount") + models.F("bank_amount"),
                ),
                name="a_loss_is_shared_to_the_fen",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True) | ~models.Q(approved_by=models.F("checked_by")),
                name="nobody_approves_the_claim_they_checked",
            ),
            models.CheckConstraint(
                condition=models.Q(paid_by__isnull=True)
                | (~models.Q(paid_by=models.F("approved_by")) & ~models.Q(paid_by=models.F("checked_by"))),
                name="nobody_pays_the_claim_they_checked_or_approved",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class RecoveryQuerySet(models.QuerySet["Recovery"]):
    def visible_to(self, user: User) -> "RecoveryQuerySet":
        return self.filter(claim__in=Claim.objects.visible_to(user))

    def outstanding(self) -> "RecoveryQuerySet":
        """Whose fund's part has not come yet."""
        return self.filter(received_at=None, fund_amount__gt=0)


class Recovery(Record):
    """Money that came back after a pay-out: costs off first, then shared as the loss was. The bank remits the fund's part."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="recoveries", verbose_name=_("补偿申请"))
    reference = models.CharField(_("追偿流水号"), max_length=60)
    recovered_on = models.DateField(_("追回日期"))
    gross_amount = MoneyField(_("追回总额（元）"))
    cost_amount = MoneyField(_("实现债权费用（元）"))
    fund_amount = MoneyField(_("返还资金池（元）"))
    bank_amount = MoneyField(_("银行留存（元）"))
    shares = models.JSONField(_("分配明细"), default=list)
    remit_by = models.DateField(_("应缴回日期"))
    reported_at = models.DateTimeField(_("登记时间"))
    reported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("登记人"))
    received_at = models.DateTimeField(_("到账时间"), null=True, blank=True)
    received_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("到账确认人")
    )
    receipt_note = models.CharField(_("到账凭证"), max_length=300, blank=True)

    objects = RecoveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("追偿")
        verbose_name_plural = _("追偿")
        ordering = ["claim", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["claim", "reference"], name="one_recovery_per_reference"),
            models.CheckConstraint(
                condition=models.Q(
                    gross_amount__gt=0,
                    cost_amount__gte=0,
                    fund_amount__gte=0,
                    bank_amount__gte=0,
                    gross_amount=models.F("cost_amount") + models.F("fund_amount") + models.F("bank_amount"),
                ),
                name="a_recovery_is_shared_to_the_fen",
            ),
        ]

    def __str__(self) -> str:
        return self.reference
