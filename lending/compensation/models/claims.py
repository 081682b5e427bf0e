"""Claims (补偿申请): a bank's request for its share of a loss."""

from typing import ClassVar

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from enterprises.models import Enterprise
from institutions.models import Institution
from lending.compensation.models.enrolments import Enrolment
from lending.compensation.states import ClaimState, LegalStep
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.documents.models import Upload
from portal.records import MoneyField, Record


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
