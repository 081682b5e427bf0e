"""Doors: a refusal is shown with its status, a long list is paged without counting."""

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import DjangoAssertNumQueries

from portal.accounts.models import User
from portal.doors import keyset_page, refuses
from portal.messages import actions
from portal.messages.models import Message
from portal.refusals import Conflict, NotPermitted, Refusal

pytestmark = pytest.mark.django_db


def _ask(refusal: Refusal, rf: RequestFactory) -> HttpResponse:
    @refuses
    def view(request: HttpRequest) -> HttpResponse:
        raise refusal

    request = rf.get("/")
    request.user = AnonymousUser()
    return view(request)


@pytest.mark.parametrize(("refusal", "status"), [(Refusal("金额不能为零。"), 422), (Conflict("已被处理。"), 409)])
def test_a_refusal_says_what_to_do_with_its_status(refusal: Refusal, status: int, rf: RequestFactory) -> None:
    response = _ask(refusal, rf)

    assert response.status_code == status
    assert str(refusal) in response.content.decode()


def test_a_missing_permission_is_forbidden(rf: RequestFactory) -> None:
    with pytest.raises(PermissionDenied):
        _ask(NotPermitted(), rf)


def test_pages_by_key_cover_every_row_once(now: dt.datetime, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    person = User.objects.create_user("person")
    actions.notify(users=[person] * 7, subject="s", at=now)

    seen, after = [], ""
    with django_assert_num_queries(3):
        while True:
            page = keyset_page(Message.objects.visible_to(person), after, size=3)
            seen += [message.pk for message in page]
            after = page.after
            if not after:
                break

    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 7
