"""Who may do what with a consent and a file."""

from enterprises.consent.models import Authorization, DeletionDuty
from enterprises.models import Enterprise, Member
from institutions.models import Officer
from portal.accounts.models import User
from portal.accounts.roles import Permission


def may_grant(member: Member) -> bool:
    return member.may(Permission.AUTHORIZATION_GRANT)


def may_move(member: Member, authorization: Authorization) -> bool:
    """Pause, resume, revoke, decline: for members of the firm that gives the consent."""
    return may_grant(member) and member.enterprise_id == authorization.enterprise_id


def may_open_files(officer: Officer) -> bool:
    """Officers who handle applications or serve loans; the institution must be admitted and the post in force."""
    return officer.may(Permission.APPLICATION_HANDLE) or officer.may(Permission.LOAN_SERVICE)


def may_ask(officer: Officer) -> bool:
    return may_open_files(officer)


def may_delete(officer: Officer, duty: DeletionDuty) -> bool:
    """Acknowledge and confirm for the institution: those who open files there, and its administrator."""
    is_theirs = may_open_files(officer) or officer.may(Permission.INSTITUTION_MANAGE)
    return is_theirs and officer.institution_id == duty.institution_id


def may_read_records(user: User, enterprise: Enterprise) -> bool:
    """Staff whose office reads records, in the regions of their posts."""
    theirs = Enterprise.objects.of_areas(user.areas_of(Permission.RECORDS_READ))
    return user.may(Permission.RECORDS_READ) and theirs.filter(pk=enterprise.pk).exists()
