"""What a credit file looks like once the gate has let somebody through: sections, rows, grades. Compiled only by the gate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from enterprises.consent import queries, rules
from enterprises.consent.models import Mode
from enterprises.credit import queries as credit
from enterprises.credit.queries import RecordRow
from enterprises.credit.schemas import SEALED_FOR, FieldSchema
from enterprises.evaluation.models import Grade
from enterprises.evaluation.scorecards import Reason
from enterprises.models import Enterprise
from portal import industries, keyring, regions
from portal.ciphers import is_sealed


@dataclass(frozen=True)
class Section:
    """One item of the file."""

    code: str
    name: str
    category: str
    department: str
    mode: str
    columns: tuple[rules.Column, ...]
    rows: tuple[rules.Row, ...]
    lines: tuple[rules.Line, ...]
    found: int

    @property
    def mode_name(self) -> str:
        return str(Mode(self.mode).label)

    @property
    def is_empty(self) -> bool:
        """Nothing is held: not to be taken for a mode that shows nothing of what is held."""
        return not self.rows and not self.lines and self.mode != "outcome"

    @property
    def is_wide(self) -> bool:
        """Too many columns for a table: each record is shown as facts."""
        return len(self.columns) > 7

    @property
    def newest(self) -> tuple[rules.Row, ...]:
        """What a file shows of it at once; a long series has a page of its own, or folds."""
        most, few = (2, 1) if self.is_wide else (5, 3)
        return self.rows if len(self.rows) <= most else self.rows[:few]

    @property
    def older(self) -> tuple[rules.Row, ...]:
        return self.rows[len(self.newest) :]

    def after(self, record_id: int, *, size: int) -> tuple["Section", int | None]:
        """The page of its rows that follows a record (from the first for 0), and the record the next page follows."""
        start = next((place + 1 for place, row in enumerate(self.rows) if row.record_id == record_id), 0)
        shown = self.rows[start : start + size]
        return replace(self, rows=shown), shown[-1].record_id if self.rows[start + size :] else None

    @property
    def source(self) -> str:
        """Who delivered all of it; "" where the rows come from several."""
        names = {row.source_name for row in self.rows}
        return names.pop() if len(names) == 1 else ""

    @property
    def is_repairable(self) -> bool:
        """Whether repair of its records may be asked for here."""
        return self.code in rules.REPAIRABLE_ITEMS


@dataclass(frozen=True)
class GradeView:
    """A grade with the sentences behind it."""

    kind: str
    kind_name: str
    letter: str
    score: int | None
    graded_at: datetime
    features_at: datetime | None
    reasons: tuple[Reason, ...]
    raisers: tuple[Reason, ...]
    note: str

    @property
    def telling(self) -> list[Reason]:
        """Knock-outs, lost points and what is missing: all but what earned everything."""
        return [reason for reason in self.reasons if reason.is_knock_out or reason.is_missing or reason.lost]

    @property
    def full_marks(self) -> list[Reason]:
        return [reason for reason in self.reasons if reason not in self.telling]


@dataclass(frozen=True)
class Header:
    """The firm as the registry has it; public."""

    enterprise_id: int
    name: str
    uscc: str
    kind: str
    status: str
    legal_representative: str
    established_on: date
    region: str
    industry: str
    size_class: str
    registry_as_of: datetime


@dataclass(frozen=True)
class CreditFile:
    enterprise: Header
    reader: str
    purpose: str
    authorization_id: int | None
    opened_at: datetime
    sections: tuple[Section, ...]
    grades: tuple[GradeView, ...]

    @property
    def present(self) -> list[Section]:
        return [section for section in self.sections if not section.is_empty]

    @property
    def contents(self) -> dict[str, list[Section]]:
        """What is present, by category: the table of contents."""
        found: dict[str, list[Section]] = {}
        for section in self.present:
            found.setdefault(section.category, []).append(section)
        return found

    @property
    def absent(self) -> list[Section]:
        return [section for section in self.sections if section.is_empty]


def sections(
    enterprise_id: int, items: Mapping[str, str], *, day: date, span: tuple[date, date] | None = None
) -> tuple[Section, ...]:
    by_item: dict[str, list[RecordRow]] = {}
    for fact in credit.records_in_force(enterprise_id=enterprise_id, item_codes=list(items)):
        by_item.setdefault(fact.item_code, []).append(fact)
    disputed = queries.disputed_records(enterprise_id)
    found = []
    for code, schema in credit.schemas(list(items)).items():
        facts = by_item.get(code, [])
        if span and rules.is_time_series(schema.fields):
            facts = rules.in_span(facts, *span)
        mode, in_question = items[code], {record for item, record in disputed if item == code}
        fields = [field for field in schema.fields if field.name != schema.uscc_field]  # the firm stands at the top
        opened = [_opened(fields, f, mode) for f in facts if mode == "detail"]
        rows = [rules.row(fields, f, mode, day=day, disputed=in_question) for f in opened]
        found.append(
            Section(
                code=code,
                name=schema.name,
                category=schema.category,
                department=schema.department,
                mode=mode,
                columns=rules.columns(fields, mode) if rows else (),
                rows=tuple(rows),
                lines=() if mode == "detail" else rules.lines(fields, facts, mode),
                found=0 if mode == "outcome" else len(facts),
            )
        )
    return tuple(found)


def _opened(fields: Sequence[FieldSchema], fact: RecordRow, mode: str) -> RecordRow:
    """The fact with those sealed cells opened that are shown in ``mode``; the others stay sealed and are masked."""
    shown = [f.name for f in fields if f.is_sealed and rules.is_shown(f.level, mode)]
    found = {name: value for name in shown if isinstance(value := fact.payload.get(name), str) and is_sealed(value)}
    if not found:
        return fact
    plain = {name: keyring.sealer().open(value, f"{SEALED_FOR}.{name}") for name, value in found.items()}
    return replace(fact, payload={**fact.payload, **plain})


def header(enterprise: Enterprise) -> Header:
    return Header(
        enterprise_id=enterprise.pk,
        name=enterprise.name,
        uscc=enterprise.uscc,
        kind=enterprise.get_kind_display(),
        status=enterprise.get_status_display(),
        legal_representative=enterprise.legal_representative,
        established_on=enterprise.established_on,
        region=regions.name_of(enterprise.county_code),
        industry=industries.name_of(enterprise.industry_code),
        size_class=enterprise.get_size_class_display(),
        registry_as_of=enterprise.registry_as_of,
    )


def view(grade: Grade) -> GradeView:
    return GradeView(
        kind=grade.kind,
        kind_name=grade.get_kind_display(),
        letter=grade.letter,
        score=grade.score,
        graded_at=grade.graded_at,
        features_at=grade.features_at,
        reasons=tuple(grade.reasons),
        raisers=tuple(grade.raisers),
        note=grade.scorecard.definition.get("note", ""),
    )
