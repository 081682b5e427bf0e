import pytest
from django.test import Client

from portal.pages.models import Article
from portal.pages.states import ArticleState
from tests.factories import StaffPostFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client, standing_texts: None) -> Client:
    client.force_login(StaffPostFactory(role="supervisor").user)
    return client


def test_an_article_is_drafted_published_and_withdrawn_at_the_desk(desk: Client) -> None:
    desk.post(
        "/admin/pages/article/add/",
        {
            "kind": "case",
            "slug": "case-1",
            "title": "一家面馆的首笔信用贷款",
            "summary": "",
            "body": "正文",
            "source": "",
        },
    )
    article = Article.objects.get(slug="case-1")
    assert article.state == ArticleState.DRAFT

    desk.post(f"/admin/pages/article/{article.pk}/publish/")
    article.refresh_from_db()
    assert article.state == ArticleState.PUBLISHED

    desk.post(f"/admin/pages/article/{article.pk}/withdraw/")
    article.refresh_from_db()
    assert article.state == ArticleState.WITHDRAWN


def test_a_second_publish_is_told_that_it_came_too_late(desk: Client) -> None:
    article = Article.objects.get(slug="terms")

    page = desk.post(f"/admin/pages/article/{article.pk}/publish/", follow=True).content.decode()

    assert "当前状态下不能进行此操作" in page


def test_other_posts_do_not_find_the_publishing_desk(client: Client) -> None:
    client.force_login(StaffPostFactory(role="auditor").user)

    assert client.get("/admin/pages/article/").status_code == 403


def test_a_link_alone_publishes_nothing(desk: Client) -> None:
    answer = desk.get(f"/admin/pages/article/{Article.objects.get(slug='terms').pk}/withdraw/")

    assert answer.status_code == 405
    assert Article.objects.get(slug="terms").state == ArticleState.PUBLISHED


def test_a_button_is_a_form_with_its_token(desk: Client) -> None:
    article = Article.objects.get(slug="terms")

    page = desk.get(f"/admin/pages/article/{article.pk}/change/").content.decode()

    assert f'<form method="post" action="/admin/pages/article/{article.pk}/withdraw/"' in page


def test_only_the_moves_that_the_state_allows_have_a_button(desk: Client) -> None:
    page = desk.get(f"/admin/pages/article/{Article.objects.get(slug='terms').pk}/change/").content.decode()

    assert "/withdraw/" in page
    assert "/publish/" not in page


def test_the_list_shows_the_state_as_a_word_and_days_as_in_a_register(desk: Client) -> None:
    page = desk.get("/admin/pages/article/").content.decode()

    assert "已发布" in page
    assert f"{Article.objects.get(slug='terms').published_at:%Y-}" in page
    assert "年" not in page.split("<tbody")[1].split("</tbody>")[0].replace("周年", "")
