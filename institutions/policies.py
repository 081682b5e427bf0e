"""Who may admit institutions and who may say who works there."""

from institutions.models import Institution, Officer
from portal.accounts.models import User
from portal.accounts.roles import Permission


def may_admit(user: User) -> bool:
    return user.may(Permission.INSTITUTION_ADMIT)


def may_staff(user: User, institution: Institution) -> bool:
    """Admission staff, or an administrator of the institution itself."""
    posts = Officer.objects.serving().select_related("institution").filter(user=user, institution=institution)
    return may_admit(user) or any(post.may(Permission.INSTITUTION_MANAGE) for post in posts)
