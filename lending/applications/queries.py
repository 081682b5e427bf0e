"""The institution's inbox by clock, what happened to an application, and who may open a document handed in."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, Q, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from enterprises.models import Member
from institutions.models import Institution, Officer
from lending.applications.models import Application, DocumentRequest
from lending.applications.rules import Clock, clock
from lending.applications.states import ApplicationState as S
from portal.accounts.models import User
from portal.documents.models import Upload
from portal.doors import is_key

#: The boxes of the inbox: what waits for the officer, for the approver, for the firm, for a contract, and what is done.
BOXES: Final[Mapping[str, tuple[S, ...]]] = {
    "todo": (S.SUBMITTED, S.ACCEPTED),
    "proposed": (S.PROPOSED,),
    "waiting": (S.WAITING,),
    "approved": (S.APPROVED,),
    "closed": (S.CONTRACTED, S.REFUSED, S.WITHDRAWN),
}
BY_CLOCK: Final = frozenset({"todo", "proposed"})


@dataclass(frozen=True)
class Row:
    """One line of the inbox."""

    application: Application
    clock: Clock | None


@dataclass(frozen=True)
class Inbox:
    rows: list[Row]
    after: str


def inbox(rows: QuerySet[Application], box: str, after: str, *, at: datetime, size: int = 25) -> Inbox:
    """A page of ``box``: by deadline where a clock runs, otherwise newest first; by key, without counting or skipping."""
    rows = rows.filter(state__in=BOXES[box]).select_related("enterprise", "product_version__product")
    if box in BY_CLOCK:
        rows = rows.order_by("due_at", "pk")
        stamp, _bar, key = after.rpartition("|")
        if is_key(key) and (moment := _moment(stamp)) is not None:
            rows = rows.filter(Q(due_at__gt=moment) | Q(due_at=moment, pk__gt=int(key)))
    else:
        rows = rows.order_by("-pk")
        if is_key(after):
            rows = rows.filter(pk__lt=int(after))
    found = list(rows[: size + 1])
    return Inbox([Row(row, clock(row.due_at, at)) for row in found[:size]], _key(found, box, size))


def _moment(text: str) -> datetime | None:
    """The moment an address names; None for what is none, or says no zone."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo else None


def _key(found: list[Application], box: str, size: int) -> str:
    if len(found) <= size:
        return ""
    last = found[size - 1]
    return f"{last.due_at.isoformat()}|{last.pk}" if box in BY_CLOCK and last.due_at else str(last.pk)


def box_counts(institution: Institution) -> dict[str, int]:
    """How many wait in each open box; the closed ones are not counted."""
    open_states = [state for box, states in BOXES.items() if box != "closed" for state in states]
    rows = Application.objects.filter(institution=institution, state__in=open_states).order_by()
    counts = dict(rows.values_list("state").annotate(n=Count("pk")))
    return {box: sum(counts.get(state, 0) for state in states) for box, states in BOXES.items() if box != "closed"}


def firm_called(words: str) -> Q:
    """Rows of firms with this 统一社会信用代码, or whose name holds ``words`` (two-character pieces by index, then rechecked)."""
    pieces = [a + b for a, b in itertools.pairwise(words)]
    by_name = Q(enterprise__name_pieces__contains=pieces, enterprise__name__contains=words) if pieces else Q()
    return by_name | Q(enterprise__uscc=words.upper())


def search(rows: QuerySet[Application], words: str) -> QuerySet[Application]:
    words = words.strip()
    return rows.filter(firm_called(words)) if words else rows


@dataclass(frozen=True)
class Event:
    """One line of the timeline."""

    at: datetime
    title: str
    by: str = ""
    note: str = ""
    icon: str = "point"


def timeline(application: Application, requests: list[DocumentRequest], *, for_bank: bool) -> list[Event]:
    """What happened, oldest first. The firm is told which institution acts, not which person, nor what is proposed inside."""
    a, bank = application, str(application.institution)

    def officer(person: User | None) -> str:
        return str(person) if for_bank and person else bank

    def firm(person: User | None) -> str:
        return str(person or "")

    lines: list[tuple[datetime | None, str, str, str, str]] = [
        (a.submitted_at, _("提交申请"), firm(a.submitted_by), "", "send"),
        (a.accepted_at, _("受理"), officer(a.accepted_by), "", "inbox"),
        (a.withdrawn_at, _("企业撤回申请"), firm(a.withdrawn_by), "", "circle-x"),
        (a.contracted_at, _("签订合同"), officer(a.contracted_by), "", "file-certificate"),
    ]
    if for_bank:
        lines.append((a.proposed_at, _("提出授信建议"), officer(a.proposed_by), "", "checklist"))
        lines.append((a.sent_back_at, _("退回授信建议"), officer(a.sent_back_by), a.sent_back_note, "arrow-back-up"))
    refused = a.state == S.REFUSED
    title, note = (_("未通过"), a.get_refusal_reason_display()) if refused else (_("批准授信"), a.conditions)
    lines.append((a.decided_at, title, officer(a.decided_by), note, "circle-x" if refused else "circle-check"))
    for asked in requests:
        lines.append((asked.asked_at, _("请企业补充材料"), officer(asked.asked_by), asked.title, "file-text"))
        lines.append((asked.answered_at, _("企业已补充材料"), firm(asked.answered_by), asked.title, "paperclip"))
    events = [Event(at, title, by, note, icon) for at, title, by, note, icon in lines if at is not None]
    return sorted(events, key=lambda event: event.at)


def may_open_own_answer(user: User, upload: Upload) -> bool:
    """A document handed in for an application is open to the members of the firm it came from."""
    firms = Member.objects.acting().filter(user=user).values("enterprise")
    return DocumentRequest.objects.filter(answer=upload, application__enterprise__in=firms).exists()


def may_open_answer(user: User, upload: Upload) -> bool:
    """At the bank's desk, whose door has looked at the post, it is open to the officers of the institution it went to."""
    banks = Officer.objects.serving().filter(user=user).values("institution")
    return DocumentRequest.objects.filter(answer=upload, application__institution__in=banks).exists()
