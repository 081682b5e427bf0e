"""Who may do what with an application."""

from enterprises.models import Member
from institutions.models import Officer
from lending.applications.models import Application
from portal.accounts.roles import Permission


def may_apply(member: Member) -> bool:
    return member.may(Permission.FINANCE_APPLY)


def may_act_for_firm(member: Member, application: Application) -> bool:
    """Answer, withdraw."""
    return may_apply(member) and application.enterprise_id == member.enterprise_id


def may_handle(officer: Officer, application: Application) -> bool:
    """Accept, ask, propose, refuse; approve outright where the institution asks for one pair of eyes."""
    return officer.may(Permission.APPLICATION_HANDLE) and application.institution_id == officer.institution_id


def may_decide(officer: Officer, application: Application) -> bool:
    """Confirm, send back or refuse what somebody else has proposed."""
    return officer.may(Permission.APPLICATION_DECIDE) and application.institution_id == officer.institution_id


def is_own_firm(officer: Officer, application: Application) -> bool:
    """Whether the officer acts for the very firm that applies: nobody decides on a loan to the own firm (关系人回避)."""
    own = Member.objects.acting().filter(user=officer.user_id, enterprise=application.enterprise_id)
    return bool(own.exists())


def is_own_proposal(officer: Officer, application: Application) -> bool:
    return application.proposed_by_id == officer.user_id
