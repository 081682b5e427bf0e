"""Who may state facts for a firm."""

from enterprises.credit.models import Item
from enterprises.models import Member
from portal.accounts.roles import Permission


def may_declare(member: Member, item: Item) -> bool:
    """The legal representative and handlers, for the items that say so."""
    return member.may(Permission.FACT_DECLARE) and item.is_declarable
