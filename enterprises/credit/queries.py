"""Reads of the credit data centre: schemas, records in force, features."""

import threading
import uuid
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import groupby

from django.core.cache import cache as shared_cache
from django.db.models import Count, F, Max
from django.utils import timezone

from enterprises.credit import features
from enterprises.credit.loading import rehearsal
from enterprises.credit.models import (
    Batch,
    Conflict,
    CreditRecord,
    FeatureRow,
    ItemVersion,
    Reject,
    Sensitivity,
    Source,
)
from enterprises.credit.rejections import REASONS, Reason
from enterprises.credit.schemas import FieldSchema, ItemSchema
from enterprises.credit.states import BatchState
from enterprises.models import Enterprise

# --- Schemas ------------------------------------------------------------------------------------------------------------

#: In the cache all processes share: changed whenever the catalogue is, which makes each process read it anew.
STAMP = "credit:catalogue"
_lock = threading.Lock()
_read: tuple[str, dict[str, ItemSchema]] = ("", {})


def schemas(item_codes: Collection[str] | None = None) -> dict[str, ItemSchema]:
    """The schema in force of every item, or of those asked for, in the order of the catalogue.

    Asked by every read there is, so it looks at the calendar itself: a version takes force at midnight in every process.
    """
    global _read  # noqa: PLW0603 - one catalogue per process, replaced whole under the lock
    today = timezone.localdate()
    stamp = f"{shared_cache.get_or_set(STAMP, lambda: str(uuid.uuid4()), timeout=None)} {today}"
    if _read[0] != stamp:
        with _lock:
            _read = (stamp, _read_schemas(today))
    found = _read[1]
    return found if item_codes is None else {code: found[code] for code in found if code in item_codes}


def _read_schemas(day: date) -> dict[str, ItemSchema]:
    versions = ItemVersion.objects.in_force_on(day).select_related("item__department")
    return {version.item_id: schema_of(version) for version in versions.order_by("item__sequence", "item_id")}


def schema_of(version: ItemVersion) -> ItemSchema:
    """The schema of one version, whether or not it is the one in force."""
    item = version.item
    return ItemSchema(
        code=item.code,
        version=version.number,
        name=item.name,
        category=item.category,
        department=item.department.name,
        sensitivity=item.sensitivity,
        modes=tuple(item.modes),
        frequency=item.frequency,
        fresh_days=item.fresh_days,
        natural_key=tuple(version.natural_key),
        uscc_field=version.uscc_field,
        occurred_field=version.occurred_field,
        fields=tuple(FieldSchema.of(row) for row in version.fields),
        in_force_from=version.in_force_from,
    )


@dataclass(frozen=True)
class Change:
    """What two versions of a schema say differently about one field; ``old`` or ``new`` is empty where it is not there."""

    field: str
    label: str
    #: (what, as it was, as it is)
    details: tuple[tuple[str, str, str], ...]
    is_added: bool = False
    is_removed: bool = False


def changes_between(old: ItemSchema, new: ItemSchema) -> list[Change]:
    """Field by field in the order of the new version, then the fields that are gone."""
    found = [_change(field.name, old.by_name.get(field.name), field) for field in new.fields]
    found += [_change(field.name, field, None) for field in old.fields if field.name not in new.by_name]
    return [change for change in found if change is not None]


def _change(name: str, old: FieldSchema | None, new: FieldSchema | None) -> Change | None:
    before, after = (field.as_row() if field else {} for field in (old, new))
    if before == after:
        return None
    known = [what for what in FieldSchema.__dataclass_fields__ if before.get(what) != after.get(what)]
    details = tuple((what, _said(before.get(what)), _said(after.get(what))) for what in known if what != "name")
    label = (new or old).label if new or old else ""
    return Change(name, label, details if old and new else (), is_added=old is None, is_removed=new is None)


def _said(value: object) -> str:
    return "、".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)


@dataclass(frozen=True)
class RehearsedFault:
    """One reason for which stored records would be refused, in words, with a few of them."""

    label: str
    reason: Reason
    number: int
    samples: tuple[tuple[rehearsal.Sample, str], ...]


@dataclass(frozen=True)
class Rehearsed:
    rows: int
    rows_refused: int
    faults: tuple[RehearsedFault, ...]


def rehearsal_of(schema: ItemSchema, day: date) -> Rehearsed:
    """What ``schema`` would refuse of the item's records in force, with the names of the firms of the samples."""
    found = rehearsal.rehearse(schema, day)
    firms = {sample.enterprise_id for fault in found.faults for sample in fault.samples}
    names = dict(Enterprise.objects.filter(pk__in=firms).values_list("pk", "name"))
    faults = tuple(
        RehearsedFault(
            schema[fault.field].label,
            REASONS[fault.reason],
            fault.number,
            tuple((sample, names.get(sample.enterprise_id, "")) for sample in fault.samples),
        )
        for fault in found.faults
    )
    return Rehearsed(found.rows, found.rows_refused, faults)


# --- Records ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RecordRow:
    """One record in force. Amounts and dates in ``payload`` are text, numbers of things are integers."""

    item_code: str
    record_id: int
    item_version: int
    payload: Mapping[str, object]
    source_name: str
    source_level: str
    occurred_on: date | None
    received_at: datetime
    #: When the source last delivered this item: an unchanged record is as current as that.
    confirmed_at: datetime
    fresh_days: int

    def is_stale_on(self, day: date) -> bool:
        return timezone.localdate(self.confirmed_at) + timedelta(days=self.fresh_days) < day


