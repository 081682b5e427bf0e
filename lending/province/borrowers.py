"""Firms that borrow: bound by their people, they post needs, consent, apply, and get or do not get their loan."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Final
from uuid import UUID

from django.utils import timezone

from enterprises import actions as registry
from enterprises.consent import actions as consent
from enterprises.consent import gate
from enterprises.models import Member, ProofMethod
from institutions.models import Officer
from institutions.products.models import ProductVersion
from lending.applications.actions import applying, deciding, handling
from lending.applications.models import Application, RefusalReason
from lending.loans.actions import contracts
from lending.loans.models import Loan
from lending.matching import queries as matching
from lending.needs import actions as needs
from lending.needs.models import Need, Use
from lending.province.draws import happens, some, weighted
from lending.province.firms import Firm
from lending.province.offers import House
from lending.province.paper import sheet
from lending.province.timeline import Deed, Story, Timeline, in_office, later
from portal.accounts.models import User
from portal.accounts.roles import OfficerRole
from portal.money import WAN, rate, yuan
from portal.refusals import Refusal

RATE_STEP: Final = Decimal("0.0005")
DOCUMENTS: Final = ("近三个月银行流水", "购销合同", "上下游发票清单", "经营场所租赁合同", "股东会决议")
#: Reasons as the weakness of a firm makes them likely; each with what the officer writes.
NOTES: Final = {
    RefusalReason.REPAYMENT_CAPACITY: "近一年经营流水不足以覆盖本息,建议降低金额或延长期限后再申请。",
    RefusalReason.CREDIT_RECORD: "存在未结清的被执行案件或行政处罚,请先处理或申请信用修复。",
    RefusalReason.INFORMATION: "近期纳税与社保信息缺失,补充后可再次申请。",
    RefusalReason.GUARANTEE: "信用额度不足以满足需求,可联系担保机构增信后再申请。",
    RefusalReason.EXPOSURE: "现有负债比例偏高。",
}


@dataclass
class Scene:
    """Where the stories play: the houses, the line of time, and who hears of a new loan."""

    timeline: Timeline
    houses: dict[int, House]
    on_drawn: Callable[[Loan, Firm], None]
    contracts: dict[int, int] = field(default_factory=dict)

    def contract_number(self, house: House, signed: datetime) -> str:
        number = self.contracts[house.institution.pk] = self.contracts.get(house.institution.pk, 0) + 1
        return f"{house.institution.code}-{signed:%Y}-{number:05d}"


class Borrower:
    """One firm and who acts for it."""

    def __init__(self, scene: Scene, firm: Firm, user: User, rng: Random, *, is_certain: bool = False) -> None:
        self.scene, self.firm, self.user, self.rng = scene, firm, user, rng
        #: Whether banks always say yes: for the firm that the demonstration shows.
        self.is_certain = is_certain
        self.member: Member

    def story(self, asks_at: list[datetime]) -> Story:
        """Bound some days before its first need; then every need of ``asks_at`` in turn."""
        bound_at = asks_at[0] - timedelta(days=self.rng.randint(1, 20), minutes=self.rng.randint(0, 600))
        yield bound_at
        registry.claim_firm(
            user=self.user,
            uscc=self.firm.uscc,
            method=ProofMethod.REGISTRY,
            claimed_name=self.firm.person,
            id_number=self.firm.id_number,
            at=bound_at,
        )
        self.member = Member.objects.acting().select_related("enterprise", "user").get(user=self.user)
        for moment in asks_at:
            yield moment
            yield from self._apply_around(self._post(moment), moment)

    def _post(self, at: datetime) -> Need:
        rng = self.rng
        wan = max(1, min(2000, self.firm.revenue_wan * rng.randint(60, 320) // 1000))
        step = 1 if wan < 20 else 5 if wan < 100 else 10 if wan < 500 else 50
        guarantees = {"credit"}
        if happens(rng, 300):
            guarantees.add("guarantor")
        if wan > 100 and happens(rng, 500):
            guarantees.add("mortgage")
        return needs.post(
            member=self.member,
            amount=yuan(max(step, wan // step * step) * WAN),
            term_months=weighted(rng, {6: 3, 12: 8, 24: 3, 36: 1}),
            use=rng.choice(list(Use.values)),
            guarantees=sorted(guarantees),
            highest_rate=rate(Decimal(rng.choice((5, 6, 7))) / 100) if happens(rng, 400) else None,
            is_first_loan=happens(rng, 280),
            contact_name=self.firm.person,
            contact_phone=self.firm.phone,
            note="",
            submission_key=_key(rng),
            at=at,
        )

    def _apply_around(self, need: Need, posted_at: datetime) -> Story:
        """Apply for one to three of the products that fit best, each application living its own life."""
        rng, moment = self.rng, posted_at
        found = [m.version for m in matching.matches(need=need, at=posted_at) if m.is_match][:6]
        for version in some(rng, found, rng.choice((1, 1, 2, 2, 3))):
            moment = later(moment, rng, 6, 200)
            yield moment
            authorization_id = self._consent_to(version, moment)
            try:
                application = self._apply(need, version, authorization_id, later(moment, rng, 1, 4))
            except Refusal:
                continue  # the firm's earlier application for the product still runs, or the need has been met
            self.scene.timeline.begin(Case(self, application).story())

    def _consent_to(self, version: ProductVersion, at: datetime) -> int:
        institution = version.product.institution
        live = gate.live_authorization(
            enterprise_id=self.member.enterprise_id,
            institution_id=institution.pk,
            purpose_code="loan_approval",
            at=at,
        )
        if live is not None:
            return live
        return consent.grant(
            member=self.member,
            institution=institution,
            purpose_code="loan_approval",
            items=version.asked_items,
            fetch_kind="periodic",
            frequency=(10, "month"),
            ends_at=at + timedelta(days=self.rng.choice((60, 90, 120, 180))),
            data_months=24,
            submission_key=_key(self.rng),
            at=at,
        ).pk

    def _apply(self, need: Need, version: ProductVersion, authorization_id: int, at: datetime) -> Application:
        return applying.apply(
            member=self.member,
            need=need,
            product_version=version,
            authorization_id=authorization_id,
            amount=min(need.amount, version.max_amount),
            term_months=min(need.term_months, version.max_term_months),
            is_first_loan=need.is_first_loan,
            contact_name=self.firm.person,
            contact_phone=self.firm.phone,
            submission_key=_key(self.rng),
            at=at,
        )


class Case:
    """One application before its bank: taken in, looked at, perhaps asked for a document, decided; then signed and drawn."""

    def __init__(self, borrower: Borrower, application: Application) -> None:
        self.borrower, self.application = borrower, application
        self.rng = borrower.rng
        self.house = borrower.scene.houses[application.institution_id]
        self.officer: Officer = self.house.one(OfficerRole.LOAN_OFFICER, self.rng)

    def story(self) -> Story:
        rng, quality = self.rng, self.borrower.firm.quality
        moment = in_office(later(self.application.submitted_at, rng, 40, 900), rng)
        yield moment
        if happens(rng, 25) and not self.borrower.is_certain:
            applying.withdraw(application=self.application, member=self.borrower.member, at=moment)
            return
        handling.accept(application=self.application, officer=self.officer, at=moment)
        moment = later(moment, rng, 5, 120)
        yield moment
        self._look(moment)
        if happens(rng, 330):
            moment = yield from self._ask(moment)
        moment = in_office(later(moment, rng, 300, 6000), rng)
        yield moment
        is_granted = happens(rng, 880 if quality > 480 else 640 if quality > 330 else 260)
        if not is_granted and not self.borrower.is_certain:
            self._refuse(moment)
            return
        moment = yield from self._approve(moment)
        if not happens(rng, 60) or self.borrower.is_certain:  # the others let the approval lie
            yield from self._conclude(moment)

    def _look(self, at: datetime) -> None:
        """The officer opens the file; a consent that has ended meanwhile leaves its refusal on record."""
        try:
            gate.open_file(
                authorization_id=self.application.authorization_id,
                officer=self.officer,
                door="page",
                parent=("application", self.application.pk),
                at=at,
            )
        except gate.AccessRefused:
            return

    def _ask(self, moment: datetime) -> Deed:
        rng = self.rng
        title = rng.choice(DOCUMENTS)
        moment = in_office(later(moment, rng, 20, 300), rng)
        yield moment
        asked = handling.ask(
            application=self.application, officer=self.officer, title=title, note="请上传加盖公章的扫描件。", at=moment
        )
        moment = later(moment, rng, 60, 2800)
        yield moment
        applying.answer(
            document_request=asked, member=self.borrower.member, file=sheet(title, "SAMPLE"), note="", at=moment
        )
        return moment

    def _refuse(self, at: datetime) -> None:
        reason = self.rng.choice(list(NOTES)) if self.borrower.firm.quality > 330 else RefusalReason.CREDIT_RECORD
        deciding.refuse(application=self.application, officer=self.officer, reason=reason, note=NOTES[reason], at=at)

    def _approve(self, moment: datetime) -> Deed:
        rng, version, asked = self.rng, self.application.product_version, self.application
        shared = [kind for kind in asked.need.guarantees if kind in version.guarantees] or version.guarantees
        least = int(version.min_amount)
        amount = max(least, int(asked.amount) * rng.choice((100, 100, 100, 90, 80, 70)) // 100 // 1000 * 1000)
        steps = int((version.max_rate - version.min_rate) / RATE_STEP)
        decide = deciding.propose if self.house.institution.asks_four_eyes else deciding.approve
        decide(
            application=asked,
            officer=self.officer,
            amount=yuan(amount),
            rate=rate(version.min_rate + rng.randint(0, steps) * RATE_STEP),
            term_months=asked.term_months,
            method=rng.choice(version.repayment_methods),
            guarantee="credit" if "credit" in shared else shared[0],
            at=moment,
        )
        if decide is deciding.propose:
            moment = in_office(later(moment, rng, 60, 1600), rng)
            yield moment
            deciding.approve(application=asked, officer=self.house.one(OfficerRole.APPROVER, rng), at=moment)
        return moment

    def _conclude(self, moment: datetime) -> Story:
        rng, scene = self.rng, self.borrower.scene
        moment = in_office(later(moment, rng, 400, 4300), rng)
        yield moment
        loan = contracts.sign(
            application=Application.objects.get(pk=self.application.pk),
            officer=self.officer,
            contract_number=scene.contract_number(self.house, moment),
            signed_on=timezone.localdate(moment),
            at=moment,
        )
        moment = in_office(later(moment, rng, 30, 2900), rng)
        yield moment
        loan = contracts.draw(loan=loan, officer=self.officer, drawn_on=timezone.localdate(moment), at=moment)
        scene.on_drawn(loan, self.borrower.firm)


def _key(rng: Random) -> UUID:
    return UUID(int=rng.getrandbits(128), version=4)
