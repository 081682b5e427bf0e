"""Who lends, for everybody."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from institutions import queries
from institutions.models import InstitutionKind
from institutions.products.models import ProductVersion


@login_not_required
@require_GET
def public_institutions(request: HttpRequest) -> HttpResponse:
    kind = request.GET.get("kind", "")
    kind = kind if kind in InstitutionKind.values else ""
    shown = {"institutions": queries.admitted(kind), "kinds": InstitutionKind.choices, "kind": kind}
    return render(request, "institutions/public_institutions.html", shown)


@login_not_required
@require_GET
def public_institution(request: HttpRequest, pk: int) -> HttpResponse:
    institution = get_object_or_404(queries.admitted(), pk=pk)
    shown = {
        "institution": institution,
        "branches": queries.branches_of(institution),
        "versions": ProductVersion.objects.on_shelf()
        .filter(product__institution=institution)
        .order_by("min_rate", "pk"),
    }
    return render(request, "institutions/public_institution.html", shown)
