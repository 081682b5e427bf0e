"""Open a book by its plan."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lending.ledger.models import Account, Book, BookPlan
from lending.ledger.postings import FUND_BOOK, GUARANTEE_BOOK, SUBSIDY_BOOK, AccountPlan, code_of, guarantee
from portal.accounts.models import User
from portal.audit import actions as audit
from portal.refusals import Conflict

PLANS: Final = {
    FUND_BOOK: BookPlan.FUND,
    SUBSIDY_BOOK: BookPlan.SUBSIDY,
    GUARANTEE_BOOK: BookPlan.GUARANTEE,
}

_BUDGET: Final = {
    "authorised": _("可支配总额"),
    "available": _("可用额度"),
    "reserved": _("已审定待拨付"),
    "committed": _("拨付在途"),
    "paid": _("已拨付额度"),
}
_LAYERS: Final = {
    guarantee.Layer.REGUARANTOR: (_("应收再担保分担款"), _("代再担保持有追偿权"), _("应返再担保追偿款")),
    guarantee.Layer.NATIONAL_FUND: (
        _("应收国家融资担保基金分担款"),
        _("代国家融资担保基金持有追偿权"),
        _("应返国家融资担保基金追偿款"),
    ),
    guarantee.Layer.COUNTY: (_("应收县区分担款"), _("代县区持有追偿权"), _("应返县区追偿款")),
}
#: How the accounts of each kind of book are called, by the last part of their code.
NAMES: Final[Mapping[str, Mapping[str, Promise | str]]] = {
    BookPlan.FUND: {
        "bank": _("专户存款"),
        "receivable": _("应收追偿款"),
        "contributions": _("财政出资"),
        "recoveries": _("追偿收入"),
        "interest": _("利息收入"),
        "compensation": _("补偿支出"),
        "written_off": _("核销损失"),
        **_BUDGET,
    },
    BookPlan.SUBSIDY: {
        "bank": _("专户存款"),
        "clawback_receivable": _("应收追回贴息"),
        "contributions": _("财政拨款"),
        "clawback_income": _("追回贴息收入"),
        "interest": _("利息收入"),
        "subsidy": _("贴息支出"),
        **_BUDGET,
    },
    BookPlan.GUARANTEE: {
        "bank": _("专户存款"),
        "subrogation": _("应收代偿款"),
        "contributions": _("出资"),
        "premiums": _("担保费收入"),
        "loss": _("代偿损失"),
        **{guarantee.due_from(layer): names[0] for layer, names in _LAYERS.items()},
        **{guarantee.held_for(layer): names[1] for layer, names in _LAYERS.items()},
        **{guarantee.owed_to(layer): names[2] for layer, names in _LAYERS.items()},
        **_BUDGET,
    },
}


class OpenedOtherwise(Conflict):
    code = "book_opened_otherwise"
    message = _("该账套代码已用于其他用途或其他币种，请换一个代码。")


@transaction.atomic
def open_book(
    *,
    book: str,
    name: str,
    by: User | None,
    at: datetime,
    plan: tuple[AccountPlan, ...] = FUND_BOOK,
    currency: str = "CNY",
) -> list[Account]:
    """Open a book with the accounts of ``plan``. Opening again adds what is missing and changes nothing else.

    Raises OpenedOtherwise where the code stands for a book of another plan or currency.
    """
    kind = PLANS[plan]
    opened, is_new = Book.objects.get_or_create(
        code=book,
        defaults={"name": name[:80], "plan": kind, "currency": currency, "opened_at": at, "opened_by": by},
    )
    if (opened.plan, opened.currency) != (kind, currency):
        raise OpenedOtherwise
    if is_new:
        audit.record("ledger.open_book", opened, by=by, at=at, facts={"plan": str(kind), "currency": currency})
    standing = {account.code for account in Account.objects.filter(book=opened)}
    for row in plan:
        if code_of(book, row.account) not in standing:
            _open_account(opened, row, by=by, at=at)
    return list(Account.objects.filter(book=opened).order_by("code"))


def _open_account(book: Book, row: AccountPlan, *, by: User | None, at: datetime) -> None:
    """An account that is added later is closed as far as its book is."""
    closed = Account.objects.filter(book=book).values_list("closed_through", flat=True).first()
    account, is_new = Account.objects.get_or_create(
        code=code_of(book.code, row.account),
        defaults={
            "name": f"{book.name}·{NAMES[book.plan][row.account]}"[:100],
            "kind": row.kind,
            "book": book,
            "currency": book.currency,
            "bound_to": row.bound_to,
            "closed_through": closed,
        },
    )
    if is_new:
        audit.record("ledger.open_account", account, by=by, at=at, facts={"book": book.code})
