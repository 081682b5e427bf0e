"""A firm before an institution: the application, what is asked of it, and the credit decision (授信决定)."""

from typing import ClassVar

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from enterprises.models import Enterprise, Member
from institutions.models import Institution
from institutions.products.models import Guarantee, ProductVersion, RepaymentMethod
from lending.applications.states import RUNNING, ApplicationState
from lending.needs.models import Need, Use
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.documents.models import Upload
from portal.records import MoneyField, RateField, Record


class RefusalReason(models.TextChoices):
    """Each leads the firm to a next step (``rules.NEXT_STEPS``)."""

    CRITERIA = "criteria", _("不符合产品准入条件")
    CREDIT_RECORD = "credit_record", _("信用记录存在不良信息")
    REPAYMENT_CAPACITY = "repayment_capacity", _("还款能力不足")
    INFORMATION = "information", _("信息或材料不足")
    GUARANTEE = "guarantee", _("担保条件不足")
    PURPOSE = "purpose", _("贷款用途不符合要求")
    REGION = "region", _("不在服务区域")
    EXPOSURE = "exposure", _("负债或对外担保过高")
    OTHER = "other", _("其他")


class ApplicationQuerySet(models.QuerySet["Application"]):
    def visible_to(self, user: User) -> "ApplicationQuerySet":
        """The firm's members, the officers of the institution, and supervisors of the region."""
        if user.may(Permission.SUPERVISION_READ):
            return self.filter(enterprise__in=Enterprise.objects.of_areas(user.areas_of(Permission.SUPERVISION_READ)))
        mine = models.Q(enterprise__in=Member.objects.acting().filter(user=user).values("enterprise"))
        ours = models.Q(
            institution__in=Institution.objects.filter(officers__user=user, officers__ended_at=None).values("pk")
        )
        return self.filter(mine | ours)


