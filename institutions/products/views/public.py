"""The public shelf. A version that is not on it does not exist for the public."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from institutions.products import criteria, queries
from institutions.products.forms import ShelfForm
from institutions.products.models import ProductVersion
from portal.doors import Page, is_key


@login_not_required
@require_GET
def public_products(request: HttpRequest) -> HttpResponse:
    form = ShelfForm(request.GET or None)
    rows, after = queries.shelf_page(
        queries.shelf(form.wish()), sort=request.GET.get("sort", ""), after=request.GET.get("after", "")
    )
    shown = {
        "form": form,
        "page": Page(rows, after),
        "zones": queries.zone_counts(),
        "zone": request.GET.get("zone", ""),
        "compared": queries.COMPARED,
    }
    return render(request, "institutions/products/public_products.html", shown)


@login_not_required
@require_GET
def public_product(request: HttpRequest, pk: int) -> HttpResponse:
    version = get_object_or_404(ProductVersion.objects.on_shelf(), pk=pk)
    shown = {
        "version": version,
        "requirements": criteria.requirements(version.criteria),
        "asked": queries.asked_items(version, queries.item_names()),
        "materials": [line for line in version.materials.splitlines() if line.strip()],
    }
    return render(request, "institutions/products/public_product.html", shown)


@login_not_required
@require_GET
def public_compare(request: HttpRequest) -> HttpResponse:
    """Up to three products side by side; whatever is not on the shelf is left out."""
    chosen = [int(key) for key in request.GET.getlist("v") if is_key(key)]
    found = {version.pk: version for version in ProductVersion.objects.on_shelf().filter(pk__in=chosen)}
    versions = [found[key] for key in dict.fromkeys(chosen) if key in found][: queries.COMPARED]
    names = queries.item_names()
    words = [queries.in_words(version, names) for version in versions]
    labels = dict.fromkeys(label for said in words for label in said)
    rows = [
        (label, [(version.product.name, said.get(label, "")) for version, said in zip(versions, words, strict=True)])
        for label in labels
    ]
    shown = {"versions": versions, "rows": rows, "compared": queries.COMPARED}
    return render(request, "institutions/products/public_compare.html", shown)
