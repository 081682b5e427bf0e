"""Losses shared: banks enrol what may be enrolled, some borrowers stop paying, and claims come to stand in every state."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Final
from uuid import UUID

from django.utils import timezone

from institutions.models import Officer
from institutions.products.models import RepaymentMethod
from lending.compensation import actions as compensation
from lending.compensation.models import Claim, Enrolment, Fund, Scheme
from lending.loans.models import Loan
from lending.province.draws import happens, stream
from lending.province.firms import Firm
from lending.province.offers import House
from lending.province.paper import sheet
from lending.province.servicing import Payers, lateness
from lending.province.timeline import Deed, Story, Timeline, in_office, later
from portal.accounts.models import User
from portal.accounts.roles import OfficerRole
from portal.documents.actions import store_upload
from portal.documents.models import UploadKind
from portal.money import yuan
from portal.refusals import Refusal

#: How far each claim gets, dealt to the defaulting loans in turn; every state is there, the early ones twice.
ENDINGS: Final = (
    "recovered",
    "paid",
    "approved",
    "checked",
    "filed",
    "returned",
    "refused",
    "closed",
    "withdrawn",
    "unclaimed",
    "filed",
    "checked",
    "paid",
    "unclaimed",
)
#: Claims that are still being handled when the demonstration begins.
IN_HAND: Final = frozenset({"filed", "checked", "approved", "returned"})


@dataclass
class Losses:
    timeline: Timeline
    houses: Mapping[int, House]
    staff: Mapping[str, User]
    schemes: Mapping[str, Scheme]
    payers: Payers
    seed: int
    dealt: int = field(default=0)

    def on_drawn(self, loan: Loan, firm: Firm) -> None:
        """Every drawdown: how its borrower will pay, and whether the bank enrols it."""
        rng = stream(self.seed, "losses", loan.contract_number)
        late = lateness(firm.quality, rng)
        if late:
            self.payers.late_days[loan.pk] = late
        self.timeline.begin(self._enrolled(loan, firm, rng))

    def _enrolled(self, loan: Loan, firm: Firm, rng: Random) -> Story:
        drawn_at = loan.drawn_at or self.timeline.end
        moment = in_office(later(drawn_at, rng, 1000, 9000), rng)
        yield moment
        officer = self.houses[loan.institution_id].officers[OfficerRole.LOAN_OFFICER][0]
        scheme = self.schemes["NX-NKD-DEMO" if loan.product_version.product.name == "宁科贷" else "NX-DEMO"]
        try:
            enrolment = compensation.enrol(loan=loan, scheme=scheme, officer=officer, at=moment)
        except Refusal:
            return  # outside the scheme, most often by its rate: the bank bears it alone
        ending = ENDINGS[self.dealt % len(ENDINGS)]
        stops_on = self._stops_on(loan, timezone.localdate(moment), ending, rng)
        if stops_on is None or self.dealt >= len(ENDINGS) or happens(rng, min(700, firm.quality)):
            return
        self.dealt += 1
        self.payers.stops_on[loan.pk] = stops_on
        if ending != "unclaimed":
            yield from ClaimStory(self, enrolment, officer, rng, ending).story(moment)

    def _stops_on(self, loan: Loan, enrolled_on: date, ending: str, rng: Random) -> date | None:
        """From when the borrower pays no more, so that the claim can come as far as ``ending``; None where it cannot.

        A claim is open from the 91st day overdue for a year; one that is still in hand must have been filed lately.
        """
        last, stops_on = self.timeline.end.date(), enrolled_on + timedelta(days=rng.randint(20, 80))
        if ending in IN_HAND:
            stops_on = max(stops_on, last - timedelta(days=rng.randint(150, 260)))
        room = timedelta(days=140 if ending in IN_HAND else 290)
        has_dues = loan.matures_on is not None and stops_on + timedelta(days=31) < loan.matures_on
        return stops_on if has_dues and loan.method != RepaymentMethod.BULLET and stops_on + room < last else None


class ClaimStory:
    """One claim up to its ``ending``."""

    def __init__(self, losses: Losses, enrolment: Enrolment, officer: Officer, rng: Random, ending: str) -> None:
        self.losses, self.enrolment, self.officer, self.rng, self.ending = losses, enrolment, officer, rng, ending
        self.staff = losses.staff
        self.claim: Claim

    def story(self, moment: datetime) -> Story:
        moment = yield from self._file(moment)
        if self.ending == "withdrawn":
            moment = yield from self._wait(moment, 1)
            compensation.withdraw_claim(claim=self.claim, officer=self.officer, at=moment)
        elif self.ending in {"returned", "refused"}:
            moment = yield from self._wait(moment, 3)
            self._turn_down(moment)
        elif self.ending != "filed":
            yield from self._through(moment)

    def _file(self, moment: datetime) -> Deed:
        """Not before the loan is more than 90 days overdue; the last rows of a demonstration stay freshly filed."""
        loan = self.enrolment.loan
        stops_on = self.losses.payers.stops_on[loan.pk]
        unpaid = loan.instalments.filter(due_on__gte=stops_on).order_by("number").first()
        first_due = unpaid.due_on if unpaid else stops_on
        opens = datetime.combine(first_due, datetime.min.time(), moment.tzinfo) + timedelta(days=92, hours=10)
        if self.ending in IN_HAND:
            opens = max(opens, self.losses.timeline.end - timedelta(days=self.rng.randint(6, 16)))
        moment = in_office(later(opens, self.rng, 60, 9000 if self.ending == "recovered" else 1500), self.rng)
        yield moment
        evidence = store_upload(
            file=sheet("起诉状及受理通知书", "SAMPLE"),
            allowed={UploadKind.PDF},
            by=self.officer.user,
            at=moment,
            enterprise_id=loan.enterprise_id,
        )
        self.claim = compensation.file_claim(
            enrolment=self.enrolment,
            officer=self.officer,
            legal_step="accepted",
            statement="借款人停止还款,经多次催收未果,已向人民法院起诉并获受理。",
            evidence=evidence,
            submission_key=UUID(int=self.rng.getrandbits(128), version=4),
            at=moment,
        )
        return moment

    def _turn_down(self, at: datetime) -> None:
        checker = self.staff["checker"]
        if self.ending == "returned":
            note = "催收记录不完整,请补充最近一次上门催收记录后重新申报。"
            compensation.return_claim(claim=self.claim, note=note, by=checker, at=at)
        else:
            note = "贷款资金用途与备案不符,按方案不予补偿。"
            compensation.refuse_claim(claim=self.claim, note=note, by=checker, at=at)

    def _through(self, moment: datetime) -> Story:
        moment = yield from self._wait(moment, 2)
        compensation.check_claim(claim=self.claim, note="材料齐全,计算无误。", by=self.staff["checker"], at=moment)
        if self.ending == "checked":
            return
        moment = yield from self._wait(moment, 2)
        approver = self.staff["claimapprover"]
        compensation.approve_claim(claim=self.claim, note="同意。", by=approver, at=moment)
        if self.ending == "approved":
            return
        moment = yield from self._wait(moment, 3)
        voucher = f"CZ{moment:%Y%m%d}{self.claim.pk:04d}"
        compensation.pay_claim(claim=self.claim, note=voucher, by=self.staff["treasurer"], at=moment)
        if self.ending != "paid":
            yield from self._recover(moment)

    def _recover(self, moment: datetime) -> Story:
        moment = yield from self._wait(moment, 20)
        self.claim.refresh_from_db()
        gross = int(self.claim.loss_amount) * self.rng.randint(150, 400) // 1000
        recovery = compensation.report_recovery(
            claim=self.claim,
            officer=self.officer,
            reference=f"ZC{moment:%Y%m%d}{self.claim.pk:04d}",
            recovered_on=timezone.localdate(moment),
            gross_amount=yuan(gross),
            cost_amount=yuan(gross * 3 // 100),
            at=moment,
        )
        if self.ending == "recovered":
            return
        moment = yield from self._wait(moment, 8)
        treasurer = self.staff["treasurer"]
        compensation.confirm_remittance(recovery=recovery, note=f"HK{moment:%Y%m%d}", by=treasurer, at=moment)
        moment = yield from self._wait(moment, 5)
        approver = self.staff["claimapprover"]
        compensation.close_claim(claim=self.claim, note="债务人已无可供执行财产,结案。", by=approver, at=moment)

    def _wait(self, moment: datetime, days: int) -> Deed:
        moment = in_office(later(moment, self.rng, 600, 60 + 1440 * days), self.rng)
        yield moment
        return moment


def fill_funds(staff: Mapping[str, User], *, at: datetime) -> None:
    """The first money of each fund and its budget; and a revision of the scheme that waits to be adopted."""
    for fund, amount in zip(Fund.objects.order_by("code"), (Decimal(20_000_000), Decimal(8_000_000)), strict=False):
        reference = f"ZZ{at:%Y%m%d}-{fund.code}"
        compensation.deposit(fund=fund, amount=amount, reference=reference, by=staff["treasurer"], at=at)
        compensation.set_budget(fund=fund, year=at.year, amount=amount / 2, by=staff["treasurer"], at=at)
    source = Scheme.objects.adopted().get(code="NX-FULL-DEMO", version=1)
    begins = date(at.year + 2, 1, 1)
    compensation.draft_scheme(
        source=source, fund=source.fund, code=source.code, in_force_from=begins, by=staff["supervisor"], at=at
    )
