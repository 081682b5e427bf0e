"""What anybody may copy to hold the station to it: the heads of its chains, and the program that checks them."""

from pathlib import Path

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from portal.audit import places, queries, verifier


@login_not_required
@require_GET
def anchors(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/audit/anchors.html", {"anchors": queries.public_anchors(limit=60)})


@login_not_required
@require_GET
def anchors_file(request: HttpRequest) -> HttpResponse:
    """The same as lines that the verifier reads."""
    rows = queries.public_anchors(limit=5_000)
    heads = (queries.Head(row.chain, row.number, row.rows, row.digest, row.anchored_at) for row in rows)
    text = "".join(f"{places.line_of(head)}\n" for head in heads)
    answer = HttpResponse(text, content_type="application/x-ndjson")
    answer["Content-Disposition"] = 'attachment; filename="anchors.jsonl"'
    return answer


@login_not_required
@require_GET
def verifier_file(request: HttpRequest) -> FileResponse:
    path = Path(verifier.__file__)
    return FileResponse(path.open("rb"), as_attachment=True, filename="verifier.py", content_type="text/x-python")
