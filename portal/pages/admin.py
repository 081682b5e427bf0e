"""The publishing desk: articles are drafted, published and withdrawn here; figures are only read."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.roles import Permission
from portal.admin_desk import DeskAdmin, button
from portal.pages import actions
from portal.pages.models import Article, PublishedFigure
from portal.pages.states import MOVES, ArticleState


@admin.register(Article)
class ArticleAdmin(DeskAdmin):
    view_permission = Permission.PAGES_PUBLISH
    add_permission = Permission.PAGES_PUBLISH
    change_permission = Permission.PAGES_PUBLISH
    list_display = ["title", "kind", "state", "published_at"]
    list_filter = ["kind", "state"]
    search_fields = ["title", "source"]
    fields = ["kind", "title", "slug", "summary", "body", "source", "state", "drafted_at", "drafted_by", "published_at"]
    readonly_fields = ["state", "drafted_at", "drafted_by", "published_at", "published_by"]
    prepopulated_fields: dict[str, list[str]] = {}
    actions_detail = ["publish", "withdraw"]
    moves = MOVES

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """A published text is fixed until it is withdrawn."""
        is_fixed = isinstance(obj, Article) and obj.state == ArticleState.PUBLISHED
        return not is_fixed and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Article, form: "ModelForm[Article]", change: bool) -> None:
        actions.save_draft(article=obj, by=request.user, at=timezone.now())  # type: ignore[arg-type] # signed-in staff

    @button(_("发布"), icon="publish")
    def publish(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._act(request, object_id, actions.publish, str(_("已发布。")))

    @button(_("撤回"), icon="undo")
    def withdraw(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._act(request, object_id, actions.withdraw, str(_("已撤回，公众不再看到。")))

    def _act(self, request: HttpRequest, object_id: int, act: Any, done: str) -> HttpResponse:
        article = self.get_queryset(request).get(pk=object_id)
        return self.perform(
            request,
            reverse("admin:pages_article_change", args=[object_id]),
            done,
            lambda: act(article=article, by=request.user, at=timezone.now()),
        )


@admin.register(PublishedFigure)
class PublishedFigureAdmin(DeskAdmin):
    view_permission = Permission.PAGES_PUBLISH
    list_display = ["key", "value", "as_of", "published_at"]
    list_filter = ["key"]
