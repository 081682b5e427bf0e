import datetime as dt
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import IntegrityError
from django.db.transaction import atomic

from lending.compensation import actions, queries
from lending.compensation.actions.funds import DepositIncomplete, require_sound
from lending.compensation.clauses import ClauseError
from lending.compensation.models import Fund, Scheme
from lending.ledger import actions as ledger
from lending.ledger import postings
from lending.ledger.models import Account
from portal.accounts.models import User
from portal.audit.models import AuditEvent
from portal.refusals import NotPermitted
from tests.factories import FundFactory, OfficerFactory, SchemeFactory, StaffPostFactory

pytestmark = pytest.mark.django_db


def deposit(fund: Fund, by: User, now: dt.datetime, amount: str = "500.00", reference: str = "P-1") -> None:
    actions.deposit(fund=fund, amount=Decimal(amount), reference=reference, by=by, at=now)


def test_deposit_makes_the_money_available(treasurer: User, now: dt.datetime) -> None:
    fund = FundFactory(deposited="0")

    deposit(fund, treasurer, now)

    standing = queries.standing(fund)
    assert (standing.deposited, standing.available, standing.authorised) == (Decimal("500.00"),) * 3


def test_deposit_of_the_same_voucher_is_booked_once(treasurer: User, now: dt.datetime) -> None:
    fund = FundFactory(deposited="0")

    deposit(fund, treasurer, now)
    deposit(fund, treasurer, now)

    assert queries.standing(fund).deposited == Decimal("500.00")
    assert AuditEvent.objects.filter(verb="compensation.deposit").count() == 1


def test_deposit_refuses_a_known_voucher_with_another_amount(treasurer: User, now: dt.datetime) -> None:
    fund = FundFactory(deposited="0")
    deposit(fund, treasurer, now)

    with pytest.raises(ledger.PostedOtherwise):
        deposit(fund, treasurer, now, amount="501.00")


@pytest.mark.parametrize(
    ("amount", "reference"), [("0", "P"), ("-1", "P"), ("1.001", "P"), ("1", " "), ("1", "P" * 41)]
)
def test_deposit_refuses_what_is_incomplete(treasurer: User, amount: str, reference: str, now: dt.datetime) -> None:
    with pytest.raises(DepositIncomplete):
        deposit(FundFactory(), treasurer, now, amount=amount, reference=reference)


def test_deposit_refuses_anybody_but_the_treasurer(approver: User, now: dt.datetime) -> None:
    with pytest.raises(NotPermitted):
        deposit(FundFactory(), approver, now)


def test_load_schemes_again_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_schemes")
    first = capsys.readouterr().out
    call_command("load_schemes")

    assert capsys.readouterr().out == first
    assert list(Scheme.objects.adopted().values_list("code", "version", "is_demonstration").order_by("code")) == [
        ("NX-DEMO", 1, True),
        ("NX-FULL-DEMO", 1, True),
        ("NX-NKD-DEMO", 1, True),
    ]
    assert Scheme.objects.filter(state="example").count() == 24
    assert Account.objects.count() == 2 * len(postings.FUND_BOOK)


def test_a_scheme_without_a_rule_of_sharing_is_not_loaded() -> None:
    rows = [row for row in SchemeFactory.build(fund=None).clauses if row["clause"] != "ShareByCohort"]

    with pytest.raises(ClauseError, match="ShareRule"):
        require_sound(rows)


def test_schemes_are_read_by_staff_with_the_books_and_by_officers_in_post(treasurer: User) -> None:
    SchemeFactory()
    nobody = StaffPostFactory(role="data_steward").user

    seen = [Scheme.objects.visible_to(user).count() for user in (treasurer, OfficerFactory().user, nobody)]

    assert seen == [1, 1, 0]


def test_funds_are_read_by_staff_with_the_books(treasurer: User) -> None:
    FundFactory()

    assert Fund.objects.visible_to(treasurer).count() == 1
    assert Fund.objects.visible_to(OfficerFactory().user).count() == 0


def test_the_database_refuses_a_scheme_that_ends_before_it_begins() -> None:
    with pytest.raises(IntegrityError, match="a_scheme_ends_after_it_begins"), atomic():
        SchemeFactory(in_force_until=dt.date(2023, 12, 31))


def test_the_database_refuses_a_version_twice() -> None:
    first = SchemeFactory()

    with pytest.raises(IntegrityError, match="one_scheme_per_version"), atomic():
        SchemeFactory(code=first.code)
