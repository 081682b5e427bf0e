"""The desk of the catalogue: items to read, to add, to revise and to compare, each tried on what is stored before it is said."""

from dataclasses import dataclass
from typing import Any, ClassVar, cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from enterprises.credit import actions, queries
from enterprises.credit.forms import FieldSet, ItemForm, KeyForm, VersionForm
from enterprises.credit.forms.catalogue import MORE, initial_rows, shape_of
from enterprises.credit.models import Batch, Item, ItemVersion, Sensitivity
from portal.accounts.roles import Permission
from portal.admin_desk import DeskPage, person
from portal.refusals import Refusal


@dataclass
class Draft:
    """The forms of one page of the catalogue, as typed so far."""

    fields: Any
    version: VersionForm
    #: For a new item only.
    facts: ItemForm | None = None
    key: KeyForm | None = None

    def is_valid(self) -> bool:
        parts = [part for part in (self.fields, self.version, self.facts, self.key) if part is not None]
        return sum(not part.is_valid() for part in parts) == 0  # each is asked, so that each shows its faults

    def shape(self, version: ItemVersion | None = None) -> actions.Shape:
        if self.key is not None:
            given = self.key.cleaned_data
            key, uscc_field = given["natural_key"], given["uscc_field"]
        else:
            assert version is not None  # noqa: S101 - an item without a key form has a version
            key, uscc_field = version.natural_key, version.uscc_field
        return shape_of(self.fields, self.version, natural_key=key, uscc_field=uscc_field)


