"""What a firm has stated, what has become of it, and what it may state."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from enterprises.credit import queries as credit
from enterprises.credit.loading import rehearsal
from enterprises.credit.models import Conflict, CreditRecord, Item, Reject, Source, SourceLevel
from enterprises.credit.rejections import REASONS
from enterprises.credit.schemas import FieldSchema, ItemSchema
from enterprises.credit.states import BatchState
from enterprises.declarations.models import Declaration
from enterprises.declarations.states import DeclarationState


@dataclass(frozen=True)
class Told:
    """A declaration with its fate, and whether an official source says otherwise."""

    declaration: Declaration
    fate: DeclarationState
    is_disputed: bool

    @property
    def may_change(self) -> bool:
        return self.fate == DeclarationState.IN_FORCE


def declarable_items() -> list[ItemSchema]:
    """The items that firms may state themselves, in the catalogue's order."""
    codes = Item.objects.filter(is_declarable=True).values_list("code", flat=True)
    return list(credit.schemas(set(codes)).values())


def declared_source() -> Source:
    """The one source in whose name firms speak."""
    return Source.objects.get(level=SourceLevel.DECLARED)


def told(declarations: Iterable[Declaration]) -> list[Told]:
    """Each declaration with its fate, in three queries whatever their number."""
    rows = list(declarations)
    records = {
        record.batch_id: record
        for record in CreditRecord.objects.filter(batch_id__in=[row.batch_id for row in rows], is_withdrawal=False)
    }
    disputed = _disputed({row.enterprise_id for row in rows})
    return [
        Told(
            row,
            _fate(row, records.get(row.batch_id)),
            row.batch_id in records and (row.item_id, records[row.batch_id].natural_key) in disputed,
        )
        for row in rows
    ]


def _fate(row: Declaration, record: CreditRecord | None) -> DeclarationState:
    if row.batch.state in {BatchState.RECEIVED, BatchState.CHECKED}:
        return DeclarationState.WAITING
    if row.batch.state == BatchState.RETURNED:
        return DeclarationState.REFUSED
    if row.withdrawn_at is not None:
        return DeclarationState.WITHDRAWN
    if record is not None and record.superseded_at is None:
        return DeclarationState.IN_FORCE
    return DeclarationState.REPLACED if hasattr(row, "corrected_by") else DeclarationState.REMOVED


def _disputed(enterprise_ids: Collection[int]) -> set[tuple[str, str]]:
    source = declared_source()
    standing = Conflict.objects.standing().filter(enterprise_id__in=enterprise_ids, source_ids__contains=[source.pk])
    return set(standing.values_list("item_id", "natural_key"))


def faults(schema: ItemSchema, cells: Mapping[str, str], day: date) -> dict[str, list[str]]:
    """What the checks of a delivery would say of these cells, by field, in words."""
    found: dict[str, list[str]] = {}
    for field, reason in rehearsal.faults_of(schema, cells, day):
        found.setdefault(field, []).append(f"{REASONS[reason].text}。{REASONS[reason].mend}")
    return found


def refusal_of(declaration: Declaration) -> list[str]:
    """Why the batch of a declaration was returned, field by field."""
    labels = {field.name: field.label for field in credit.schema_of(declaration.batch.item_version).fields}
    rejects = Reject.objects.filter(batch=declaration.batch_id).order_by("pk")
    return [f"{labels.get(reject.field, '')} {REASONS[reject.reason].text}".strip() for reject in rejects]


@dataclass(frozen=True)
class Stated:
    label: str
    text: str
    unit: str


def stated(declaration: Declaration) -> list[Stated]:
    """The cells as the firm typed them, in the order of the item."""
    fields: tuple[FieldSchema, ...] = credit.schema_of(declaration.batch.item_version).fields
    return [Stated(f.label, declaration.cells[f.name], f.unit) for f in fields if declaration.cells.get(f.name)]


def is_stated_already(*, schema: ItemSchema, cells: Mapping[str, str]) -> bool:
    """Whether the firm's own word on this very fact is in force."""
    key = rehearsal.key_of(schema, cells)
    rows = CreditRecord.objects.in_force().filter(item_code=schema.code, natural_key=key)
    return rows.filter(source_id=declared_source().pk).exists()
