"""The government desk inside the admin site: closed by default, buttons that call actions."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import wraps
from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db import models
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRedirect
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from portal import figures, regions
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.refusals import Refusal
from portal.transitions import MoveTable

#: The tones of states in the admin theme's own colours.
LABELS = {
    "good": "success",
    "active": "info",
    "waiting": "warning",
    "late": "danger",
    "bad": "danger",
    "quiet": "default",
}


def button(
    label: str | Promise, *, icon: str = "", permissions: Iterable[str] = (), verb: str = ""
) -> Callable[[Callable[..., HttpResponse]], Any]:
    """A button of the desk that changes something: sent as a form with its token, never as a link.

    Use it where unfold's own ``action`` would make a link (``actions_detail``, ``actions_row``, ``actions_list``). A button
    that asks for more than a click uses :func:`dialog`, which posts as well. ``verb`` names the move behind it where it is
    not the name of the method: see :attr:`DeskAdmin.moves`. Without ``permissions`` it is for whoever may read the desk.
    """

    def decorate(act: Callable[..., HttpResponse]) -> Any:
        @wraps(act)
        def posted(desk: "DeskAdmin", request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            return act(desk, request, *args, **kwargs)

        make = action(
            description=label,
            url_path=act.__name__,
            icon=icon or None,
            attrs={"post": "yes", "verb": verb or act.__name__},
            permissions=list(permissions) or ["view"],
        )
        return make(posted)

    return decorate


def dialog(
    label: str | Promise,
    form_class: type[Form],
    *,
    title: str | Promise = "",
    icon: str = "",
    permissions: Iterable[str] = (),
) -> Callable[[Callable[..., HttpResponse]], Any]:
    """A button that asks something first, in ``form_class`` (a subclass of unfold's ``BaseDialogForm``), then posts.

    ``title`` is what stands over the question where the label alone would say too little.
    """

    def decorate(act: Callable[..., HttpResponse]) -> Any:
        make = action(
            description=label,
            url_path=act.__name__,
            icon=icon or None,
            permissions=list(permissions) or ["view"],
            dialog={"title": title or label, "form_class": form_class, "form_submit_text": _("确认")},
        )
        return make(act)

    return decorate


def person(request: HttpRequest) -> User:
    """Whoever works at the desk; the admin site lets nobody else in."""
    return cast(User, request.user)


class DeskAdmin(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """A list and a page to read, for staff whose post carries ``view_permission``. Nothing may be typed over.

    Desks that enter rows set ``add_permission`` / ``change_permission`` and save through an action.
    Buttons (``actions_detail``, ``actions_row`` of unfold) are made with :func:`button` and call :meth:`perform`.
    """

    view_permission: ClassVar[Permission]
    add_permission: ClassVar[Permission | None] = None
    change_permission: ClassVar[Permission | None] = None
    #: The moves of the noun: a page then shows the buttons of those that its state allows.
    moves: ClassVar[MoveTable | None] = None
    #: The states in which a row waits for an office, and the permission of whoever moves it on: the first page counts them.
    waiting: ClassVar[dict[str, Permission]] = {}

    list_fullwidth = True
    list_per_page = 25
    show_full_result_count = False
    compressed_fields = True
    warn_unsaved_form = True

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _may(request, self.view_permission)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return _may(request, self.view_permission)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _may(request, self.add_permission)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return _may(request, self.change_permission)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """No address filters by a sensitive field: a list that grows and shrinks with it would spell it out.

        What the desk itself offers as a filter stands in its list anyway.
        """
        name = lookup.partition("__")[0]
        is_sensitive = name in getattr(self.model, "sensitive", ()) and name not in self.list_filter
        return not is_sensitive and bool(super().lookup_allowed(lookup, value, request))

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        """A page to read shows the fields that have a name and hold something; one without a name is machinery."""
        shown = list(super().get_fields(request, obj))
        if obj is None or self.has_change_permission(request, obj):
            return shown
        fields = {field.name: field for field in self.opts.fields}
        if self.fields:
            return [_unlinked(fields[name], request) if name in fields else name for name in shown]
        machinery = {name for name, field in fields.items() if str(field.verbose_name) == name.replace("_", " ")}
        empty = {name for name in fields if getattr(obj, name) in (None, "")}
        kept = [name for name in shown if name not in machinery | empty]
        return [_written(fields[name], request) if name in fields else name for name in kept]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """What the signed-in post may see: the model's own ``visible_to``."""
        rows: models.QuerySet[Any] = super().get_queryset(request)
        return cast("models.QuerySet[Any]", rows.visible_to(request.user)) if hasattr(rows, "visible_to") else rows

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """A state is shown as a coloured word, as on every other desk."""
        return ["state_word" if name == "state" else name for name in super().get_list_display(request)]

    @display(description=_("状态"), ordering="state", label=LABELS)  # type: ignore[untyped-decorator] # unfold ships no types
    def state_word(self, thing: Any) -> tuple[str, str]:
        return figures.tone(thing.state, self.opts.model_name or ""), thing.get_state_display()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """A list is called by what it lists, not by what may be done to it."""
        title = {"title": self.opts.verbose_name_plural}
        return cast(HttpResponse, super().changelist_view(request, title | (extra_context or {})))

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        shown: list[Any] = super().get_actions_detail(request, object_id)
        if self.moves is None or not object_id:
            return shown
        state = self.model.objects.filter(pk=object_id).values_list("state", flat=True).first()
        closed = {move.verb for move in self.moves} - set(self.moves.verbs_from(str(state)))
        return [entry for entry in shown if (entry.attrs or {}).get("verb") not in closed]

    def perform(self, request: HttpRequest, url: str, done: str | Promise, act: Callable[[], object]) -> HttpResponse:
        """Run ``act()``; say ``done`` or the refusal; go to ``url``."""
        try:
            act()
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, str(done))
        # A dialog posts by htmx, which would put the page behind a plain redirect into the dialog.
        return HttpResponseClientRedirect(url) if request.headers.get("HX-Request") else redirect(url)


