"""Enrolments (备案): loans registered under a scheme."""

from typing import ClassVar

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from enterprises.models import Enterprise
from lending.compensation.models.schemes import Scheme
from lending.compensation.states import EnrolmentState
from lending.loans.models import Loan
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.records import RateField, Record


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

    @property
    def is_automatic(self) -> bool:
        """免申即享: the station enrolled it, nobody had to ask."""
        return self.enrolled_by_id is None


class SchemeJudgementQuerySet(models.QuerySet["SchemeJudgement"]):
    def visible_to(self, user: User) -> "SchemeJudgementQuerySet":
        return self.filter(loan__in=Loan.objects.visible_to(user))


class SchemeJudgement(Record):
    """What the clauses of a scheme said when the station tried to enrol a loan by itself: kept also where it could not."""

    sensitive: ClassVar[frozenset[str]] = frozenset()

    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="scheme_judgements", verbose_name=_("贷款"))
    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="+", verbose_name=_("补偿方案"))
    #: True met, False missed, None where the bank has to declare something.
    is_met = models.BooleanField(_("符合"), null=True)
    verdicts = models.JSONField(_("条款判断"), default=list)
    judged_at = models.DateTimeField(_("判断时间"))

    objects = SchemeJudgementQuerySet.as_manager()

    class Meta:
        verbose_name = _("自动备案判断")
        verbose_name_plural = _("自动备案判断")
        ordering = ["loan", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["loan", "scheme"], name="one_judgement_per_loan_and_scheme"),
        ]

    def __str__(self) -> str:
        return f"{self.loan} {self.scheme}"
