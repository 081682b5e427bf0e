"""What every door does alike: show a refusal, and page long lists by key."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from portal.refusals import Refusal

P = ParamSpec("P")
Asked = TypeVar("Asked", bound=HttpRequest)
Row = TypeVar("Row", bound=models.Model)


def refuses(
    view: Callable[Concatenate[Asked, P], HttpResponseBase],
) -> Callable[Concatenate[Asked, P], HttpResponseBase]:
    """A refusal raised under ``view`` becomes a page that says what to do, with the refusal's status."""

    @wraps(view)
    def door(request: Asked, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Refusal as refusal:
            return refused(request, refusal)

    return door


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The refusal as a page of its own."""
    if refusal.status == 403:
        raise PermissionDenied(str(refusal))
    return render(request, "portal/refused.html", {"refusal": refusal}, status=refusal.status)


def say(request: HttpRequest, text: str) -> None:
    """A success sentence on the next page."""
    messages.success(request, text)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a long list: the rows and the key that opens the next one ('' at the end)."""

    rows: list[Row]
    after: str

    def __iter__(self) -> Any:
        return iter(self.rows)


def is_key(text: str) -> bool:
    """Whether ``text``, as it stood in an address, can be a primary key."""
    return text.isascii() and text.isdigit() and len(text) < 18


def keyset_page(rows: models.QuerySet[Row], after: str, *, size: int = 25) -> Page[Row]:
    """Newest first by primary key, without counting or skipping: constant work on any page of any list."""
    ordered = rows.order_by("-pk")
    if is_key(after):
        ordered = ordered.filter(pk__lt=int(after))
    found = list(ordered[: size + 1])
    return Page(found[:size], str(found[size - 1].pk) if len(found) > size else "")
