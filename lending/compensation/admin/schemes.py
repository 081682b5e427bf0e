"""Schemes on the finance desk: read as law, drafted clause by clause, checked, adopted by another."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lending.compensation import actions, policies, queries
from lending.compensation.admin.clause_forms import ClauseForm, initial_of, row_of, tables
from lending.compensation.admin.desk import staff
from lending.compensation.admin.parameters import in_words
from lending.compensation.admin.scheme_forms import DraftForm, SchemeTermsForm
from lending.compensation.admin.words import TITLES
from lending.compensation.clauses import CLAUSES, Clause
from lending.compensation.models import Scheme
from portal.accounts.roles import Permission
from portal.admin_desk import DeskPage
from portal.refusals import Refusal


@dataclass(frozen=True)
class Article:
    """One clause as it is read: its title, its words, its parameters."""

    position: int
    clause: Clause
    title: str
    parameters: list[tuple[str, str, bool]]

    @property
    def is_assumed(self) -> bool:
        return bool(self.clause.assumed)


@admin.register(Scheme)
class SchemeAdmin(DeskPage):
    view_permission = Permission.LEDGER_READ
    list_display = ["name", "code", "version", "state", "fund", "is_demonstration", "in_force_from", "in_force_until"]
    list_filter = ["state", "fund", "is_demonstration"]
    list_select_related = ["fund"]
    search_fields = ["name", "code"]
    ordering = ["state", "code", "-version"]
    page_template = "lending/compensation/desk_scheme.html"

    def get_urls(self) -> list[URLPattern]:
        doors = {
            "<int:object_id>/draft/": (self.draft, "draft"),
            "<int:object_id>/terms/": (self.terms, "terms"),
            "<int:object_id>/clauses/": (self.kinds, "kinds"),
            "<int:object_id>/clauses/new/<str:kind>/": (self.new_clause, "new_clause"),
            "<int:object_id>/clauses/<int:position>/": (self.clause, "clause"),
            "<int:object_id>/clauses/<int:position>/drop/": (require_POST(self.drop), "drop"),
            "<int:object_id>/clauses/<int:position>/lift/": (require_POST(self.lift), "lift"),
            "<int:object_id>/adopt/": (require_POST(self.adopt), "adopt"),
            "<int:object_id>/discard/": (require_POST(self.discard), "discard"),
        }
        own = [
            path(where, self.admin_site.admin_view(view), name=f"compensation_scheme_{name}")
            for where, (view, name) in doors.items()
        ]
        return [*own, *super().get_urls()]

    def page_context(self, request: HttpRequest, row: Scheme) -> dict[str, Any]:
        user = staff(request)
        return {
            "scheme": row,
            "articles": [
                Article(position, clause, str(TITLES[type(clause).__name__]), in_words(clause))
                for position, clause in enumerate(queries.clauses_in(row))
            ],
            "findings": queries.findings(row),
            "may_edit": policies.may_edit(user, row),
            "may_adopt": policies.may_adopt(user, row),
            "may_discard": row.is_draft and policies.may_draft(user, row.fund),
            "may_draft": user.may(Permission.SCHEME_MANAGE),
        }

    def draft(self, request: HttpRequest, object_id: int) -> HttpResponse:
        source, user = self.row(request, str(object_id)), staff(request)
        if not user.may(Permission.SCHEME_MANAGE):
            raise Http404
        initial = {"fund": source.fund_id, "code": source.code}
        form = DraftForm(request.POST or None, user=user, initial=initial)
        if request.method == "POST" and form.is_valid():
            try:
                made = actions.draft_scheme(source=source, by=user, at=timezone.now(), **form.cleaned_data)
            except Refusal as refusal:
                form.add_error(None, str(refusal.message))
            else:
                return redirect("admin:compensation_scheme_change", made.pk)
        return self._typed(request, source, form, _("起草新版本"), _("开始起草"))

    def terms(self, request: HttpRequest, object_id: int) -> HttpResponse:
        scheme, user = self._draft(request, object_id), staff(request)
        names = ("revision", "name", "legal_basis", "in_force_from", "in_force_until", "binds_on", "is_demonstration")
        form = SchemeTermsForm(request.POST or None, initial={name: getattr(scheme, name) for name in names})
        if request.method == "POST" and form.is_valid():
            revision, terms = form.cleaned_data["revision"], form.terms()
            return self.perform(
                request,
                _page_of(scheme),
                _("已保存。"),
                lambda: actions.set_terms(scheme=scheme, revision=revision, terms=terms, by=user, at=timezone.now()),
            )
        return self._typed(request, scheme, form, _("方案要素"), _("保存"))

    def kinds(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Which kind of clause to add."""
        scheme = self._draft(request, object_id)
        template = "lending/compensation/desk_scheme_kinds.html"
        return self.page(request, template, _("增加条款"), scheme=scheme, kinds=list(TITLES.items()))

    def new_clause(self, request: HttpRequest, object_id: int, kind: str) -> HttpResponse:
        scheme = self._draft(request, object_id)
        if kind not in CLAUSES:
            raise Http404
        return self._clause(request, scheme, kind, {}, None)

    def clause(self, request: HttpRequest, object_id: int, position: int) -> HttpResponse:
        scheme = self._draft(request, object_id)
        if position >= len(scheme.clauses):
            raise Http404
        row = scheme.clauses[position]
        return self._clause(request, scheme, row["clause"], row, position)

    def drop(self, request: HttpRequest, object_id: int, position: int) -> HttpResponse:
        return self._move_clause(request, object_id, position, actions.drop_clause, _("已删除。"))

    def lift(self, request: HttpRequest, object_id: int, position: int) -> HttpResponse:
        return self._move_clause(request, object_id, position, actions.lift_clause, _("已上移。"))

    def adopt(self, request: HttpRequest, object_id: int) -> HttpResponse:
        scheme, user = self.row(request, str(object_id)), staff(request)
        revision = _revision(request)
        return self.perform(
            request,
            _page_of(scheme),
            _("已批准，自生效日期起执行，不能再修改。"),
            lambda: actions.adopt_scheme(scheme=scheme, revision=revision, by=user, at=timezone.now()),
        )

    def discard(self, request: HttpRequest, object_id: int) -> HttpResponse:
        scheme, user = self.row(request, str(object_id)), staff(request)
        return self.perform(
            request,
            _page_of(scheme),
            _("草案已废弃。"),
            lambda: actions.discard_scheme(scheme=scheme, by=user, at=timezone.now()),
        )

    def _clause(
        self, request: HttpRequest, scheme: Scheme, kind: str, row: dict[str, Any], position: int | None
    ) -> HttpResponse:
        posted, user = (request.POST if request.method == "POST" else None), staff(request)
        form = ClauseForm(posted, clause=kind, initial=initial_of(kind, row))
        beside = tables(kind, row.get("parameters", {}), posted)
        if posted is not None and form.is_valid() and all(table.rows.is_valid() for table in beside):
            try:
                written = row_of(form, beside)
                actions.put_clause(
                    scheme=scheme,
                    revision=_revision(request),
                    row=written,
                    position=position,
                    by=user,
                    at=timezone.now(),
                )
            except ValidationError as error:
                form.add_error(None, error)
            except Refusal as refusal:
                form.add_error(None, str(refusal.message))
            else:
                return redirect(_page_of(scheme))
        context = {"scheme": scheme, "form": form, "tables": beside, "position": position, "cancel": _page_of(scheme)}
        return self.page(request, "lending/compensation/desk_scheme_clause.html", str(TITLES[kind]), **context)

    def _move_clause(self, request: HttpRequest, object_id: int, position: int, act: Any, done: str) -> HttpResponse:
        scheme, user = self._draft(request, object_id), staff(request)
        if position >= len(scheme.clauses):
            raise Http404
        revision = _revision(request)
        return self.perform(
            request,
            _page_of(scheme),
            done,
            lambda: act(scheme=scheme, revision=revision, position=position, by=user, at=timezone.now()),
        )

    def _typed(self, request: HttpRequest, scheme: Scheme, form: Any, title: str, submit: str) -> HttpResponse:
        context = {"scheme": scheme, "form": form, "submit": submit, "cancel": _page_of(scheme)}
        return self.page(request, "lending/compensation/desk_scheme_form.html", title, **context)

    def _draft(self, request: HttpRequest, object_id: int) -> Scheme:
        """The draft of whoever asks; another's cannot be typed into."""
        scheme: Scheme = self.row(request, str(object_id))
        if not policies.may_edit(staff(request), scheme):
            raise Http404
        return scheme


def _page_of(scheme: Scheme) -> str:
    return reverse("admin:compensation_scheme_change", args=[scheme.pk])


def _revision(request: HttpRequest) -> int:
    typed = request.POST.get("revision", "")
    return int(typed) if typed.isdecimal() else -1
