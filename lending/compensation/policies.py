"""Who may enrol, file, check, approve and pay. Three officers for one claim: whoever had it before may not have it again."""

from collections.abc import Collection

from enterprises.models import Enterprise
from institutions.models import Officer
from lending.compensation import queries
from lending.compensation.models import BreakerTrip, Claim, ClaimStep, Enrolment, Fund, Scheme
from lending.compensation.states import ClaimState, Step
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
    return _may_take(user, Permission.CLAIM_CHECK, claim)


def may_review(user: User, claim: Claim) -> bool:
    return _may_take(user, Permission.CLAIM_REVIEW, claim)


def may_opine(user: User, claim: Claim) -> bool:
    return _may_take(user, Permission.CLAIM_OPINE, claim)


def may_meet(user: User, claim: Claim) -> bool:
    """Record what a joint meeting decided of it."""
    return _may_take(user, Permission.CLAIM_MEET, claim)


def may_call(user: User, region_code: str) -> bool:
    """Call a joint meeting of a region, or of the province."""
    return bool(user.areas_of(Permission.CLAIM_MEET) & {regions.PROVINCE, region_code})


def may_resolve(user: User, claim: Claim) -> bool:
    """Answer an objection that came in publicity: nobody who had the claim before."""
    return _may_take(user, Permission.CLAIM_CHECK, claim)


def may_approve(user: User, claim: Claim) -> bool:
    return _may_take(user, Permission.CLAIM_APPROVE, claim)


def may_prepare(user: User, claim: Claim) -> bool:
    """Put its payment on a list for the treasury."""
    return _may_take(user, Permission.CLAIM_PAY, claim, but={Step.PREPARE})


def may_pay(user: User, claim: Claim) -> bool:
    """Send its money off. Whoever sent the first instalment may send the next."""
    return _may_take(user, Permission.CLAIM_PAY, claim, but={Step.PAY})


def may_turn_down(user: User, claim: Claim) -> bool:
    """Return or refuse, or find faults: whoever may take the step it waits for."""
    permission = {
        ClaimState.FILED: Permission.CLAIM_CHECK,
        ClaimState.REVIEWING: Permission.CLAIM_REVIEW,
        ClaimState.OPINION: Permission.CLAIM_OPINE,
        ClaimState.MEETING: Permission.CLAIM_MEET,
        ClaimState.PUBLICITY: Permission.CLAIM_CHECK,
    }.get(ClaimState(claim.state), Permission.CLAIM_APPROVE)
    return _may_take(user, permission, claim)


def may_flag(user: User, claim: Claim) -> bool:
    """Mark a claim as suspect, or clear it: anybody of the staff who deals with claims there."""
    return any(
        _may_in_region(user, each, claim)
        for each in (Permission.CLAIM_CHECK, Permission.CLAIM_APPROVE, Permission.CLAIM_PAY)
    )


def may_claw_back(user: User, claim: Claim) -> bool:
    return _may_in_region(user, Permission.CLAIM_APPROVE, claim)


def may_lift(user: User, trip: BreakerTrip) -> bool:
    """Ask for, or agree to, the lifting of a breaker."""
    return bool(user.areas_of(Permission.CLAIM_APPROVE) & {regions.PROVINCE, trip.scheme.fund.region_code})


def may_send(user: User, fund: Fund) -> bool:
    """Make, release or settle a payment batch of the fund."""
    return bool(user.areas_of(Permission.CLAIM_PAY) & {regions.PROVINCE, fund.region_code})


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
    """Whether ``user`` has had any step of the claim, in any round."""
    return queries.has_handled(user, claim)


def _may_take(user: User, permission: Permission, claim: Claim, *, but: Collection[str] = ()) -> bool:
    """A step is for somebody who has had none of this claim, in any round."""
    if not _may_in_region(user, permission, claim):
        return False
    return not ClaimStep.objects.filter(claim=claim, taken_by=user).exclude(step__in=but).exists()


def _may_in_region(user: User, permission: Permission, claim: Claim) -> bool:
    """Whether a post that carries ``permission`` answers for the firm's region: another post's region does not count."""
    firm: Enterprise = claim.enrolment.loan.enterprise
    return bool(user.areas_of(permission) & {regions.PROVINCE, firm.responsible_region, firm.county_code})
