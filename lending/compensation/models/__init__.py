"""Sharing losses out of public money: funds, schemes (补偿方案), enrolments (备案), claims and recoveries (追偿)."""

from lending.compensation.models.claims import Claim, ClaimQuerySet
from lending.compensation.models.enrolments import Enrolment, EnrolmentQuerySet
from lending.compensation.models.recoveries import Recovery, RecoveryQuerySet
from lending.compensation.models.schemes import Fund, FundQuerySet, Scheme, SchemeQuerySet

__all__ = [
    "Claim",
    "ClaimQuerySet",
    "Enrolment",
    "EnrolmentQuerySet",
    "Fund",
    "FundQuerySet",
    "Recovery",
    "RecoveryQuerySet",
    "Scheme",
    "SchemeQuerySet",
]
