import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, ProgrammingError

from portal.accounts.models import User
from portal.audit.models import AuditEvent
from portal.pages import actions
from portal.pages.models import Article, FigureKey, PublishedFigure
from portal.pages.states import ArticleState
from portal.refusals import NotPermitted
from portal.transitions import IllegalMove
from tests.factories import StaffPostFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor() -> User:
    user: User = StaffPostFactory(role="supervisor").user
    return user


@pytest.fixture
def draft(editor: User, now: dt.datetime) -> Article:
    article = Article(kind="notice", slug="notice-1", title="授权集中办理", body="正文")
    return actions.save_draft(article=article, by=editor, at=now)


def test_publish_stamps_who_and_when_and_leaves_an_event(draft: Article, editor: User, now: dt.datetime) -> None:
    article = actions.publish(article=draft, by=editor, at=now)

    assert (article.state, article.published_at, article.published_by) == (ArticleState.PUBLISHED, now, editor)
    assert AuditEvent.objects.filter(verb="article_published", subject_id=str(article.pk)).count() == 1


def test_a_published_text_is_fixed_until_it_is_withdrawn(draft: Article, editor: User, now: dt.datetime) -> None:
    article = actions.publish(article=draft, by=editor, at=now)
    article.title = "另一个标题"
    with pytest.raises(actions.PublishedTextIsFixed):
        actions.save_draft(article=article, by=editor, at=now)

    withdrawn = actions.withdraw(article=article, by=editor, at=now)
    withdrawn.title = "另一个标题"
    actions.save_draft(article=withdrawn, by=editor, at=now)

    assert Article.objects.get(pk=draft.pk).title == "另一个标题"


def test_a_draft_cannot_be_withdrawn(draft: Article, editor: User, now: dt.datetime) -> None:
    with pytest.raises(IllegalMove):
        actions.withdraw(article=draft, by=editor, at=now)


@pytest.mark.parametrize("verb", ["publish", "withdraw", "save_draft"])
def test_whoever_may_not_publish_pages_is_refused(draft: Article, now: dt.datetime, verb: str) -> None:
    auditor = StaffPostFactory(role="auditor").user

    with pytest.raises(NotPermitted):
        getattr(actions, verb)(article=draft, by=auditor, at=now)


def test_a_published_figure_cannot_be_changed(now: dt.datetime, today: dt.date) -> None:
    actions.publish_figures(figures={FigureKey.PRODUCTS: Decimal(40)}, as_of=today, at=now)

    with pytest.raises(ProgrammingError, match="Cannot update or delete"):
        PublishedFigure.objects.update(value=Decimal(41))


def test_a_published_figure_is_not_negative(now: dt.datetime, today: dt.date) -> None:
    with pytest.raises(IntegrityError, match="a_published_figure_is_not_negative"):
        actions.publish_figures(figures={FigureKey.PRODUCTS: Decimal(-1)}, as_of=today, at=now)
