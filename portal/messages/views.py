"""One's own messages; and, in the demo, everything the station would have sent by e-mail and SMS."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from portal.accounts.models import User
from portal.doors import keyset_page
from portal.messages import actions
from portal.messages.models import Channel, Message


def enterprise_messages(request: HttpRequest) -> HttpResponse:
    return _messages(request, "enterprise")


def bank_messages(request: HttpRequest) -> HttpResponse:
    return _messages(request, "bank")


@require_POST
def open_message(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one message read and go where it points; stay on the list when it points nowhere."""
    user = _reader(request)
    message = get_object_or_404(Message.objects.visible_to(user), pk=pk)
    actions.mark_read(message=message, by=user, at=timezone.now())
    is_ours = url_has_allowed_host_and_scheme(message.link, allowed_hosts=None)
    return redirect(message.link if is_ours else _back(request))


@require_POST
def read_all_messages(request: HttpRequest) -> HttpResponse:
    actions.mark_all_read(by=_reader(request), at=timezone.now())
    return redirect(_back(request))


@login_not_required
def demo_outbox(request: HttpRequest) -> HttpResponse:
    """Codes and letters of the demo, newest first. Does not exist anywhere else."""
    if not settings.DEMO:
        raise Http404
    carried = Message.objects.exclude(channel=Channel.IN_APP)
    query = request.GET.get("q", "").strip()
    if query:
        carried = carried.filter(address__icontains=query)
    return render(
        request,
        "portal/messages/outbox.html",
        {"page": keyset_page(carried, request.GET.get("after", "")), "query": query},
    )


def _messages(request: HttpRequest, desk: str) -> HttpResponse:
    own = Message.objects.visible_to(_reader(request))
    only_unread = request.GET.get("show") == "unread"
    return render(
        request,
        "portal/messages/list.html",
        {
            "desk": desk,
            "layout": f"layouts/{desk}.html",
            "only_unread": only_unread,
            "page": keyset_page(own.unread() if only_unread else own, request.GET.get("after", "")),
        },
    )


def _reader(request: HttpRequest) -> User:
    """Whoever is signed in: the middleware lets nobody else come here."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def _back(request: HttpRequest) -> str:
    """The list the reader came from; never an address of somebody else's choosing."""
    return reverse({"bank": "bank_messages"}.get(request.POST.get("from", ""), "enterprise_messages"))
