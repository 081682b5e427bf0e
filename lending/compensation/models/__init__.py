"""Sharing losses out of public money: funds, schemes (补偿方案), enrolments (备案), claims and recoveries (追偿)."""

from lending.compensation.models.breakers import BreakerTrip
from lending.compensation.models.claims import Claim, ClaimQuerySet, ClaimStep
from lending.compensation.models.enrolments import Enrolment, EnrolmentQuerySet, SchemeJudgement
from lending.compensation.models.meetings import Decision, Meeting, MeetingItem
from lending.compensation.models.payments import Payment, PaymentBatch
from lending.compensation.models.publicity import Publicity, PublicityObjection
from lending.compensation.models.recoveries import Recovery, RecoveryQuerySet
from lending.compensation.models.schemes import Fund, FundBudget, FundContributor, FundQuerySet, Scheme, SchemeQuerySet

__all__ = [
    "BreakerTrip",
    "Claim",
    "ClaimQuerySet",
    "ClaimStep",
    "Decision",
    "Enrolment",
    "EnrolmentQuerySet",
    "Fund",
    "FundBudget",
    "FundContributor",
    "FundQuerySet",
    "Meeting",
    "MeetingItem",
    "Payment",
    "PaymentBatch",
    "Publicity",
    "PublicityObjection",
    "Recovery",
    "RecoveryQuerySet",
    "Scheme",
    "SchemeJudgement",
    "SchemeQuerySet",
]
