"""The desk of deliveries: to upload, follow, mend and take back."""

from typing import Any, ClassVar, cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from enterprises.credit import actions, exports, queries, tasks
from enterprises.credit.forms import DeliveryForm
from enterprises.credit.models import Batch, Reject
from enterprises.credit.rejections import REASONS
from enterprises.credit.states import MOVES, BatchState
from portal.accounts.roles import Permission
from portal.admin_desk import DeskPage, person
from portal.refusals import Refusal

WAITING = frozenset({BatchState.RECEIVED, BatchState.CHECKED})


@admin.register(Batch)
class BatchAdmin(DeskPage):
    view_permission = Permission.BATCH_DELIVER
    waiting: ClassVar[Any] = {"received": Permission.BATCH_DELIVER, "returned": Permission.BATCH_DELIVER}
    add_permission = Permission.BATCH_DELIVER
    list_display: ClassVar[Any] = [
        "number",
        "item",
        "source",
        "state",
        "rows",
        "rows_bad",
        "received_at",
        "received_by",
    ]
    list_filter: ClassVar[Any] = ["state", "item", "source", "received_at"]
    list_select_related: ClassVar[Any] = ["item", "source", "received_by"]
    search_fields: ClassVar[Any] = ["file_name", "=sha256"]
    page_template = "enterprises/credit/desk_batch.html"

    @admin.display(description=gettext_lazy("批次"), ordering="pk")
    def number(self, batch: Batch) -> str:
        return f"#{batch.pk}"

    def get_urls(self) -> list[URLPattern]:
        doors = {
            "progress": require_GET(self.progress),
            "rejects.csv": require_GET(self.rejects),
            "retract": require_POST(self.retract),
        }
        own = [
            path(
                f"<int:object_id>/{name}{'' if '.' in name else '/'}",
                self.admin_site.admin_view(door),
                name=f"credit_batch_{name.partition('.')[0]}",
            )
            for name, door in doors.items()
        ]
        return [*own, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The upload page: a file is taken in, or the page says why not."""
        if not self.has_add_permission(request):
            return redirect("admin:index")
        form = DeliveryForm(request.POST or None, request.FILES or None, user=person(request))
        refusal: Refusal | None = None
        if request.method == "POST" and form.is_valid():
            try:
                batch = self._receive(request, form)
            except Refusal as found:
                refusal = found
            else:
                return redirect("admin:credit_batch_change", batch.pk)
        page = cast(
            TemplateResponse,
            self.page(request, "enterprises/credit/desk_upload.html", _("报送文件"), form=form, refusal=refusal),
        )
        page.status_code = refusal.status if refusal else 200
        return page

    def _receive(self, request: HttpRequest, form: DeliveryForm) -> Batch:
        given = form.cleaned_data
        batch = actions.receive(
            item_code=given["item"].pk,
            source_code=given["source"].code,
            file=given["file"],
            file_name=given["file"].name,
            by=person(request),
            at=timezone.now(),
        )
        tasks.advance_batch.delay(batch.pk)
        return batch

    def page_context(self, request: HttpRequest, row: Batch) -> dict[str, Any]:
        fields = queries.schema_of(row.item_version).by_name
        faults = [
            (fields[field].label if field in fields else "", REASONS[reason], number)
            for reason, field, number in queries.faults_by_reason(row)
        ]
        shown = [
            (reject, fields[reject.field].label if reject.field in fields else "", REASONS[reject.reason])
            for reject in Reject.objects.filter(batch=row).order_by("line", "pk")[:50]
        ]
        return {
            "batch": row,
            "is_waiting": row.state in WAITING,
            "bytes_read": queries.bytes_read(row),
            "faults": faults,
            "rejects": shown,
            "may_retract": MOVES.allows("retract", row.state),
        }

    def progress(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The part of the page that changes while the batch waits; once it has ended, the whole page comes anew."""
        batch = self.row(request, str(object_id))
        if batch.state not in WAITING:
            return HttpResponse(headers={"HX-Refresh": "true"})
        context = {"batch": batch, "bytes_read": queries.bytes_read(batch)}
        return TemplateResponse(request, "enterprises/credit/_progress.html", context)

    def rejects(self, request: HttpRequest, object_id: int) -> HttpResponseBase:
        """The refused lines, to be mended and sent back."""
        batch = self.row(request, str(object_id))
        actions.note_download(batch=batch, by=person(request), at=timezone.now())
        lines = exports.refused_lines_csv(queries.schema_of(batch.item_version), queries.refused_lines(batch))
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{batch.item_id}-{batch.pk}-rejects.csv"'
        response["Cache-Control"] = "private, no-store"
        return response

    def retract(self, request: HttpRequest, object_id: int) -> HttpResponse:
        batch, by = self.row(request, str(object_id)), person(request)
        return self.perform(
            request,
            reverse("admin:credit_batch_change", args=[batch.pk]),
            _("批次已撤回：其记录已失效，被它替换的记录已恢复。"),
            lambda: actions.retract(batch=batch, by=by, at=timezone.now()),
        )
