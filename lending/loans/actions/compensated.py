"""A fund has paid for the loss on a loan: from then on money that comes in is a recovery (追偿), no repayment."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lending.loans.actions.records import lock
from lending.loans.models import Loan
from portal.accounts.models import User
from portal.audit import actions as audit
from portal.refusals import Conflict


class AlreadyCompensated(Conflict):
    code = "already_compensated"
    message = _("该笔贷款已拨付过补偿，不能重复拨付。请退回补偿申请并与银行核实。")


@transaction.atomic
def mark_compensated(*, loan: Loan, by: User, at: datetime) -> Loan:
    """Called by whoever pays out, which judges ``by``. The row stays locked to the end: no repayment slips in beside it."""
    loan = lock(loan)
    if loan.compensated_at is not None:
        raise AlreadyCompensated
    loan.compensated_at = at
    loan.save(update_fields=["compensated_at"])
    audit.record(
        "loan.compensate",
        loan,
        by=by,
        at=at,
        enterprise_id=loan.enterprise_id,
        institution_id=loan.institution_id,
        facts={"balance": loan.principal_balance},
    )
    return loan


@transaction.atomic
def unmark_compensated(*, loan: Loan, by: User, at: datetime) -> Loan:
    """The payment never came about, or the bank bought the loan back: what the debtor pays is a repayment again."""
    loan = lock(loan)
    loan.compensated_at = None
    loan.save(update_fields=["compensated_at"])
    audit.record(
        "loan.uncompensate", loan, by=by, at=at, enterprise_id=loan.enterprise_id, institution_id=loan.institution_id
    )
    return loan
