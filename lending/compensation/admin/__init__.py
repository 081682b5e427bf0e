"""The finance desk: claims from check to payment, funds, schemes, enrolments and recoveries."""

from lending.compensation.admin.claims import ClaimAdmin, RecoveryAdmin
from lending.compensation.admin.funds import EnrolmentAdmin, FundAdmin
from lending.compensation.admin.schemes import SchemeAdmin

__all__ = ["ClaimAdmin", "EnrolmentAdmin", "FundAdmin", "RecoveryAdmin", "SchemeAdmin"]
