"""What stands in the books: balances now and on a day, the trial balance, the statement of one account."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, QuerySet, Sum

from lending.ledger.models import Account, Line
from portal.money import ZERO


@dataclass(frozen=True)
class TrialRow:
    """One account: what was ever debited and credited, and on which side its balance stands."""

    account: Account
    debited: Decimal
    credited: Decimal

    @property
    def debit_balance(self) -> Decimal:
        return max(self.debited - self.credited, ZERO)

    @property
    def credit_balance(self) -> Decimal:
        return max(self.credited - self.debited, ZERO)

    @property
    def is_kept(self) -> bool:
        """Whether the balance kept by the database is the sum of the lines."""
        kept: Decimal = self.account.balance
        return kept == self.debited - self.credited


@dataclass(frozen=True)
class TrialBalance:
    book: str
    rows: list[TrialRow]

    @property
    def debited(self) -> Decimal:
        return sum((row.debited for row in self.rows), ZERO)

    @property
    def credited(self) -> Decimal:
        return sum((row.credited for row in self.rows), ZERO)

    @property
    def debit_balance(self) -> Decimal:
        return sum((row.debit_balance for row in self.rows), ZERO)

    @property
    def credit_balance(self) -> Decimal:
        return sum((row.credit_balance for row in self.rows), ZERO)

    @property
    def difference(self) -> Decimal:
        return self.debited - self.credited

    @property
    def is_sound(self) -> bool:
        """The sides are equal and every kept balance is the sum of its lines."""
        return self.difference == 0 and all(row.is_kept for row in self.rows)


@dataclass(frozen=True)
class StatementRow:
    line: Line
    balance: Decimal


@dataclass(frozen=True)
class Statement:
    """An account from one day to another: what it held, what moved, what it holds (debit is positive)."""

    account: Account
    opening: Decimal
    rows: list[StatementRow]

    @property
    def closing(self) -> Decimal:
        return self.rows[-1].balance if self.rows else self.opening


def balance(code: str) -> Decimal:
    """Debit minus credit, as it stands now. An account that is not open raises DoesNotExist."""
    amount: Decimal = Account.objects.values_list("balance", flat=True).get(code=code)
    return amount


def balances(book: str) -> dict[str, Decimal]:
    """Every account of a book by the last part of its code, in one read."""
    rows = Account.objects.filter(book=book).values_list("code", "balance")
    return {code.removeprefix(f"{book}:"): amount for code, amount in rows}


def balance_as_of(code: str, day: date) -> Decimal:
    """Debit minus credit of everything booked up to and including ``day``."""
    return _net(Line.objects.filter(account__code=code, entry__booked_on__lte=day))


def trial_balance(book: str | None = None) -> TrialBalance:
    """Every account of one book, or of all."""
    accounts = Account.objects.all() if book is None else Account.objects.filter(book=book)
    sums = {
        account_id: (debited, credited)
        for account_id, debited, credited in Line.objects.filter(account__in=accounts)
        .values_list("account_id")
        .annotate(Sum("debit"), Sum("credit"))
    }
    rows = [TrialRow(account, *sums.get(account.pk, (ZERO, ZERO))) for account in accounts.order_by("book", "code")]
    return TrialBalance(book or "", rows)


def statement(account: Account, *, first: date, last: date) -> Statement:
    """What moved on ``account`` from ``first`` to ``last``, with the balance after each line."""
    lines = Line.objects.filter(account=account).select_related("entry", "entry__posted_by")
    opening = running = _net(lines.filter(entry__booked_on__lt=first))
    rows = []
    for line in lines.filter(entry__booked_on__range=(first, last)).order_by("entry__booked_on", "entry_id", "pk"):
        running += line.debit - line.credit
        rows.append(StatementRow(line, running))
    return Statement(account, opening, rows)


def _net(lines: "QuerySet[Line]") -> Decimal:
    total = lines.aggregate(net=Sum(F("debit") - F("credit")))["net"]
    return total if total is not None else ZERO
