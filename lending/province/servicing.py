"""After the drawdown: banks report repayments twice a month, and every month's end classes loans and ends what is over."""

from datetime import date, datetime, timedelta
from random import Random

from django.db.models import F, Q
from django.utils import timezone

from enterprises.consent import actions as consent
from lending.loans.actions import classes, repayments
from lending.loans.actions.repayments import Reported
from lending.loans.models import Instalment
from lending.loans.states import LoanState
from lending.needs import actions as needs
from lending.province.draws import happens
from lending.province.offers import House
from lending.province.timeline import Story
from portal.accounts.roles import OfficerRole
from portal.periods import add_months


class Payers:
    """How each borrower pays: in time, late by some days, or no longer from a day on."""

    def __init__(self) -> None:
        self.stops_on: dict[int, date] = {}
        self.late_days: dict[int, int] = {}

    def pays_on(self, row: Instalment) -> date | None:
        stop = self.stops_on.get(row.loan_id)
        if stop is not None and row.due_on >= stop:
            return None
        return row.due_on + timedelta(days=self.late_days.get(row.loan_id, 0))


def reports(house: House, payers: Payers, *, start: datetime, rng: Random) -> Story:
    """One bank's files of repayments: of the middle and of the end of each month, and of the last evening."""
    moment = start.replace(hour=17, minute=rng.randint(0, 50))
    while True:
        moment = _next_report(moment)
        yield moment
        _report(house, payers, moment)


def _next_report(moment: datetime) -> datetime:
    if moment.day < 15:
        return moment.replace(day=15)
    last = add_months(moment.date().replace(day=1), 1) - timedelta(days=1)
    return moment.replace(day=last.day) if moment.day < last.day else _in_next_month(moment)


def _in_next_month(moment: datetime) -> datetime:
    return datetime.combine(add_months(moment.date().replace(day=1), 1), moment.timetz()).replace(day=15)


def last_report(house: House, payers: Payers, *, at: datetime) -> Story:
    """What has come in since the last file, so that nobody looks overdue who has paid."""
    yield at
    _report(house, payers, at)


def _report(house: House, payers: Payers, at: datetime) -> None:
    today = timezone.localdate(at)
    open_rows = Instalment.objects.filter(
        Q(principal_paid__lt=F("principal_due")) | Q(interest_paid__lt=F("interest_due")),
        loan__institution=house.institution,
        loan__state=LoanState.DRAWN,
        due_on__lte=today,
    )
    rows: list[Reported] = []
    for row in open_rows.select_related("loan").order_by("loan", "number"):
        paid_on = payers.pays_on(row)
        if paid_on is None or paid_on > today:
            continue
        owed = row.principal_due - row.principal_paid + row.interest_due - row.interest_paid
        reference = f"{row.loan.contract_number}-{row.number:03d}"
        rows.append(Reported(len(rows) + 2, row.loan.contract_number, reference, paid_on, owed))
    officer = house.officers[OfficerRole.LOAN_OFFICER][0]
    refused = repayments.report(officer=officer, rows=rows, at=at).rejects
    if refused:
        raise ValueError(f"a repayment of the demonstration was refused: {refused[0]}")


def month_ends(*, start: datetime) -> Story:
    """Every month's last night: loans are classed, lapsed needs and ended consents say so."""
    day = start.date().replace(day=1)
    while True:
        day = add_months(day, 1)
        moment = datetime.combine(day, datetime.min.time(), start.tzinfo) - timedelta(minutes=20)
        yield moment
        close_day(moment)


def close_day(at: datetime) -> None:
    today = timezone.localdate(at)
    classes.classify_due(day=today, at=at)
    needs.lapse_due(day=today, at=at)
    consent.expire_due(at=at)


def lateness(quality: int, rng: Random) -> int:
    """Days by which a borrower of this quality is late with every payment; most are in time."""
    if quality > 420 or not happens(rng, 250):
        return 0
    return rng.choice((3, 6, 12, 25, 40))
