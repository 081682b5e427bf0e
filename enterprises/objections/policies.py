"""Who may file and who may handle a remedy."""

from enterprises.models import Enterprise, Member
from enterprises.objections.models import Objection, Repair
from portal.accounts.models import User
from portal.accounts.roles import Permission


def may_file(member: Member) -> bool:
    return member.may(Permission.REMEDY_FILE)


def may_withdraw(member: Member, remedy: Objection | Repair) -> bool:
    return may_file(member) and member.enterprise_id == remedy.enterprise_id


def may_handle(user: User, remedy: Objection | Repair) -> bool:
    """Remedy officers, for firms of their regions, and never for a firm they are a member of."""
    is_theirs = (
        Enterprise.objects.of_areas(user.areas_of(Permission.REMEDY_HANDLE)).filter(pk=remedy.enterprise_id).exists()
    )
    is_own = Member.objects.acting().filter(user=user, enterprise_id=remedy.enterprise_id).exists()
    return user.may(Permission.REMEDY_HANDLE) and is_theirs and not is_own