@dataclass(frozen=True)
class Queue:
    """How many rows of one kind wait for whoever asks, and the list they are found in."""

    label: str
    count: int
    href: str


def queues(request: HttpRequest) -> list[Queue]:
    """What waits at the desks for the posts of whoever is signed in, in their regions; an empty queue is told as well."""
    return [
        _queue(desk, request, state)
        for desk in admin.site._registry.values()
        if isinstance(desk, DeskAdmin)
        for state, permission in desk.waiting.items()
        if _may(request, permission)
    ]


def _queue(desk: DeskAdmin, request: HttpRequest, state: str) -> Queue:
    opts = desk.opts
    words = dict(cast("Iterable[tuple[str, str]]", opts.get_field("state").choices or ()))
    return Queue(
        label=f"{opts.verbose_name} · {words[state]}",
        count=desk.get_queryset(request).filter(state=state).count(),
        href=f"{reverse(f'admin:{opts.app_label}_{opts.model_name}_changelist')}?state__exact={state}",
    )


class DeskPage(DeskAdmin):
    """A desk whose rows open as a page of our own instead of a form: set ``page_template`` and give ``page_context``."""

    page_template: ClassVar[str]

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        raise NotImplementedError

    def row(self, request: HttpRequest, object_id: str) -> Any:
        """The row, if this post may see it. What is not yours does not exist. A key with an underscore comes quoted."""
        row = self.get_object(request, unquote(object_id)) if self.has_view_permission(request) else None
        if row is None:
            raise Http404
        return row

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.row(request, object_id)
        return self.page(request, self.page_template, str(row), **self.page_context(request, row))

    def page(self, request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
        """A page inside the admin site's frame."""
        shown = {**self.admin_site.each_context(request), "title": title, "opts": self.opts, **context}
        return TemplateResponse(request, template, shown)


def _unlinked(field: "models.Field[Any, Any]", request: HttpRequest) -> str | Callable[[models.Model], str]:
    """A field that leads to a desk which is closed to this post is written without the link."""
    desk = admin.site._registry.get(field.related_model) if isinstance(field, models.ForeignKey) else None
    return (
        field.name
        if desk is None or desk.has_view_permission(request)
        else _in_words(field, lambda thing: "—" if thing is None else str(thing))
    )


def _written(field: "models.Field[Any, Any]", request: HttpRequest) -> str | Callable[[models.Model], str]:
    """How a page to read names a field: money, rates and places in the words of every other desk, the rest by itself."""
    words = (
        _WORDS_OF_DECIMALS.get(field.decimal_places)
        if isinstance(field, models.DecimalField)
        else _WORDS_OF_PLACES.get(field.name)
    )
    return _unlinked(field, request) if words is None else _in_words(field, words)


def _in_words(field: "models.Field[Any, Any]", words: Callable[[Any], str]) -> Callable[[models.Model], str]:
    def shown(row: models.Model) -> str:
        return words(getattr(row, field.name))

    shown.short_description = field.verbose_name  # type: ignore[attr-defined] # where the admin looks for the label
    return shown


def _yuan(amount: Decimal) -> str:
    written = figures.money(amount, "yuan")
    return f"{written.figure} {written.unit}"


#: By decimal places: money has two, shares four, rates six.
_WORDS_OF_DECIMALS: dict[int, Callable[[Any], str]] = {2: _yuan, 4: figures.percent, 6: figures.percent}
_WORDS_OF_PLACES: dict[str, Callable[[Any], str]] = dict.fromkeys(
    ("responsible_region", "county_code", "city_code", "region_code"), regions.name_of
)


def _may(request: HttpRequest, permission: Permission | None) -> bool:
    user = request.user
    return permission is not None and isinstance(user, User) and user.may(permission)
