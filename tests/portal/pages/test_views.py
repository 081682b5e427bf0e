import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from portal.accounts.models import User
from portal.pages import actions
from portal.pages.models import Article, FigureKey
from tests.factories import StaffPostFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor() -> User:
    user: User = StaffPostFactory(role="supervisor").user
    return user


def drafted(editor: User, now: dt.datetime, **facts: str) -> Article:
    words = {"kind": "notice", "slug": "notice-1", "title": "授权集中办理", "body": "正文"} | facts
    return actions.save_draft(article=Article(**words), by=editor, at=now)


def test_home_shows_the_newest_figures_with_their_day(
    client: Client, now: dt.datetime, today: dt.date, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    actions.publish_figures(figures={FigureKey.PRODUCTS: Decimal(38)}, as_of=today - dt.timedelta(days=1), at=now)
    actions.publish_figures(
        figures={FigureKey.PRODUCTS: Decimal(40), FigureKey.LENT_AMOUNT: Decimal("1283456000.00")}, as_of=today, at=now
    )

    with django_assert_max_num_queries(2):
        page = client.get("/").content.decode()

    assert ">40<" in page
    assert ">38<" not in page
    assert "12.83" in page
    assert "数据截至 2026-11-20" in page


def test_home_without_figures_claims_nothing(client: Client) -> None:
    assert "数据截至" not in client.get("/").content.decode()


def test_a_draft_is_read_by_whoever_may_publish_and_by_nobody_else(
    client: Client, editor: User, now: dt.datetime
) -> None:
    drafted(editor, now)

    assert client.get("/articles/notice-1/").status_code == 404
    client.force_login(editor)
    assert "授权集中办理" in client.get("/articles/notice-1/").content.decode()


def test_a_published_notice_stands_on_the_list_and_on_the_first_page(
    client: Client, editor: User, now: dt.datetime
) -> None:
    actions.publish(article=drafted(editor, now), by=editor, at=now)

    for address in ("/", "/notices/", "/articles/notice-1/"):
        assert "授权集中办理" in client.get(address).content.decode()


@pytest.mark.parametrize("address", ["/notices/", "/policies/", "/cases/"])
def test_an_empty_list_says_what_to_do_next(client: Client, address: str) -> None:
    assert "这里还没有内容" in client.get(address).content.decode()


@pytest.mark.parametrize("slug", ["terms", "privacy", "guide-authorization", "guide-objection", "guide-repair"])
def test_the_standing_texts_are_there_from_the_first_day(standing_texts: None, client: Client, slug: str) -> None:
    page = client.get(f"/articles/{slug}/").content.decode()

    assert "<h2>一、" in page


def test_the_component_page_shows_every_component_in_the_demo_only(client: Client, settings: Settings) -> None:
    settings.DEMO = True
    page = client.get("/demo/components/").content.decode()

    for word in ("st-state-late", "st-verdict-missed", "st-timeline", "st-pager", "1,234,567.89", "138****5678"):
        assert word in page
    settings.DEMO = False
    assert client.get("/demo/components/").status_code == 404


def test_the_other_language_is_one_click_away(client: Client) -> None:
    client.post("/language/", {"language": "en", "next": "/"})

    assert '<html lang="en">' in client.get("/").content.decode()
