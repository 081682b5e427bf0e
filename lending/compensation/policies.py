"""Who may enrol, file, check, approve and pay. Three officers for one claim: whoever had it before may not have it again."""

from enterprises.models import Enterprise
from institutions.models import Officer
from lending.compensation.models import Claim, Enrolment
from lending.compensation.states import ClaimState
from lending.loans.models import Loan
from portal import regions
from portal.accounts.models import User
from portal.accounts.roles import Permission


def may_enrol(officer: Officer, loan: Loan) -> bool:
    return officer.may(Permission.CLAIM_FILE) and officer.institution_id == loan.institution_id


def may_file(officer: Officer, enrolment: Enrolment) -> bool:
    return officer.may(Permission.CLAIM_FILE) and officer.institution_id == enrolment.loan.institution_id


def may_handle(officer: Officer, claim: Claim) -> bool:
    """Refile, withdraw, report a recovery: an officer of the bank that filed."""
    return officer.may(Permission.CLAIM_FILE) and officer.institution_id == claim.institution_id


def may_check(user: User, claim: Claim) -> bool:
    return user.may(Permission.CLAIM_CHECK) and is_responsible(user, claim)


def may_approve(user: User, claim: Claim) -> bool:
    return user.may(Permission.CLAIM_APPROVE) and is_responsible(user, claim) and user.pk != claim.checked_by_id


def may_pay(user: User, claim: Claim) -> bool:
    is_new_to_it = user.pk not in {claim.checked_by_id, claim.approved_by_id}
    return user.may(Permission.CLAIM_PAY) and is_responsible(user, claim) and is_new_to_it


def may_turn_down(user: User, claim: Claim) -> bool:
    """Return or refuse: the checker while it waits for checking, the approver afterwards."""
    if claim.state == ClaimState.FILED:
        return may_check(user, claim)
    return user.may(Permission.CLAIM_APPROVE) and is_responsible(user, claim)


def may_close(user: User, claim: Claim) -> bool:
    return user.may(Permission.CLAIM_APPROVE) and is_responsible(user, claim)


def may_fund(user: User) -> bool:
    return user.may(Permission.CLAIM_PAY)


def has_handled(user: User, claim: Claim) -> bool:
    """Whether ``user`` has had a step of this round in hand."""
    return user.pk in {claim.checked_by_id, claim.approved_by_id}


def is_responsible(user: User, claim: Claim) -> bool:
    """Whether the firm lies in a region of one of the user's posts."""
    firm: Enterprise = claim.enrolment.loan.enterprise
    return bool(user.areas & {regions.PROVINCE, firm.responsible_region, firm.county_code})
