"""A small province on a live server, a clock that can be moved on, and people who sign in with a browser of their own."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from enterprises.models import Enterprise
from lending.province import deliveries, losses, offers, people
from lending.province.draws import stream
from lending.province.firms import Firm, make_firms
from lending.province.offers import House
from lending.supervision import tasks as figures
from portal import embedded
from portal.accounts.models import User
from portal.messages.models import Message

PASSWORD = "correct horse battery"
SEED = 7
#: Enough of the catalogue to be graded and matched; the loader's own tests deliver all of it.
ITEMS = ("MR_BASIC", "MR_ANNUAL", "TX_RATING", "TX_PAYMENT", "SF_INSURED", "AP_PENALTY")


class Clock:
    """The station's clock, moved on by whole days; browsers keep their own."""

    def __init__(self, now: Callable[[], dt.datetime]) -> None:
        self._now, self.ahead = now, dt.timedelta()

    def now(self) -> dt.datetime:
        return self._now() + self.ahead

    @property
    def today(self) -> dt.date:
        return timezone.localdate(self.now())

    def move(self, *, days: int) -> None:
        self.ahead += dt.timedelta(days=days)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moved = Clock(timezone.now)
    monkeypatch.setattr(timezone, "now", moved.now)
    return moved


@dataclass
class World:
    url: str
    staff: dict[str, User]
    house: House
    firms: list[Firm]
    clock: Clock

    @cached_property
    def firm(self) -> Firm:
        """The firm whose story is told: a sound company, none of whose people has an account yet."""
        sized = set(
            Enterprise.objects.filter(size_class__in=["micro", "small", "medium"]).values_list("uscc", flat=True)
        )
        able = [f for f in self.firms if f.uscc in sized and f.is_company and f.is_living and f.quality > 450]
        return max(able, key=lambda f: (f.quality, -f.number))


@pytest.fixture
def world(transactional_db: None, live_server: LiveServer, clock: Clock, tmp_path: Path, settings: Any) -> World:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.DEMO = True
    now = timezone.now()
    crowd = people.People(PASSWORD, stream(SEED, "people"))
    for command in ("load_catalogue", "load_scorecards", "load_purposes", "load_schemes"):
        call_command(command, verbosity=0)
    long_ago = now - dt.timedelta(days=60)
    staff = people.make_staff(crowd, at=long_ago)
    house = next(iter(offers.make_houses(crowd, reviewer=staff["reviewer"], at=long_ago, count=1).values()))
    losses.fill_funds(staff, at=long_ago)
    firms = make_firms(60, seed=SEED, today=clock.today)
    deliveries.deliver(
        firms,
        ITEMS,
        by=staff["steward"],
        seed=SEED,
        today=clock.today,
        at=now - dt.timedelta(hours=2),
        say=lambda _text: None,
    )
    deliveries.grade_all(at=now)
    return World(live_server.url, staff, house, firms, clock)


@pytest.fixture
def visit(browser: Browser, browser_context_args: dict[str, Any], world: World) -> Iterator[Callable[..., Page]]:
    """A page in a browser of its own: ``visit("officer")`` signs in first, ``visit()`` does not."""
    contexts: list[BrowserContext] = []

    def open_page(login: str = "", *, password: str = PASSWORD, phone: bool = False) -> Page:
        size = {"width": 390, "height": 844} if phone else {"width": 1440, "height": 900}
        context = browser.new_context(**browser_context_args | {"base_url": world.url, "viewport": size})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        if login:
            sign_in(page, login, password)
        return page

    yield open_page
    for number, context in enumerate(contexts):
        for page in context.pages:
            page.screenshot(path=embedded.home() / "screenshots" / f"last-seen-{number}.png")
        context.close()


def sign_in(page: Page, login: str, password: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("手机号、邮箱或登录名").fill(login)
    page.get_by_label("密码").first.fill(password)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("heading", level=1).first).to_be_visible()
    assert "/accounts/login/" not in page.url, page.inner_text("main")


def code_sent_to(address: str) -> str:
    """The six digits of the last message to a phone or an e-mail address."""
    body = Message.objects.filter(address__endswith=address).order_by("-pk")[0].body
    return next(word for word in body.replace("，", " ").replace(",", " ").replace("\n", " ").split() if _is_code(word))


def link_sent_to(address: str) -> str:
    """Where the last message that carries a link leads."""
    return Message.objects.filter(address__endswith=address).exclude(link="").order_by("-pk")[0].link


def _is_code(word: str) -> bool:
    return len(word) == 6 and word.isdigit()


def count_figures() -> None:
    """What the scheduler does every few minutes."""
    figures.refresh()
