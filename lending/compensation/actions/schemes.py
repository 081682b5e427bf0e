"""A scheme is drafted from another, changed clause by clause, checked, and adopted by somebody else. Adopted is for good."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lending.compensation import policies, queries
from lending.compensation.clauses.reading import ClauseError, read
from lending.compensation.models import Fund, Scheme
from lending.compensation.sharing import Finding
from lending.compensation.states import SCHEME_MOVES, SchemeState
from portal.accounts.models import User
from portal.audit import actions as audit
from portal.refusals import Conflict, NotPermitted, Refusal
from portal.transitions import move


class NotYourDraft(NotPermitted):
    code = "not_your_draft"
    message = _("草案只能由起草人修改。请另行起草新版本，或请起草人修改。")


class AdopterDrafted(NotPermitted):
    code = "adopter_drafted"
    message = _("起草人不能批准自己起草的方案，请由其他有权人员批准。")


class DraftHasMoved(Conflict):
    code = "draft_has_moved"
    message = _("草案在您打开页面之后已有修改，请刷新页面，核对后再保存。")


class CodeTaken(Conflict):
    code = "scheme_code_taken"
    message = _("该代码已用于其他方案，请换一个代码；修订现有方案请从该方案起草新版本。")


class ClauseUnreadable(Refusal):
    code = "clause_unreadable"


class SchemeUnsound(Refusal):
    """Carries the sentence of everything that stands in the way."""

    code = "scheme_unsound"

    def __init__(self, findings: Sequence[Finding]) -> None:
        said = " ".join(f"{finding.number} {finding.sentence}".strip() for finding in findings)
        super().__init__(gettext("方案有缺漏或矛盾，不能批准：%(said)s") % {"said": said})
        self.findings = list(findings)


class BeginsTooEarly(Refusal):
    code = "scheme_begins_too_early"
    message = _("生效日期不能早于批准当日，也不能早于同一方案上一版本的生效日期。请修改草案的生效日期。")


@transaction.atomic
def draft_scheme(*, source: Scheme, fund: Fund, code: str, in_force_from: date, by: User, at: datetime) -> Scheme:
    """Begin a draft with the clauses of ``source``: a new version of its code, or the first version of a new one."""
    if not policies.may_draft(by, fund):
        raise NotPermitted
    code = code.strip()
    same = Scheme.objects.filter(code=code)
    if same.exists() and code != source.code:
        raise CodeTaken
    newest = same.aggregate(newest=Max("version"))["newest"] or 0
    scheme = Scheme.objects.create(
        fund=fund,
        code=code,
        version=newest + 1,
        name=source.name,
        legal_basis=source.legal_basis,
        is_demonstration=source.is_demonstration,
        clauses=source.clauses,
        in_force_from=in_force_from,
        binds_on=source.binds_on,
        based_on=source,
        drafted_at=at,
        drafted_by=by,
    )
    audit.record("compensation.draft_scheme", scheme, by=by, at=at, facts={"based_on": str(source)})
    return scheme


@transaction.atomic
def set_terms(*, scheme: Scheme, revision: int, terms: Mapping[str, Any], by: User, at: datetime) -> Scheme:
    """Name, basis, dates and binding day of a draft. ``revision`` is what the form was opened on."""
    scheme = _held(scheme, revision, by)
    names = ("name", "legal_basis", "is_demonstration", "in_force_from", "in_force_until", "binds_on")
    for name in names:
        setattr(scheme, name, terms[name])
    scheme.revision += 1
    scheme.save(update_fields=[*names, "revision"])
    audit.record("compensation.change_scheme", scheme, by=by, at=at, facts={"terms": sorted(terms)})
    return scheme


@transaction.atomic
def put_clause(
    *, scheme: Scheme, revision: int, row: Mapping[str, Any], position: int | None, by: User, at: datetime
) -> Scheme:
    """Write one clause of a draft: in place of the one at ``position``, or at the end."""
    scheme = _held(scheme, revision, by)
    try:
        read([row])
    except ClauseError as error:
        raise ClauseUnreadable(gettext("条款无法读取：%(error)s") % {"error": error}) from error
    rows = list(scheme.clauses)
    if position is None:
        rows.append(dict(row))
    else:
        rows[position] = dict(row)
    return _with(scheme, rows, by=by, at=at, put=row["number"])


@transaction.atomic
def drop_clause(*, scheme: Scheme, revision: int, position: int, by: User, at: datetime) -> Scheme:
    scheme = _held(scheme, revision, by)
    rows = list(scheme.clauses)
    dropped = rows.pop(position)
    return _with(scheme, rows, by=by, at=at, dropped=dropped["number"])


@transaction.atomic
def lift_clause(*, scheme: Scheme, revision: int, position: int, by: User, at: datetime) -> Scheme:
    """One place up: caps are applied, and clauses read, in their order."""
    scheme = _held(scheme, revision, by)
    rows = list(scheme.clauses)
    if position > 0:
        rows[position - 1], rows[position] = rows[position], rows[position - 1]
    return _with(scheme, rows, by=by, at=at, lifted=rows[max(position - 1, 0)]["number"])


@transaction.atomic
def adopt_scheme(*, scheme: Scheme, revision: int, by: User, at: datetime) -> Scheme:
    """Put a draft in force from its day on. Somebody else than the drafter, and only what has no gap and no contradiction."""
    scheme = Scheme.objects.select_for_update(of=("self",)).select_related("fund").get(pk=scheme.pk)
    if not policies.may_draft(by, scheme.fund):
        raise NotPermitted
    if scheme.drafted_by_id == by.pk:
        raise AdopterDrafted
    if scheme.is_draft and scheme.revision != revision:
        raise DraftHasMoved
    if scheme.is_draft:
        _require_sound(scheme, at)
    move(scheme, "adopt", table=SCHEME_MOVES, by=by, at=at)
    audit.record("compensation.adopt_scheme", scheme, by=by, at=at, facts={"in_force_from": scheme.in_force_from})
    return scheme


@transaction.atomic
def discard_scheme(*, scheme: Scheme, by: User, at: datetime) -> Scheme:
    """Give a draft up. Its row stays, to be read."""
    scheme = Scheme.objects.select_for_update(of=("self",)).select_related("fund").get(pk=scheme.pk)
    if not policies.may_draft(by, scheme.fund):
        raise NotPermitted
    move(scheme, "discard", table=SCHEME_MOVES, by=by, at=at)
    audit.record("compensation.discard_scheme", scheme, by=by, at=at)
    return scheme


def _held(scheme: Scheme, revision: int, by: User) -> Scheme:
    """The draft as it stands, held; refuses everybody but its drafter, and a form opened before its last change."""
    scheme = Scheme.objects.select_for_update(of=("self",)).select_related("fund").get(pk=scheme.pk)
    if not policies.may_edit(by, scheme):
        raise NotYourDraft
    if scheme.revision != revision:
        raise DraftHasMoved
    return scheme


def _with(scheme: Scheme, rows: list[dict[str, Any]], *, by: User, at: datetime, **facts: Any) -> Scheme:
    scheme.clauses = rows
    scheme.revision += 1
    scheme.save(update_fields=["clauses", "revision"])
    audit.record("compensation.change_scheme", scheme, by=by, at=at, facts=facts)
    return scheme


def _require_sound(scheme: Scheme, at: datetime) -> None:
    earlier = Scheme.objects.filter(code=scheme.code, state=SchemeState.ADOPTED)
    latest = earlier.aggregate(latest=Max("in_force_from"))["latest"]
    if scheme.in_force_from < max(timezone.localdate(at), latest or scheme.in_force_from):
        raise BeginsTooEarly
    findings = [finding for finding in queries.findings(scheme) if finding.blocks]
    if findings:
        raise SchemeUnsound(findings)
