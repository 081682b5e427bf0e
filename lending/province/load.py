"""The whole province, step by step, each said aloud with its count and its seconds."""

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Final

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone

from enterprises.consent import actions as consent
from enterprises.jointmodels.actions import cohorts, questions
from enterprises.models import Enterprise, Member
from lending.applications.models import Application
from lending.compensation import actions as compensation
from lending.loans.models import Loan
from lending.province import deliveries, history, losses, notices, offers, people, showcase, unseen
from lending.province.draws import stream
from lending.province.fates import has_adverse_record
from lending.province.firms import Firm, make_firms
from lending.province.offers import House
from lending.supervision import actions as supervision
from lending.supervision import queries as figures
from portal.accounts.models import User
from portal.audit.actions import record
from portal.audit.models import AuditEvent
from portal.messages.models import Message

DONE: Final = "province.load"


class Loader:
    """Runs once on a migrated, empty database; what it makes depends on the size, the seed and the day alone."""

    def __init__(self, *, enterprises: int, seed: int, today: date, password: str, say: Callable[[str], None]) -> None:
        self.count, self.seed, self.today, self.password, self.say = enterprises, seed, today, password, say
        midnight = datetime.combine(today, datetime.min.time(), timezone.get_current_timezone())
        self.start, self.end = history.moments_of(midnight)
        self.people = people.People(password, stream(seed, "people"))

    def run(self) -> None:
        with connection.cursor() as cursor:
            # A demonstration that a power cut takes is loaded again.
            cursor.execute("SET synchronous_commit = off")
        began = monotonic()
        self._load_rules()
        with self._step("staff, institutions, products"):
            staff = people.make_staff(self.people, at=self.start)
            houses = offers.make_houses(self.people, reviewer=staff["reviewer"], at=self.start + timedelta(days=1))
            products = offers.make_products(houses, reviewer=staff["reviewer"], at=self.start + timedelta(days=3))
            losses.fill_funds(staff, at=self.start + timedelta(days=6))
        self.say(f"  {len(staff)} staff, {len(houses)} institutions, {len(products)} products")
        firms = make_firms(self.count, seed=self.seed, today=self.today)
        with self._step("credit records delivered"):
            delivered_at = self.end - timedelta(hours=4)
            batches = deliveries.deliver_all(
                firms, by=staff["steward"], seed=self.seed, today=self.today, at=delivered_at, say=self._mutter
            )
        self.say(
            f"  {Enterprise.objects.count()} enterprises, {sum(batch.rows for batch in batches)} rows in {len(batches)} batches"
        )
        with self._step("every enterprise graded"):
            grades = deliveries.grade_all(at=self.end - timedelta(hours=3))
            formed = cohorts.form(on=self.today, at=self.end - timedelta(hours=2))
        self.say(f"  {grades} grades, {formed} cohorts")
        with self._step("two years of lending lived"):
            asks = history.choose_asks(firms, start=self.start, end=self.end, seed=self.seed)
            owners = people.make_owners(self.people, [ask.firm for ask in asks], first="legal", at=self.start)
            lived = history.live(
                asks, houses=houses, owners=owners, staff=staff, start=self.start, end=self.end, seed=self.seed
            )
        self.say(f"  {lived} moments, {Application.objects.count()} applications, {Loan.objects.count()} loans")
        with self._step("colleagues, newcomers, work in the queues"):
            self._show(firms, houses, asks, staff)
        with self._step("figures counted and published"):
            supervision.refresh(days=figures.all_days(until=self.today), at=self.end)
            supervision.publish(as_of=self.today, at=self.end)
        record(DONE, staff["steward"], by=None, at=self.end, facts={"seed": self.seed, "enterprises": self.count})
        self.say(f"the province stands after {monotonic() - began:.0f} s")

    def _load_rules(self) -> None:
        with self._step("catalogue, scorecards, purposes, schemes"):
            deliveries.load_rules(by=None, at=self.start)
            consent.load_purposes()
            questions.load_bounds()
            compensation.load_schemes(by=None, at=self.start)

    def _show(
        self, firms: list[Firm], houses: dict[str, House], asks: list[history.Ask], staff: dict[str, User]
    ) -> None:
        legal = Member.objects.acting().select_related("user", "enterprise").get(user__username="legal")
        showcase.invite_colleagues(self.people, legal, at=self.end - timedelta(days=5))
        newcomer = showcase.add_newcomers(self.people, firms, at=self.end - timedelta(days=1, hours=10))
        adverse = [ask.firm for ask in asks if has_adverse_record(ask.firm, seed=self.seed, today=self.today)]
        showcase.file_remedies(adverse, staff["remedy"], seed=self.seed, at=self.end - timedelta(days=2, hours=11))
        notices.publish_notices(staff["supervisor"], until=self.end)
        offers.draft_waiting(houses, at=self.end - timedelta(days=1, hours=9))
        Message.objects.filter(created_at__lt=self.end - timedelta(days=10), read_at=None).update(
            read_at=F("created_at") + timedelta(hours=20)
        )
        answered = unseen.show(next(iter(houses.values())), staff["reviewer"], at=self.end - timedelta(hours=6))
        self.say(f"  {answered} questions answered")
        keep_logins(showcase.logins(newcomer))

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        began = monotonic()
        self.say(f"{name} …")
        yield
        self.say(f"  {monotonic() - began:.1f} s")

    def _mutter(self, text: str) -> None:
        self.say(f"    {text}")


def is_loaded() -> bool:
    return AuditEvent.objects.filter(verb=DONE).exists()


def is_empty() -> bool:
    """Nothing that the loader makes is there yet; a catalogue alone does no harm."""
    return not User.objects.exists() and not Enterprise.objects.exists()


def folder() -> Path:
    return Path(settings.VAR_DIR) / "demo"


def demo_password() -> str:
    """The one password of all sample logins, made once and readable by its owner only."""
    path = folder() / "password"
    if not path.exists():
        _keep(path, secrets.token_urlsafe(9))
    return path.read_text(encoding="utf-8").strip()


def keep_logins(rows: list[showcase.Login]) -> None:
    _keep(folder() / "logins.json", json.dumps([row.as_json() for row in rows], ensure_ascii=False, indent=1))


def kept_logins() -> list[showcase.Login]:
    path = folder() / "logins.json"
    rows = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return [showcase.Login(**row) for row in rows]


def _keep(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
