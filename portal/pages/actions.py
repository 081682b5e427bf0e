"""Publishing: figures from above as frozen rows, articles by whoever may publish pages."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.audit.actions import record
from portal.pages.models import Article, FigureKey, PublishedFigure
from portal.pages.states import MOVES, ArticleState
from portal.refusals import Conflict, NotPermitted
from portal.transitions import move


class PublishedTextIsFixed(Conflict):
    code = "published_text_is_fixed"
    message = _("已发布的文章不能直接修改，请先撤回，修改后重新发布。")


def publish_figures(*, figures: Mapping[FigureKey, Decimal], as_of: date, at: datetime) -> list[PublishedFigure]:
    """Freeze the figures of one day for the public. Called by the rooms above, which compile them."""
    return PublishedFigure.objects.bulk_create(
        PublishedFigure(key=key, value=value, as_of=as_of, published_at=at) for key, value in figures.items()
    )


@transaction.atomic
def save_draft(*, article: Article, by: User, at: datetime) -> Article:
    """Keep a new article, or the text of one that is not published. ``article`` carries the cleaned input."""
    _check_may_publish(by)
    if article.pk is None:
        article.state = ArticleState.DRAFT
        article.drafted_at, article.drafted_by = at, by
    else:
        kept = Article.objects.select_for_update(of=("self",)).get(pk=article.pk)
        if kept.state == ArticleState.PUBLISHED:
            raise PublishedTextIsFixed
    article.save()
    record("article_drafted", article, by=by, at=at)
    return article


@transaction.atomic
def publish(*, article: Article, by: User, at: datetime) -> Article:
    return _move(article, "publish", by=by, at=at)


@transaction.atomic
def withdraw(*, article: Article, by: User, at: datetime) -> Article:
    """Take an article off the site; it stays in the desk and can be mended and published again."""
    return _move(article, "withdraw", by=by, at=at)


def _move(article: Article, verb: str, *, by: User, at: datetime) -> Article:
    _check_may_publish(by)
    locked = Article.objects.select_for_update(of=("self",)).get(pk=article.pk)
    move(locked, verb, table=MOVES, by=by, at=at)
    record(f"article_{locked.state}", locked, by=by, at=at)
    return locked


def _check_may_publish(by: User) -> None:
    if not by.may(Permission.PAGES_PUBLISH):
        raise NotPermitted
