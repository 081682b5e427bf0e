"""Is this document genuine? And the doors through which files leave the house."""

import hashlib
from collections.abc import Callable
from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from portal.accounts.models import User
from portal.documents import actions, queries
from portal.documents.forms import ComparisonForm, NumberForm
from portal.documents.models import IssuedDocument, Upload

MIME: Final = {
    "pdf": "application/pdf",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
SHOWN_IN_PLACE: Final = frozenset({"pdf", "jpeg", "png"})


@login_not_required
@require_GET
def verify_form(request: HttpRequest) -> HttpResponse:
    """Type the number that is printed on the paper."""
    form = NumberForm(request.GET or None)
    if form.is_valid():
        return redirect("public_verify", number=form.cleaned_data["number"])
    return render(request, "portal/documents/verify_form.html", {"form": form})


@login_not_required
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest, number: str) -> HttpResponse:
    """Genuine, issued then, still valid or not; with a file in hand, whether it is letter for letter the one issued."""
    standing = queries.standing(number.upper(), day=timezone.localdate())
    if standing is None:
        return render(request, "portal/documents/verify_unknown.html", {"number": number[:40]}, status=404)
    form = ComparisonForm(request.POST or None, request.FILES or None)
    is_same = None
    if request.method == "POST" and form.is_valid():
        is_same = hashlib.sha256(form.cleaned_data["file"].read()).hexdigest() == standing.document.sha256
    context = {
        "standing": standing,
        "signature": queries.signature_of(standing.document),
        "form": form,
        "is_same": is_same,
    }
    return render(request, "portal/documents/verify.html", context)


def upload_view(may_open: Callable[[User, Upload], bool]) -> Callable[[HttpRequest, int], HttpResponseBase]:
    """A door for handed-in files. The room that hangs it says who may pass; for anybody else the file does not exist."""

    @require_GET
    def door(request: HttpRequest, pk: int) -> HttpResponseBase:
        upload = get_object_or_404(Upload, pk=pk)
        return _serve(request, upload, name=upload.name, kind=upload.kind, is_allowed=may_open(_user(request), upload))

    return door


def document_view(may_open: Callable[[User, IssuedDocument], bool]) -> Callable[[HttpRequest, int], HttpResponseBase]:
    """A door for issued documents, guarded likewise."""

    @require_GET
    def door(request: HttpRequest, pk: int) -> HttpResponseBase:
        document = get_object_or_404(IssuedDocument, pk=pk)
        name, is_allowed = f"{document.number}.pdf", may_open(_user(request), document)
        return _serve(request, document, name=name, kind="pdf", is_allowed=is_allowed)

    return door


def _serve(
    request: HttpRequest, thing: Upload | IssuedDocument, *, name: str, kind: str, is_allowed: bool
) -> HttpResponseBase:
    if not is_allowed:
        raise Http404
    actions.note_opening(thing=thing, by=_user(request), at=timezone.now())
    response = FileResponse(
        thing.file.open("rb"), as_attachment=kind not in SHOWN_IN_PLACE, filename=name, content_type=MIME[kind]
    )
    response["Cache-Control"] = "private, no-store"
    return response


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user
