"""Tags and filters every template may use without loading: figures, links that may be absent, queries of lists."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import template
from django.db.models import Model
from django.http import HttpRequest
from django.template.context import Context
from django.template.loader import select_template
from django.urls import NoReverseMatch, reverse

from portal import figures, industries, masks, regions
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.messages.models import Message

register = template.Library()


@register.simple_tag
def money_parts(value: Decimal | None, unit: str = "auto") -> figures.Figure:
    return figures.money(value, unit or "auto")


@register.filter
def money(value: Decimal | None, unit: str = "auto") -> str:
    """Money inside running text: "50 万元"."""
    written = figures.money(value, unit)
    return f"{written.figure} {written.unit}" if written.figure else "—"


@register.filter
def percent(value: Decimal | None, places: int | str = 2) -> str:
    return "—" if value is None or value == "" else figures.percent(value, int(places))


@register.filter
def count(value: int | None) -> str:
    return figures.count(value)


@register.filter
def masked(value: object, kind: str = "text") -> str:
    return masks.masked(value, kind)


@register.filter
def region_name(code: str) -> str:
    return regions.name_of(code) if code else "—"


@register.filter
def industry_name(code: str) -> str:
    return industries.name_of(code) if code else "—"


@register.simple_tag
def tone_of(thing: Any, code: str = "", tone: str = "") -> str:
    """The tone of a state: given outright, or that of ``code``, or that of the ``state`` of ``thing``."""
    noun = thing._meta.model_name if isinstance(thing, Model) else ""
    return tone or figures.tone(str(code or getattr(thing, "state", "")), noun or "")


@register.simple_tag
def nav_url(name: str, *args: object) -> str:
    """The address of ``name``, or "" where this installation has no such page: its link is then left out."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@register.simple_tag
def first_template(*names: str) -> Any:
    """The first of ``names`` that this installation has, for ``include``."""
    return select_template(names).template


@register.simple_tag(takes_context=True)
def here(context: Context, url: str) -> bool:
    """Whether the page shown lies at ``url`` or below it. The first page of an audience is only itself."""
    request: HttpRequest | None = context.get("request")
    if request is None or not url:
        return False
    depth = url.strip("/").count("/")
    return request.path == url if depth == 0 else request.path.startswith(url)


@register.simple_tag(takes_context=True)
def may(context: Context, permission: str) -> bool:
    """Whether whoever the page is for, as officer, member or staff, carries ``permission``: no link leads to a closed door."""
    request: HttpRequest | None = context.get("request")
    actor: Any = getattr(request, "officer", None) or getattr(request, "member", None) or getattr(request, "user", None)
    return bool(getattr(actor, "pk", None)) and bool(actor.may(Permission(permission)))


@register.simple_tag(takes_context=True)
def unread_messages(context: Context) -> int:
    """How many in-app messages wait for whoever is signed in; counted once per page."""
    request: HttpRequest | None = context.get("request")
    if request is None or not isinstance(request.user, User):
        return 0
    if not hasattr(request, "_unread_messages"):
        request._unread_messages = Message.objects.visible_to(request.user).unread().count()  # type: ignore[attr-defined]
    return int(request._unread_messages)  # type: ignore[attr-defined]


@register.simple_tag(takes_context=True)
def page_query(context: Context, **changes: Any) -> str:
    """The present query with ``changes``; an empty value takes the key out."""
    request: HttpRequest = context["request"]
    query = request.GET.copy()
    for key, value in changes.items():
        query.pop(key, None)
        if value not in ("", None):
            query[key] = str(value)
    return "?" + query.urlencode()


@register.simple_tag(takes_context=True)
def sort_query(context: Context, key: str) -> str:
    """Sort by ``key``; a second click turns the order round. Paging starts anew."""
    request: HttpRequest = context["request"]
    query = {name: value for name, value in request.GET.items() if name not in {"after", "before", "sort"}}
    query["sort"] = f"-{key}" if request.GET.get("sort") == key else key
    return "?" + urlencode(query)


@register.simple_tag(takes_context=True)
def sort_direction(context: Context, key: str) -> str:
    """The value of ``aria-sort`` for the column ``key``, or "" when the list is sorted by another."""
    request: HttpRequest = context["request"]
    chosen = request.GET.get("sort", "")
    return {key: "ascending", f"-{key}": "descending"}.get(chosen, "")
