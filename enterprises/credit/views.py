"""The public part of the catalogue (信用信息共享目录)."""

from itertools import groupby

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from enterprises.credit import exports, queries
from enterprises.credit.models import Sensitivity
from enterprises.credit.schemas import ItemSchema


@login_not_required
@require_GET
def public_catalogue(request: HttpRequest) -> HttpResponse:
    items = queries.schemas().values()
    groups = [(category, list(found)) for category, found in groupby(items, key=lambda item: item.category)]
    context = {"groups": groups, "items": len(items), "fields": sum(len(_shared_fields(item)) for item in items)}
    return render(request, "enterprises/credit/catalogue.html", context)


@login_not_required
@require_GET
def public_item(request: HttpRequest, code: str) -> HttpResponse:
    schema = _schema(code)
    context = {"item": schema, "fields": _shared_fields(schema), "level": Sensitivity(schema.sensitivity).label}
    return render(request, "enterprises/credit/item.html", context)


@login_not_required
@require_GET
def public_item_template(request: HttpRequest, code: str) -> HttpResponse:
    """The head of a delivery file of this item, for departments."""
    response = HttpResponse(exports.template_csv(_schema(code)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{code}.csv"'
    return response


def _schema(code: str) -> ItemSchema:
    schema = queries.schemas().get(code)
    if schema is None:
        raise Http404
    return schema


def _shared_fields(schema: ItemSchema) -> list[dict[str, object]]:
    """The fields that may ever be shown to anybody, with their level in words."""
    return [
        {"field": field, "level": field.level, "level_name": Sensitivity(field.level).label}
        for field in schema.fields
        if field.level != Sensitivity.INTERNAL
    ]