@pghistory.track()
class Application(Record):
    sensitive: ClassVar[frozenset[str]] = frozenset({"contact_phone", "verdicts", "refusal_note"})

    need = models.ForeignKey(Need, verbose_name=_("融资需求"), on_delete=models.PROTECT, related_name="applications")
    enterprise = models.ForeignKey(
        Enterprise, verbose_name=_("企业"), on_delete=models.PROTECT, related_name="applications"
    )
    institution = models.ForeignKey(
        Institution, verbose_name=_("机构"), on_delete=models.PROTECT, related_name="applications"
    )
    product_version = models.ForeignKey(
        ProductVersion, verbose_name=_("产品"), on_delete=models.PROTECT, related_name="applications"
    )
    #: consent.Authorization, read through the gate only.
    authorization_id = models.BigIntegerField(_("授权"))
    amount = MoneyField(_("申请金额（元）"))
    term_months = models.PositiveSmallIntegerField(_("申请期限（月）"))
    use = models.CharField(_("用途"), max_length=20, choices=Use.choices)
    contact_name = models.CharField(_("联系人"), max_length=50)
    contact_phone = models.CharField(_("联系电话"), max_length=20)
    is_first_loan = models.BooleanField(_("首贷"), default=False)
    #: The criteria as judged when applying: [{"kind", "is_met", "sentence"}, …].
    verdicts = models.JSONField(_("匹配结论"), default=list)
    responsible_region = models.CharField(_("责任区域"), max_length=12)
    county_code = models.CharField(_("县区"), max_length=12)
    state = models.CharField(
        _("状态"), max_length=12, choices=ApplicationState.choices, default=ApplicationState.SUBMITTED
    )
    submitted_at = models.DateTimeField(_("提交时间"))
    submitted_by = models.ForeignKey(User, verbose_name=_("提交人"), on_delete=models.PROTECT, related_name="+")
    accept_due_at = models.DateTimeField(_("受理时限"))
    decide_due_at = models.DateTimeField(_("决定时限"))
    #: The institution's next deadline; none while it waits for the firm and after the decision.
    due_at = models.DateTimeField(_("当前时限"), null=True, blank=True)
    #: Since when the institution waits for documents; that time is not held against it.
    waiting_since = models.DateTimeField(_("等待企业补充自"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("受理时间"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        User, verbose_name=_("受理人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    proposed_at = models.DateTimeField(_("建议时间"), null=True, blank=True)
    proposed_by = models.ForeignKey(
        User, verbose_name=_("建议人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    sent_back_at = models.DateTimeField(_("退回时间"), null=True, blank=True)
    sent_back_by = models.ForeignKey(
        User, verbose_name=_("退回人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    sent_back_note = models.CharField(_("退回意见"), max_length=300, blank=True)
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, verbose_name=_("审批人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        User, verbose_name=_("撤回人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    contracted_at = models.DateTimeField(_("签约时间"), null=True, blank=True)
    contracted_by = models.ForeignKey(
        User, verbose_name=_("签约登记人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # The decision, or the proposal while it waits for an approver.
    approved_amount = MoneyField(_("授信金额（元）"), null=True, blank=True)
    approved_rate = RateField(_("年利率"), null=True, blank=True)
    approved_term_months = models.PositiveSmallIntegerField(_("授信期限（月）"), null=True, blank=True)
    approved_method = models.CharField(_("还款方式"), max_length=20, choices=RepaymentMethod.choices, blank=True)
    approved_guarantee = models.CharField(_("担保方式"), max_length=12, choices=Guarantee.choices, blank=True)
    conditions = models.CharField(_("授信条件"), max_length=500, blank=True)
    refusal_reason = models.CharField(_("拒绝原因"), max_length=20, choices=RefusalReason.choices, blank=True)
    refusal_note = models.CharField(_("拒绝说明"), max_length=500, blank=True)
    submission_key = models.UUIDField(unique=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("贷款申请")
        verbose_name_plural = _("贷款申请")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["institution", "state", "-id"], name="applications_of_a_bank"),
            models.Index(
                fields=["institution", "due_at", "id"],
                condition=models.Q(due_at__isnull=False),
                name="applications_by_clock",
            ),
            models.Index(fields=["enterprise", "-id"], name="applications_of_a_firm"),
            models.Index(fields=["submitted_at", "responsible_region"], name="applications_by_day"),
            models.Index(fields=["decided_at", "responsible_region"], name="decisions_by_day"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "product_version"],
                condition=models.Q(state__in=RUNNING),
                name="one_running_application_per_firm_and_product",
            ),
            models.CheckConstraint(
                condition=models.Q(proposed_by__isnull=True)
                | models.Q(decided_by__isnull=True)
                | models.Q(state=ApplicationState.REFUSED)
                | ~models.Q(decided_by=models.F("proposed_by")),
                name="nobody_approves_the_own_proposal",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=[ApplicationState.APPROVED, ApplicationState.CONTRACTED])
                | models.Q(
                    approved_amount__gt=0,
                    approved_rate__isnull=False,
                    approved_term_months__gt=0,
                    decided_by__isnull=False,
                ),
                name="an_approval_states_amount_rate_and_term",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=ApplicationState.REFUSED) | ~models.Q(refusal_reason=""),
                name="a_refusal_states_its_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(state=ApplicationState.WAITING, waiting_since__isnull=False)
                | (~models.Q(state=ApplicationState.WAITING) & models.Q(waiting_since__isnull=True)),
                name="an_application_knows_since_when_it_waits",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} → {self.product_version}"


class DocumentRequest(Record):
    """A document the officer asks for, and the firm's answer."""

    sensitive: ClassVar[frozenset[str]] = frozenset({"answer_note"})

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="document_requests")
    title = models.CharField(_("所需材料"), max_length=100)
    note = models.CharField(_("说明"), max_length=300, blank=True)
    asked_at = models.DateTimeField(_("提出时间"))
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    answer = models.ForeignKey(Upload, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answer_note = models.CharField(_("答复说明"), max_length=300, blank=True)
    answered_at = models.DateTimeField(_("答复时间"), null=True, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("补充材料")
        verbose_name_plural = _("补充材料")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(answered_at__isnull=True, answered_by__isnull=True)
                | models.Q(answered_at__isnull=False, answered_by__isnull=False),
                name="a_document_is_answered_at_and_by_together",
            ),
        ]

    def __str__(self) -> str:
        return self.title
