"""The books on the finance desk: accounts with their statements, entries with their lines, the trial balance. Read only."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from lending.ledger import queries
from lending.ledger.forms import PeriodForm
from lending.ledger.models import Account, Entry
from portal import figures
from portal.accounts.roles import Permission
from portal.admin_desk import DeskPage


@admin.register(Account)
class AccountAdmin(DeskPage):
    view_permission = Permission.LEDGER_READ
    list_display = ["code", "name", "kind", "debit_balance", "credit_balance"]
    list_filter = ["book", "kind"]
    search_fields = ["code", "name"]
    page_template = "lending/ledger/statement.html"

    def get_urls(self) -> list[URLPattern]:
        trial = path("trial/", self.admin_site.admin_view(self.trial_balance), name="ledger_trial_balance")
        return [trial, *super().get_urls()]

    @admin.display(description=gettext_lazy("借方余额"))
    def debit_balance(self, account: Account) -> str:
        return _yuan(account.balance) if account.balance > 0 else ""

    @admin.display(description=gettext_lazy("贷方余额"))
    def credit_balance(self, account: Account) -> str:
        return _yuan(-account.balance) if account.balance < 0 else ""

    def page_context(self, request: HttpRequest, row: Account) -> dict[str, Any]:
        """This year's statement unless other days are asked for."""
        today = timezone.localdate()
        year = (today.replace(month=1, day=1), today)
        first, last = PeriodForm(request.GET).period(default=year)
        form = PeriodForm({"first": first, "last": last})
        statement = queries.statement(row, first=first, last=last)
        return {"account": row, "statement": statement, "form": form, "first": first, "last": last}

    def trial_balance(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise Http404
        books = list(self.get_queryset(request).order_by("book").values_list("book", flat=True).distinct())
        book = request.GET.get("book") or None
        if book is not None and book not in books:
            raise Http404
        trial = queries.trial_balance(book)
        return self.page(request, "lending/ledger/trial_balance.html", _("试算平衡表"), trial=trial, books=books)


@admin.register(Entry)
class EntryAdmin(DeskPage):
    view_permission = Permission.LEDGER_READ
    list_display = ["number", "booked_on", "memo", "event", "subject", "posted_by"]
    list_display_links = ["number", "memo"]
    list_filter = ["event", "booked_on"]
    list_select_related = ["posted_by"]
    search_fields = ["subject", "memo"]
    page_template = "lending/ledger/entry.html"

    def page_context(self, request: HttpRequest, row: Entry) -> dict[str, Any]:
        lines = row.lines.select_related("account").order_by("pk")
        return {"entry": row, "lines": lines, "reversal": Entry.objects.filter(reverses=row).first()}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("reverses")

    @display(description=gettext_lazy("分录号"), ordering="pk")  # type: ignore[untyped-decorator] # unfold ships no types
    def number(self, entry: Entry) -> str:
        return str(entry.pk)


def _yuan(amount: Any) -> str:
    written = figures.money(amount, "yuan")
    return format_html('<span class="st-figure">{} {}</span>', written.figure, written.unit)