@admin.register(Item)
class ItemAdmin(DeskPage):
    view_permission = Permission.CATALOGUE_MANAGE
    add_permission = Permission.CATALOGUE_MANAGE
    list_display: ClassVar[Any] = ["sequence", "code", "name", "category", "department", "frequency", "sensitivity"]
    list_display_links: ClassVar[Any] = ["code", "name"]
    list_filter: ClassVar[Any] = ["category", "sensitivity", "department", "is_declarable"]
    list_select_related: ClassVar[Any] = ["department"]
    list_per_page = 50
    search_fields: ClassVar[Any] = ["code", "name"]
    page_template = "enterprises/credit/desk_item.html"

    def get_urls(self) -> list[URLPattern]:
        forms = require_http_methods(["GET", "POST"])
        doors = {"revise": forms(self.revise), "facts": forms(self.facts), "compare": require_GET(self.compare)}
        own = [
            path(f"{name}/<str:code>/", self.admin_site.admin_view(door), name=f"credit_item_{name}")
            for name, door in doors.items()
        ]
        return [*own, *super().get_urls()]

    def page_context(self, request: HttpRequest, row: Item) -> dict[str, Any]:
        versions = list(ItemVersion.objects.filter(item=row).order_by("-number"))
        today = timezone.localdate()
        return {
            "item": row,
            "versions": versions,
            "current": next((v for v in versions if v.in_force_from <= today), versions[-1]),
            "upcoming": [v for v in versions if v.in_force_from > today],
            "fields": [(field, Sensitivity(field.level).label) for field in queries.schema_of(versions[0]).fields],
            "batches": Batch.objects.visible_to(person(request)).filter(item=row).select_related("source")[:10],
        }

    # --- New item -----------------------------------------------------------------------------------------------------

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Item 38: what it is, its key and its fields on one page."""
        if not self.has_add_permission(request):
            return redirect("admin:index")
        typed = request.POST or None
        draft = Draft(
            fields=FieldSet(_with_more(request), prefix="fields"),
            version=VersionForm(typed, initial={"in_force_from": timezone.localdate()}),
            facts=ItemForm(typed),
            key=KeyForm(typed),
        )
        refusal: Refusal | None = None
        if request.method == "POST" and _step(request) != "more" and draft.is_valid():
            try:
                item = self._add(request, draft)
            except Refusal as found:
                refusal = found
            else:
                self.message_user(request, _("信息项已加入目录，可以开始接收报送。"))
                return redirect("admin:credit_item_change", item.pk)
        return self._form(request, _("新增信息项"), draft, refusal)

    def _add(self, request: HttpRequest, draft: Draft) -> Item:
        assert draft.facts is not None  # noqa: S101 - the add page has this form
        assert draft.key is not None  # noqa: S101 - and this one
        return actions.add_item(
            code=draft.key.cleaned_data["code"],
            facts=draft.facts.facts,
            shape=draft.shape(),
            in_force_from=draft.version.cleaned_data["in_force_from"],
            by=person(request),
            at=timezone.now(),
        )

    # --- New version --------------------------------------------------------------------------------------------------

    def revise(self, request: HttpRequest, code: str) -> HttpResponse:
        """A new version: tried on the stored records first, then published for its day."""
        item = self._item(request, code)
        latest = ItemVersion.objects.select_related("item__department").get(item=item, in_force_until=None)
        draft = Draft(
            fields=FieldSet(_with_more(request), prefix="fields", initial=initial_rows(latest.fields)),
            version=VersionForm(request.POST or None, initial={"occurred_field": latest.occurred_field}),
        )
        refusal: Refusal | None = None
        context: dict[str, Any] = {"item": item, "latest": latest}
        if request.method == "POST" and _step(request) != "more" and draft.is_valid():
            try:
                if _step(request) == "publish":
                    return self._publish(request, item, draft, latest)
                context |= self._rehearsed(draft, latest)
            except Refusal as found:
                refusal = found
        return self._form(request, _("发布新版本"), draft, refusal, **context)

    def _publish(self, request: HttpRequest, item: Item, draft: Draft, latest: ItemVersion) -> HttpResponse:
        version = actions.revise_item(
            item=item,
            shape=draft.shape(latest),
            in_force_from=draft.version.cleaned_data["in_force_from"],
            by=person(request),
            at=timezone.now(),
        )
        text = _("第 %(number)s 版已发布，%(day)s 起生效。")
        self.message_user(request, text % {"number": version.number, "day": version.in_force_from.isoformat()})
        return redirect("admin:credit_item_change", item.pk)

    def _rehearsed(self, draft: Draft, latest: ItemVersion) -> dict[str, Any]:
        shape = draft.shape(latest)
        day = draft.version.cleaned_data["in_force_from"]
        version = ItemVersion(
            item=latest.item,
            number=latest.number + 1,
            fields=list(shape.fields),
            natural_key=shape.natural_key,
            uscc_field=shape.uscc_field,
            occurred_field=shape.occurred_field,
            in_force_from=day,
        )
        schema = actions.check_shape(version, previous=latest)
        return {
            "rehearsal": queries.rehearsal_of(schema, timezone.localdate()),
            "changes": queries.changes_between(queries.schema_of(latest), schema),
        }

    # --- Facts and comparison -----------------------------------------------------------------------------------------

    def facts(self, request: HttpRequest, code: str) -> HttpResponse:
        """What is said of an item beside its fields."""
        item = self._item(request, code)
        form = ItemForm(request.POST or None, item=item)
        refusal: Refusal | None = None
        if request.method == "POST" and form.is_valid():
            try:
                actions.change_item(item=item, facts=form.facts, by=person(request), at=timezone.now())
            except Refusal as found:
                refusal = found
            else:
                self.message_user(request, _("信息项已修改。"))
                return redirect("admin:credit_item_change", item.pk)
        context = {"item": item, "form": form, "refusal": refusal}
        return self._shown(
            request, "enterprises/credit/desk_item_facts.html", str(item), bool(refusal or form.errors), context
        )

    def compare(self, request: HttpRequest, code: str) -> HttpResponse:
        """What two versions of an item say differently; without a choice, the last two."""
        item = self._item(request, code)
        versions = list(ItemVersion.objects.filter(item=item).select_related("item__department").order_by("number"))
        chosen = {str(version.number): version for version in versions}
        new = chosen.get(request.GET.get("new", ""), versions[-1])
        old = chosen.get(request.GET.get("old", ""), versions[max(versions.index(new) - 1, 0)])
        context = {
            "item": item,
            "versions": versions,
            "old": old,
            "new": new,
            "changes": queries.changes_between(queries.schema_of(old), queries.schema_of(new)),
        }
        return self.page(request, "enterprises/credit/desk_item_compare.html", _("版本对比"), **context)

    # --- Inside -------------------------------------------------------------------------------------------------------

    def _item(self, request: HttpRequest, code: str) -> Item:
        return cast(Item, self.row(request, code.replace("_", "_5F")))

    def _form(
        self, request: HttpRequest, title: str, draft: Draft, refusal: Refusal | None, **context: Any
    ) -> HttpResponse:
        is_bad = refusal is not None or (request.method == "POST" and _step(request) != "more" and not draft.is_valid())
        shown = {"draft": draft, "refusal": refusal, "is_bad": is_bad, "back": reverse("admin:credit_item_changelist")}
        return self._shown(request, "enterprises/credit/desk_item_form.html", title, is_bad, shown | context)

    def _shown(
        self, request: HttpRequest, template: str, title: str, is_bad: bool, context: dict[str, Any]
    ) -> HttpResponse:
        page = cast(TemplateResponse, self.page(request, template, title, **context))
        page.status_code = 422 if is_bad else 200
        return page


def _step(request: HttpRequest) -> str:
    return request.POST.get("step", "")


def _with_more(request: HttpRequest) -> QueryDict | None:
    """The table as typed; asked for more rows, with that many more blank ones."""
    if request.method != "POST":
        return None
    typed = request.POST.copy()
    count = typed.get("fields-TOTAL_FORMS", "0")
    if _step(request) == "more" and count.isdigit():
        typed["fields-TOTAL_FORMS"] = str(min(int(count) + MORE, 200))
    return typed
