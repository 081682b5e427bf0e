"""Who may post and withdraw a firm's needs."""

from enterprises.models import Member
from lending.needs.models import Need
from portal.accounts.roles import Permission


def may_post(member: Member) -> bool:
    return member.may(Permission.FINANCE_APPLY)


def may_withdraw(member: Member, need: Need) -> bool:
    return member.may(Permission.FINANCE_APPLY) and need.enterprise_id == member.enterprise_id