def records_in_force(*, enterprise_id: int, item_codes: Collection[str]) -> list[RecordRow]:
    """A firm's records, newest first within each item; of the same fact from two sources only the better source's."""
    known, sources = schemas(item_codes), {source.pk: source for source in Source.objects.all()}
    rows = list(
        CreditRecord.objects.in_force()
        .filter(enterprise_id=enterprise_id, item_code__in=list(known))
        .order_by("item_code", F("occurred_on").desc(nulls_last=True), "-id")
    )
    best = _best_sources(rows, sources, _choices(rows))
    delivered = _last_deliveries(known)
    order = {code: place for place, code in enumerate(known)}
    found = [
        RecordRow(
            item_code=row.item_code,
            record_id=row.id,
            item_version=row.item_version,
            payload=row.payload,
            source_name=sources[row.source_id].name,
            source_level=sources[row.source_id].level,
            occurred_on=row.occurred_on,
            received_at=row.received_at,
            confirmed_at=max(row.received_at, delivered.get((row.item_code, row.source_id), row.received_at)),
            fresh_days=known[row.item_code].fresh_days,
        )
        for row in rows
        if best[row.item_code, row.natural_key] == row.source_id
    ]
    return sorted(found, key=lambda row: order[row.item_code])


def _best_sources(
    rows: list[CreditRecord], sources: Mapping[int, Source], choices: Mapping[tuple[str, str], int]
) -> dict[tuple[str, str], int]:
    best: dict[tuple[str, str], int] = {}
    for row in rows:
        key = (row.item_code, row.natural_key)
        rival, chosen = best.setdefault(key, row.source_id), choices.get(key)
        best[key] = min(rival, row.source_id, key=lambda pk: (pk != chosen, sources[pk].precedence, pk))
    return best


def _choices(rows: list[CreditRecord]) -> dict[tuple[str, str], int]:
    """Which source staff have named for a fact; asked only where a fact has several."""
    keys = Counter((row.item_code, row.natural_key) for row in rows)
    several = [key for key, number in keys.items() if number > 1]
    if not several:
        return {}
    named = (
        Conflict.objects.standing()
        .exclude(chosen_source=None)
        .filter(item_id__in={item for item, _key in several}, natural_key__in=[key for _item, key in several])
    )
    return {
        (item, key): source for item, key, source in named.values_list("item_id", "natural_key", "chosen_source_id")
    }


def _last_deliveries(item_codes: Collection[str]) -> dict[tuple[str, int], datetime]:
    accepted = Batch.objects.filter(item_id__in=list(item_codes), state=BatchState.ACCEPTED)
    return {
        (row["item_id"], row["source_id"]): row["last"]
        for row in accepted.values("item_id", "source_id").annotate(last=Max("received_at"))
    }


@dataclass(frozen=True)
class RefusedLine:
    line: int
    #: (field, reason code)
    faults: tuple[tuple[str, str], ...]
    cells: Mapping[str, str]


# --- Features -----------------------------------------------------------------------------------------------------------

FEATURE_NAMES = tuple(feature.name for feature in features.FEATURES)


def feature_facts(enterprise_ids: Collection[int]) -> dict[int, dict[str, object]]:
    """The feature columns of each firm asked for; None means not known. A firm without a row knows nothing."""
    nothing: dict[str, object] = dict.fromkeys(FEATURE_NAMES)
    found: dict[int, dict[str, object]] = {pk: dict(nothing) for pk in enterprise_ids}
    for row in FeatureRow.objects.filter(pk__in=list(enterprise_ids)).values("enterprise_id", *FEATURE_NAMES):
        found[row.pop("enterprise_id")] = row
    return found


def features_beyond(item_codes: Collection[str]) -> frozenset[str]:
    """The feature columns that rest on an item under consent which is not among ``item_codes``."""
    covered = frozenset(item_codes)
    return frozenset(name for name in FeatureRow.sensitive if not features.BY_NAME[name].items <= covered)


def items_of_features(names: Collection[str]) -> frozenset[str]:
    """The items that features rest on; a name that is no feature rests on none."""
    return frozenset(item for name in names if name in features.BY_NAME for item in features.BY_NAME[name].items)


@cache
def _rank() -> dict[str, int]:
    return {
        level: place for place, level in enumerate((Sensitivity.PUBLIC, Sensitivity.AUTHORIZED, Sensitivity.INTERNAL))
    }


def feature_class(name: str) -> str:
    """How sensitive a feature is: as its most sensitive field; an item under consent makes its features so too."""
    known = schemas()
    levels = [known[item][field].level for item, field in features.BY_NAME[name].fields if item in known]
    levels += [known[item].sensitivity for item in features.BY_NAME[name].items if item in known]
    return max(levels, key=lambda level: _rank()[level], default=Sensitivity.PUBLIC)


# --- Batches ------------------------------------------------------------------------------------------------------------


def progress_key(batch_id: int) -> str:
    return f"credit:batch:{batch_id}"


def bytes_read(batch: Batch) -> int:
    """How far the reading of a waiting batch has come, as the worker last said."""
    return int(shared_cache.get(progress_key(batch.pk)) or 0)


def faults_by_reason(batch: Batch) -> list[tuple[str, str, int]]:
    """The faults of a batch as (reason code, field, number), most frequent first."""
    counted = Reject.objects.filter(batch=batch).values_list("reason", "field").annotate(number=Count("pk"))
    return list(counted.order_by("-number", "reason", "field"))


def refused_lines(batch: Batch) -> Iterator[RefusedLine]:
    """Each refused line once, with all its faults, in the order of the file; streamed."""
    faults = Reject.objects.filter(batch=batch).order_by("line", "pk").iterator(chunk_size=5000)
    for line, found in groupby(faults, key=lambda fault: fault.line):
        rejects = list(found)
        cells: Mapping[str, str] = next((reject.values for reject in rejects if reject.values), {})
        yield RefusedLine(line, tuple((reject.field, reject.reason) for reject in rejects), cells)
