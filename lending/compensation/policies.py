"""Who may enrol, file, check, approve and pay. Three officers for one claim: whoever had it before may not have it again."""

from enterprises.models import Enterprise
from institutions.models import Officer
from lending.compensation.models import Claim, Enrolment, Fund, Scheme
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
    return _may_in_region(user, Permission.CLAIM_CHECK, claim)


def may_approve(user: User, claim: Claim) -> bool:
    return _may_in_region(user, Permission.CLAIM_APPROVE, claim) and user.pk != claim.checked_by_id


def may_pay(user: User, claim: Claim) -> bool:
    is_new_to_it = user.pk not in {claim.checked_by_id, claim.approved_by_id}
    return _may_in_region(user, Permission.CLAIM_PAY, claim) and is_new_to_it


def may_turn_down(user: User, claim: Claim) -> bool:
    """Return or refuse: the checker while it waits for checking, the approver afterwards."""
    if claim.state == ClaimState.FILED:
        return may_check(user, claim)
    return _may_in_region(user, Permission.CLAIM_APPROVE, claim)


def may_close(user: User, claim: Claim) -> bool:
    return _may_in_region(user, Permission.CLAIM_APPROVE, claim)


def may_fund(user: User, fund: Fund) -> bool:
    """Book money that has come in: the treasury of the fund's region, or of the province."""
    return bool(user.areas_of(Permission.CLAIM_PAY) & {regions.PROVINCE, fund.region_code})


def may_draft(user: User, fund: Fund) -> bool:
    """Draft, adopt or discard a scheme of the fund: whoever makes the rules in its region, or for the province."""
    return bool(user.areas_of(Permission.SCHEME_MANAGE) & {regions.PROVINCE, fund.region_code})


def may_edit(user: User, scheme: Scheme) -> bool:
    """A draft is its drafter's, so that whoever adopts has not written a word of it."""
    return scheme.is_draft and scheme.drafted_by_id == user.pk and may_draft(user, scheme.fund)


def may_adopt(user: User, scheme: Scheme) -> bool:
    return scheme.is_draft and scheme.drafted_by_id != user.pk and may_draft(user, scheme.fund)


def may_receive(user: User, claim: Claim) -> bool:
    """Confirm that the fund's part of a recovery has come."""
    return _may_in_region(user, Permission.CLAIM_PAY, claim)


def has_handled(user: User, claim: Claim) -> bool:
    """Whether ``user`` has had a step of this round in hand."""
    return user.pk in {claim.checked_by_id, claim.approved_by_id}


def _may_in_region(user: User, permission: Permission, claim: Claim) -> bool:
    """Whether a post that carries ``permission`` answers for the firm's region: another post's region does not count."""
    firm: Enterprise = claim.enrolment.loan.enterprise
    return bool(user.areas_of(permission) & {regions.PROVINCE, firm.responsible_region, firm.county_code})
