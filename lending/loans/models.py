"""After the contract: the loan, its drawdown, the instalments that are due and the repayments that came."""

from decimal import Decimal
from typing import ClassVar

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from enterprises.models import Enterprise, Member
from institutions.models import Institution
from institutions.products.models import Guarantee, ProductVersion, RepaymentMethod
from lending.applications.models import Application
from lending.loans.states import LoanState, RiskClass
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.records import MoneyField, RateField, Record


class LoanQuerySet(models.QuerySet["Loan"]):
    def visible_to(self, user: User) -> "LoanQuerySet":
        """The firm's members, the officers of the institution, and supervisors of the region."""
        if user.may(Permission.SUPERVISION_READ):
            return self.filter(enterprise__in=Enterprise.objects.of_areas(user.areas_of(Permission.SUPERVISION_READ)))
        mine = models.Q(enterprise__in=Member.objects.acting().filter(user=user).values("enterprise"))
        ours = models.Q(
            institution__in=Institution.objects.filter(officers__user=user, officers__ended_at=None).values("pk")
        )
        return self.filter(mine | ours)


@pghistory.track()
class Loan(Record):
    """One contract. Balances are kept on the row by the actions and equal the sums over instalments and repayments."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    application = models.OneToOneField(
        Application, verbose_name=_("贷款申请"), on_delete=models.PROTECT, related_name="loan"
    )
    enterprise = models.ForeignKey(Enterprise, verbose_name=_("企业"), on_delete=models.PROTECT, related_name="loans")
    institution = models.ForeignKey(Institution, verbose_name=_("机构"), on_delete=models.PROTECT, related_name="loans")
    product_version = models.ForeignKey(
        ProductVersion, verbose_name=_("产品"), on_delete=models.PROTECT, related_name="loans"
    )
    contract_number = models.CharField(_("合同编号"), max_length=60)
    contract_amount = MoneyField(_("合同金额（元）"))
    annual_rate = RateField(_("年利率"))
    term_months = models.PositiveSmallIntegerField(_("期限（月）"))
    method = models.CharField(_("还款方式"), max_length=20, choices=RepaymentMethod.choices)
    guarantee = models.CharField(_("担保方式"), max_length=12, choices=Guarantee.choices)
    is_first_loan = models.BooleanField(_("首贷"), default=False)
    signed_on = models.DateField(_("签约日期"))
    signed_at = models.DateTimeField(_("登记时间"))
    signed_by = models.ForeignKey(User, verbose_name=_("合同登记人"), on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("状态"), max_length=12, choices=LoanState.choices, default=LoanState.CONTRACTED)
    drawn_amount = MoneyField(_("放款金额（元）"), default=0)
    drawn_on = models.DateField(_("放款日期"), null=True, blank=True)
    drawn_at = models.DateTimeField(_("放款登记时间"), null=True, blank=True)
    drawn_by = models.ForeignKey(
        User, verbose_name=_("放款登记人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    matures_on = models.DateField(_("到期日"), null=True, blank=True)
    principal_balance = MoneyField(_("本金余额（元）"), default=0)
    #: The oldest unpaid due day, and the days since, as of ``classified_on``.
    overdue_since = models.DateField(_("逾期起始日"), null=True, blank=True)
    days_past_due = models.PositiveIntegerField(_("逾期天数"), default=0)
    risk_class = models.CharField(_("风险分类"), max_length=12, choices=RiskClass.choices, default=RiskClass.NORMAL)
    classified_on = models.DateField(_("分类日期"), null=True, blank=True)
    #: The day the arrears of a bad loan were paid in full: from it the observation period counts.
    performing_since = models.DateField(_("恢复正常还款日"), null=True, blank=True)
    #: A worse class than the days past due give, set by the bank with its reason.
    set_class = models.CharField(_("机构认定分类"), max_length=12, choices=RiskClass.choices, blank=True)
    set_class_note = models.CharField(_("认定理由"), max_length=300, blank=True)
    set_class_at = models.DateTimeField(_("认定时间"), null=True, blank=True)
    set_class_by = models.ForeignKey(
        User, verbose_name=_("分类认定人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    settled_at = models.DateTimeField(_("结清时间"), null=True, blank=True)
    settled_by = models.ForeignKey(
        User, verbose_name=_("结清登记人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    written_off_at = models.DateTimeField(_("核销时间"), null=True, blank=True)
    written_off_by = models.ForeignKey(
        User, verbose_name=_("核销登记人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    #: The loss was compensated by a fund: what the debtor pays from then on is a recovery (追偿) and is shared.
    compensated_at = models.DateTimeField(_("补偿拨付时间"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("取消时间"), null=True, blank=True)
    cancelled_by = models.ForeignKey(
        User, verbose_name=_("撤销人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    responsible_region = models.CharField(_("责任区域"), max_length=12)
    county_code = models.CharField(_("县区"), max_length=12)

    objects = LoanQuerySet.as_manager()

    class Meta:
        verbose_name = _("贷款")
        verbose_name_plural = _("贷款")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["institution", "state", "-id"], name="loans_of_a_bank"),
            models.Index(fields=["enterprise", "-id"], name="loans_of_a_firm"),
            models.Index(fields=["drawn_on", "responsible_region"], name="loans_by_day_and_region"),
            models.Index(
                fields=["overdue_since"], condition=models.Q(overdue_since__isnull=False), name="loans_overdue"
            ),
            models.Index(
                fields=["id"],
                condition=models.Q(state=LoanState.DRAWN)
                & (models.Q(overdue_since__isnull=False) | ~models.Q(risk_class=RiskClass.NORMAL)),
                name="loans_to_watch",
            ),
            models.Index(
                fields=["institution", "overdue_since", "id"],
                condition=models.Q(overdue_since__isnull=False),
                name="overdue_loans_of_a_bank",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["institution", "contract_number"], name="one_loan_per_contract_number"),
            models.CheckConstraint(
                condition=models.Q(contract_amount__gt=0, drawn_amount__lte=models.F("contract_amount")),
                name="a_loan_draws_at_most_its_contract",
            ),
            models.CheckConstraint(condition=models.Q(term_months__gt=0), name="a_loan_has_a_term"),
            models.CheckConstraint(
                condition=models.Q(set_class="")
                | (models.Q(set_class_by__isnull=False) & ~models.Q(set_class_note="")),
                name="a_class_set_by_the_bank_is_explained",
            ),
            models.CheckConstraint(
                condition=models.Q(principal_balance__gte=0, principal_balance__lte=models.F("drawn_amount")),
                name="a_balance_lies_between_zero_and_the_drawdown",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=LoanState.SETTLED) | models.Q(principal_balance=0),
                name="a_settled_loan_owes_nothing",
            ),
        ]

    def __str__(self) -> str:
        return self.contract_number


class Instalment(Record):
    """One due day of the repayment schedule (还款计划)."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="instalments")
    number = models.PositiveSmallIntegerField(_("期数"))
    due_on = models.DateField(_("应还日"))
    principal_due = MoneyField(_("应还本金（元）"))
    interest_due = MoneyField(_("应还利息（元）"))
    principal_paid = MoneyField(_("已还本金（元）"), default=0)
    interest_paid = MoneyField(_("已还利息（元）"), default=0)

    class Meta:
        verbose_name = _("还款计划")
        verbose_name_plural = _("还款计划")
        ordering = ["loan", "number"]
        indexes = [
            models.Index(
                fields=["due_on", "loan"],
                condition=models.Q(principal_paid__lt=models.F("principal_due"))
                | models.Q(interest_paid__lt=models.F("interest_due")),
                name="open_instalments_by_day",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["loan", "number"], name="one_instalment_per_number"),
            models.CheckConstraint(
                condition=models.Q(
                    principal_paid__gte=0,
                    principal_paid__lte=models.F("principal_due"),
                    interest_paid__gte=0,
                    interest_paid__lte=models.F("interest_due"),
                ),
                name="an_instalment_is_paid_at_most_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.loan} {self.number}"

    @property
    def principal_open(self) -> Decimal:
        still_open: Decimal = self.principal_due - self.principal_paid
        return still_open

    @property
    def interest_open(self) -> Decimal:
        still_open: Decimal = self.interest_due - self.interest_paid
        return still_open

    @property
    def total_due(self) -> Decimal:
        due: Decimal = self.principal_due + self.interest_due
        return due

    @property
    def total_paid(self) -> Decimal:
        paid: Decimal = self.principal_paid + self.interest_paid
        return paid

    @property
    def total_open(self) -> Decimal:
        return self.principal_open + self.interest_open

    @property
    def is_open(self) -> bool:
        return bool(self.principal_open or self.interest_open)


class Repayment(Record):
    """Money the bank says it got, and how it was set against interest and principal."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="repayments")
    #: The bank's own number of the payment: the same one twice is one repayment.
    reference = models.CharField(_("还款流水号"), max_length=60)
    paid_on = models.DateField(_("还款日期"))
    amount = MoneyField(_("还款金额（元）"))
    principal_amount = MoneyField(_("其中本金（元）"))
    interest_amount = MoneyField(_("其中利息（元）"))
    is_prepayment = models.BooleanField(_("提前还款"), default=False)
    reported_at = models.DateTimeField(_("登记时间"))
    reported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("还款")
        verbose_name_plural = _("还款")
        ordering = ["loan", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["loan", "reference"], name="one_repayment_per_reference"),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0, amount=models.F("principal_amount") + models.F("interest_amount")),
                name="a_repayment_is_principal_and_interest",
            ),
        ]

    def __str__(self) -> str:
        return self.reference
