"""Who may give and take government posts: a system administrator, inside the region of that post."""

from portal import regions
from portal.accounts.models import User
from portal.accounts.roles import Permission


def may_staff(by: User, region_code: str) -> bool:
    """Whether ``by`` may fill and end posts of ``region_code``."""
    return any(regions.covers(area, region_code) for area in by.areas_of(Permission.STAFF_MANAGE))


def may_manage(by: User, user: User) -> bool:
    """Whether ``by`` may close and open the account of ``user``: every post the person holds must lie in reach."""
    held = user.posts.filter(ended_at=None).values_list("region_code", flat=True)
    return by.may(Permission.STAFF_MANAGE) and all(may_staff(by, code) for code in held)
