"""Who may ask, run, hand in, review and compare."""

from enterprises.consent import policies as consent
from enterprises.jointmodels.models import BankModel, Invitation
from enterprises.models import Member
from institutions.models import Officer
from portal.accounts.models import User
from portal.accounts.roles import Permission


def may_ask(officer: Officer) -> bool:
    """Questions and model runs: whoever may open files."""
    return consent.may_open_files(officer)


def may_keep_models(officer: Officer) -> bool:
    """Product managers and administrators hand in models, put them in force and compare lists."""
    return officer.may(Permission.PRODUCT_DRAFT) or officer.may(Permission.INSTITUTION_MANAGE)


def may_review(user: User, model: BankModel) -> bool:
    """Never whoever handed it in, nor anybody in post at the institution."""
    is_theirs = user.officer_posts.filter(institution_id=model.institution_id, ended_at=None).exists()
    return user.may(Permission.MODEL_REVIEW) and model.submitted_by_id != user.pk and not is_theirs


def may_answer(member: Member, invitation: Invitation) -> bool:
    return member.may(Permission.AUTHORIZATION_GRANT) and member.enterprise_id == invitation.enterprise_id
