"""Publishing: figures from above as frozen rows, articles by whoever may publish pages."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.audit.actions import record
from portal.pages.models import Article, FigureKey, PublicNotice, PublicRemark, PublishedFigure
from portal.pages.states import MOVES, ArticleState
from portal.refusals import Conflict, NotPermitted
from portal.transitions import move

#: Open remarks on one notice; a flood of them stops no other notice.
MOST_REMARKS: Final = 100


class PublishedTextIsFixed(Conflict):
    code = "published_text_is_fixed"
    message = _("已发布的文章不能直接修改，请先撤回，修改后重新发布。")


class NoticeIsOver(Conflict):
    code = "notice_is_over"
    message = _("该公示已经结束，不再受理异议。如有新的线索，请向主管部门反映。")


class TooManyRemarks(Conflict):
    code = "too_many_remarks"
    message = _("该公示已收到大量异议，正在集中处理，请稍后再试或向主管部门当面反映。")


def publish_figures(*, figures: Mapping[FigureKey, Decimal], as_of: date, at: datetime) -> list[PublishedFigure]:
    """Freeze the figures of one day for the public. Called by the rooms above, which compile them."""
    return PublishedFigure.objects.bulk_create(
        PublishedFigure(key=key, value=value, as_of=as_of, published_at=at) for key, value in figures.items()
    )


def publish_notice(
    *,
    reference: str,
    title: str,
    facts: Sequence[tuple[str, str]],
    begins_on: date,
    ends_on: date,
    at: datetime,
    is_over: bool = False,
) -> PublicNotice:
    """Freeze one decision in publicity (公示). Called by the rooms above; the same reference again replaces what it says."""
    return PublicNotice.objects.create(
        reference=reference,
        title=title[:120],
        facts=[list(fact) for fact in facts],
        begins_on=begins_on,
        ends_on=ends_on,
        is_over=is_over,
        published_at=at,
    )


@transaction.atomic
def remark(*, notice: PublicNotice, name: str, contact: str, text: str, at: datetime) -> PublicRemark:
    """Anybody may object while the notice stands, without an account. Whoever answers it reads it in the room above."""
    newest = PublicNotice.objects.filter(reference=notice.reference).order_by("-pk").first()
    if newest is None or newest.is_over:
        raise NoticeIsOver
    if PublicRemark.objects.filter(reference=notice.reference).count() >= MOST_REMARKS:
        raise TooManyRemarks
    made = PublicRemark.objects.create(
        reference=notice.reference, name=name[:60], contact=contact[:60], text=text, submitted_at=at
    )
    record("notice_remarked", made, by=None, at=at, facts={"reference": notice.reference})
    return made


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
