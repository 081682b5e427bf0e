"""Who may draft, review and take products off the shelf."""

from institutions.models import Institution, Officer
from institutions.products.models import ProductVersion
from portal.accounts.models import User
from portal.accounts.roles import Permission


def may_draft(officer: Officer, institution_id: int) -> bool:
    return officer.institution_id == institution_id and officer.may(Permission.PRODUCT_DRAFT)


def may_keep(user: User, version: ProductVersion) -> bool:
    """Pause, resume or withdraw: a product manager of the institution, or a reviewer of the government."""
    return user.may(Permission.PRODUCT_REVIEW) or _drafts_for(user, version.product.institution)


def may_review(user: User, version: ProductVersion) -> bool:
    """A reviewer who neither drafted nor submitted the version, nor serves the institution it comes from."""
    is_apart = user.pk not in {version.drafted_by_id, version.submitted_by_id}
    serves = Officer.objects.serving().filter(user=user, institution=version.product.institution_id).exists()
    return user.may(Permission.PRODUCT_REVIEW) and is_apart and not serves


def _drafts_for(user: User, institution: Institution) -> bool:
    posts = Officer.objects.serving().select_related("institution").filter(user=user, institution=institution)
    return any(post.may(Permission.PRODUCT_DRAFT) for post in posts)
