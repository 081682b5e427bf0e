"""Who may do what with memberships and proofs of representation."""

from allauth.account.models import EmailAddress

from enterprises.models import Invitation, Member, Representation
from portal import regions
from portal.accounts.models import User
from portal.accounts.roles import EnterpriseRole, Permission

#: Roles a legal representative hands out; the own role is proved, never given.
INVITABLE = (EnterpriseRole.HANDLER, EnterpriseRole.VIEWER)


def may_review(user: User, claim: Representation) -> bool:
    """A reviewer of the firm's region who is not the person to be judged."""
    areas, firm = user.areas_of(Permission.REPRESENTATION_REVIEW), claim.enterprise
    is_own_area = bool(areas & {regions.PROVINCE, firm.responsible_region, firm.city_code, firm.county_code})
    return user.may(Permission.REPRESENTATION_REVIEW) and is_own_area and user.pk != claim.user_id


def may_manage_members(by: Member, enterprise_id: int) -> bool:
    return by.enterprise_id == enterprise_id and by.may(Permission.ENTERPRISE_MANAGE_MEMBERS)


def may_end(by: Member, member: Member) -> bool:
    """Whoever manages the members ends any membership; everybody may leave."""
    return may_manage_members(by, member.enterprise_id) or (by.pk == member.pk and by.ended_at is None)


def holds_address(user: User, invitation: Invitation) -> bool:
    """Whether the phone number or e-mail address an invitation went to is proved to be the user's own."""
    if "@" in invitation.address:
        addresses = EmailAddress.objects.filter(user_id=user.pk, email__iexact=invitation.address, verified=True)
        return bool(addresses.exists())
    return user.phone_verified and user.phone == invitation.address
