"""Claims (补偿申请): a bank's request for its share of a loss."""

from typing import ClassVar

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from enterprises.models import Enterprise
from institutions.models import Institution
from lending.compensation.models.enrolments import Enrolment
from lending.compensation.states import AFTER_PAYMENT, DEAD, ClaimState, LegalStep, Step
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.documents.models import Upload
from portal.records import MoneyField, Record, append_only_trigger


class ClaimQuerySet(models.QuerySet["Claim"]):
    def live(self) -> "ClaimQuerySet":
        """Those that stand for their loan: a refused or withdrawn one does not."""
        return self.exclude(state__in=DEAD)

    def in_line(self) -> "ClaimQuerySet":
        """Deferred claims in the order in which they are taken up: by filing, then by number."""
        return self.filter(state=ClaimState.DEFERRED).order_by("filed_at", "number")

    def visible_to(self, user: User) -> "ClaimQuerySet":
        """Staff with the books, for the firms of their regions, and the officers of the bank that filed."""
        if user.may(Permission.LEDGER_READ):
            return self.filter(
                enrolment__loan__enterprise__in=Enterprise.objects.of_areas(user.areas_of(Permission.LEDGER_READ))
            )
        return self.filter(institution__officers__user=user, institution__officers__ended_at=None)


@pghistory.track()
class Claim(Record):
    """A bank's request for its share of a loss. Every yuan of it stands in ``computation`` with the clause that gives it;
    ``facts`` are what the clauses were told, so that anybody may compute it again."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    number = models.CharField(_("申请编号"), max_length=30, unique=True)
    enrolment = models.ForeignKey(
        Enrolment, on_delete=models.PROTECT, related_name="claims", verbose_name=_("补偿备案")
    )
    institution = models.ForeignKey(
        Institution, on_delete=models.PROTECT, related_name="claims", verbose_name=_("申报银行")
    )
    state = models.CharField(_("状态"), max_length=12, choices=ClaimState.choices, default=ClaimState.FILED)
    #: Counts the filings: a claim that is returned and filed again is judged, reserved and paid as a new round.
    round = models.PositiveSmallIntegerField(_("申报轮次"), default=1)
    loss_amount = MoneyField(_("本金损失（元）"))
    fund_amount = MoneyField(_("资金池承担（元）"))
    bank_amount = MoneyField(_("银行承担（元）"))
    #: What guarantors, insurers and mutual deposits bear.
    other_amount = MoneyField(_("其他方承担（元）"), default=0)
    #: Who bears what: [{"code", "name", "side", "amount"}, …]; adds up to the loss.
    shares = models.JSONField(_("分担明细"), default=list)
    #: [{"clause", "number", "text", "sentence", "figures": {…}, "amount"}, …]
    computation = models.JSONField(_("计算过程"), default=list)
    #: What the clauses were told, and the rows it was read from: [{"name", "label", "value", "rows": [{"kind", "id", "label"}]}].
    facts = models.JSONField(_("计算依据"), default=dict)
    sources = models.JSONField(_("数据来源"), default=list)
    #: The bank's faults (过错) found in review, by the code of the scheme's clause: they reduce what the fund bears.
    faults = models.JSONField(_("认定过错"), default=list, blank=True)
    #: The verdicts on the claim itself: the window, the legal step.
    verdicts = models.JSONField(_("条款判断"), default=list)
    legal_step = models.CharField(_("司法进展"), max_length=12, choices=LegalStep.choices, blank=True)
    statement = models.TextField(_("情况说明"), blank=True)
    evidence = models.ForeignKey(
        Upload, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("证明材料")
    )
    #: By when the step it waits for is to be taken; empty while the clock stands still.
    due_on = models.DateField(_("办理期限"), null=True, blank=True)
    drafted_at = models.DateTimeField(_("起草时间"), null=True, blank=True)
    drafted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("起草人")
    )
    filed_at = models.DateTimeField(_("申报时间"), null=True, blank=True)
    filed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("申报人")
    )
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
    #: Why it waits although it was approved: a breaker, the fund's room, or claims that were filed before.
    deferral_note = models.TextField(_("暂缓原因"), blank=True)
    appealed_at = models.DateTimeField(_("申诉时间"), null=True, blank=True)
    appealed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("申诉人")
    )
    appeal_note = models.TextField(_("申诉理由"), blank=True)
    answered_at = models.DateTimeField(_("申诉答复时间"), null=True, blank=True)
    answered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("申诉答复人")
    )
    appeal_answer = models.CharField(_("申诉答复"), max_length=300, blank=True)
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
    repurchased_at = models.DateTimeField(_("回购时间"), null=True, blank=True)
    repurchased_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("回购人")
    )
    written_off_at = models.DateTimeField(_("核销时间"), null=True, blank=True)
    written_off_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("核销人")
    )
    write_off_note = models.CharField(_("核销说明"), max_length=300, blank=True)
    clawed_back_at = models.DateTimeField(_("收回时间"), null=True, blank=True)
    clawed_back_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("收回人")
    )
    claw_back_note = models.CharField(_("收回原因"), max_length=300, blank=True)
    #: Suspected fraud (涉嫌骗补): a flag with its reason. While it stands nothing is promised, sent or paid.
    is_suspect = models.BooleanField(_("涉嫌骗补"), default=False)
    flagged_at = models.DateTimeField(_("标记时间"), null=True, blank=True)
    flagged_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("标记人")
    )
    flag_note = models.CharField(_("标记原因"), max_length=300, blank=True)
    cleared_at = models.DateTimeField(_("解除标记时间"), null=True, blank=True)
    cleared_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("解除标记人")
    )
    clear_note = models.CharField(_("解除说明"), max_length=300, blank=True)
    paid_amount = MoneyField(_("已拨付（元）"), default=0)
    recovered_amount = MoneyField(_("累计追回净额（元）"), default=0)
    submission_key = models.UUIDField(unique=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("补偿申请")
        verbose_name_plural = _("补偿申请")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["state", "-id"], name="claims_by_state"),
            models.Index(
                fields=["filed_at", "number"],
                condition=models.Q(state=ClaimState.DEFERRED),
                name="claims_in_line",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment"],
                condition=~models.Q(state__in=DEAD),
                name="one_live_claim_per_enrolment",
            ),
            models.CheckConstraint(condition=models.Q(state__in=ClaimState.values), name="a_claim_is_in_a_known_state"),
            models.CheckConstraint(
                condition=models.Q(legal_step__in=LegalStep.values)
                | models.Q(legal_step="", state__in=[ClaimState.DRAFT, ClaimState.WITHDRAWN]),
                name="a_claim_names_its_legal_step",
            ),
            models.CheckConstraint(
                condition=models.Q(filed_at__isnull=False, filed_by__isnull=False)
                | models.Q(state__in=[ClaimState.DRAFT, ClaimState.WITHDRAWN]),
                name="a_filed_claim_says_who_and_when",
            ),
            models.CheckConstraint(
                condition=models.Q(is_suspect=False) | (models.Q(flagged_by__isnull=False) & ~models.Q(flag_note="")),
                name="a_suspicion_is_explained",
            ),
            models.CheckConstraint(
                condition=models.Q(cleared_by__isnull=True) | ~models.Q(cleared_by=models.F("flagged_by")),
                name="nobody_clears_the_claim_they_flagged",
            ),
            models.CheckConstraint(
                condition=models.Q(paid_amount__gte=0, paid_amount__lte=models.F("fund_amount")),
                name="a_claim_is_paid_at_most_its_amount",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=ClaimState.DEFERRED) | ~models.Q(deferral_note=""),
                name="a_deferred_claim_says_why",
            ),
            models.CheckConstraint(
                condition=models.Q(recovered_amount__gte=0, recovered_amount__lte=models.F("loss_amount")),
                name="a_claim_recovers_at_most_its_loss",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=[ClaimState.APPROVED, ClaimState.DEFERRED, *AFTER_PAYMENT])
                | models.Q(checked_by__isnull=False, approved_by__isnull=False),
                name="an_approved_claim_was_checked",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=AFTER_PAYMENT) | models.Q(paid_by__isnull=False),
                name="a_paid_claim_names_who_paid",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    loss_amount__gt=0,
                    fund_amount__gte=0,
                    bank_amount__gte=0,
                    other_amount__gte=0,
                    loss_amount=models.F("fund_amount") + models.F("bank_amount") + models.F("other_amount"),
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


class ClaimStepQuerySet(models.QuerySet["ClaimStep"]):
    def visible_to(self, user: User) -> "ClaimStepQuerySet":
        return self.filter(claim__in=Claim.objects.visible_to(user))


class ClaimStep(Record):
    """What one officer did with a claim. Over all rounds an officer stands here once: never the same one twice."""

    sensitive: ClassVar[frozenset[str]] = frozenset()
    append_only = True

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="steps", verbose_name=_("补偿申请"))
    round = models.PositiveSmallIntegerField(_("申报轮次"))
    step = models.CharField(_("环节"), max_length=10, choices=Step.choices)
    note = models.CharField(_("意见"), max_length=300, blank=True)
    #: By when it was to be taken: late steps can be counted.
    due_on = models.DateField(_("办理期限"), null=True)
    taken_at = models.DateTimeField(_("办理时间"))
    taken_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("经办人"))

    objects = ClaimStepQuerySet.as_manager()

    class Meta:
        verbose_name = _("经办记录")
        verbose_name_plural = _("经办记录")
        ordering = ["claim", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["claim", "taken_by"], name="nobody_handles_a_claim_twice"),
            models.CheckConstraint(condition=models.Q(step__in=Step.values), name="a_step_is_a_known_one"),
        ]
        triggers = [append_only_trigger()]

    def __str__(self) -> str:
        return f"{self.claim} {self.get_step_display()}"
