"""A delivery from the door to the record store: received, checked, accepted or returned, and taken back."""

import uuid
from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from enterprises.credit import queries
from enterprises.credit.loading import acceptance, guards, refreshing, staging
from enterprises.credit.models import Batch, ItemVersion, Source, StagedRow
from enterprises.credit.rejections import Unreadable
from enterprises.credit.states import MOVES, BatchState
from portal.accounts.models import User
from portal.audit import actions as audit
from portal.refusals import Conflict, Refusal
from portal.transitions import move

#: Items whose figures decide the size class.
SIZE_ITEMS = frozenset({"MR_BASIC", "MR_ANNUAL", "SF_INSURED"})
#: Bytes between two words of progress.
TELL_EVERY = 4 * 2**20


class UnknownItemOrSource(Refusal):
    code = "unknown_item_or_source"
    message = _("没有这个信息项或数据来源，请对照目录核对代码。")


class AlreadyDelivered(Conflict):
    code = "file_already_delivered"
    message = _("该文件已报送，无需重复报送；内容有更正的，请报送更正后的文件。")


class NotRetractable(Conflict):
    code = "batch_not_retractable"
    message = _("只有已入库的批次可以撤回。")


# --- Receive ------------------------------------------------------------------------------------------------------------


def receive(
    *,
    item_code: str,
    source_code: str,
    file: BinaryIO,
    file_name: str,
    by: User | None,
    at: datetime,
    idempotency_key: str | None = None,
) -> Batch:
    """Keep a delivered file and open its batch, to be checked by the version of the item in force on this day. Sent again
    under the same key, the batch there is returned.
    """
    if idempotency_key and (earlier := Batch.objects.filter(idempotency_key=idempotency_key).first()):
        return earlier
    versions = ItemVersion.objects.in_force_on(timezone.localdate(at)).select_related("item")
    version = versions.filter(item_id=item_code).first()
    source = Source.objects.filter(code=source_code).first()
    if version is None or source is None:
        raise UnknownItemOrSource
    root = Path(settings.DELIVERY_ROOT)
    kept = guards.keep(file, file_name, root / f"{at:%Y%m}" / uuid.uuid4().hex)
    batch = Batch(
        item=version.item,
        item_version=version,
        source=source,
        file_name=Path(file_name).name[:200],
        stored_path=str(kept.path.relative_to(root)),
        sha256=kept.sha256,
        idempotency_key=idempotency_key or None,
        received_at=at,
        received_by=by,
    )
    try:
        with transaction.atomic():
            batch.save()
            audit.record("batch.receive", batch, by=by, at=at, facts={"file": batch.file_name, "sha256": batch.sha256})
    except IntegrityError as fault:
        kept.path.unlink(missing_ok=True)
        raise AlreadyDelivered from fault
    return batch


# --- Advance ------------------------------------------------------------------------------------------------------------


def advance(*, batch: Batch, by: User | None, at: datetime) -> Batch:
    """Bring a batch as far as it goes: check it, then accept or return it. Each step is one transaction, so that a
    process killed at any moment leaves the batch before or after a step, and the next call goes on from there.

    A batch that somebody else is advancing is left to them.
    """
    _check(batch.pk, by, at)
    _accept(batch.pk, by, at)
    batch.refresh_from_db()
    return batch


def _locked(batch_id: int) -> Batch | None:
    rows = Batch.objects.select_for_update(of=("self",), skip_locked=True)
    return rows.select_related("item_version__item__department").filter(pk=batch_id).first()


@transaction.atomic
def _check(batch_id: int, by: User | None, at: datetime) -> None:
    batch = _locked(batch_id)
    if batch is None or not _wants_check(batch):
        return
    schema = queries.schema_of(batch.item_version)
    try:
        with transaction.atomic():
            checked = staging.stage(
                batch=batch, schema=schema, path=_path(batch), day=timezone.localdate(at), progress=_teller(batch_id)
            )
    except (Unreadable, FileNotFoundError) as fault:
        _return(batch, str(fault if isinstance(fault, Unreadable) else Unreadable("lost")), by, at)
        return
    if batch.state == BatchState.CHECKED:
        return  # the server had lost the staged rows; they are there again
    counts = {"rows": checked.rows, "rows_bad": checked.bad}
    if checked.bad > checked.rows * batch.item_version.item.bad_share_limit:
        share = Decimal(checked.bad) * 100 / checked.rows
        _return(batch, str(Unreadable("too_many_bad", f"{share:.1f} %")), by, at, **counts)
        return
    move(batch, "check", table=MOVES, by=by, at=at, **counts)
    audit.record("batch.check", batch, by=by, at=at, facts=counts)


def _wants_check(batch: Batch) -> bool:
    """A batch just received, or one whose staged rows a crash of the server has emptied."""
    if batch.state == BatchState.CHECKED:
        return StagedRow.objects.filter(batch_id=batch.pk).count() != batch.rows - batch.rows_bad
    return batch.state == BatchState.RECEIVED


def _return(batch: Batch, reason: str, by: User | None, at: datetime, **counts: int) -> None:
    staging.forget(batch.pk)
    move(batch, "return", table=MOVES, by=by, at=at, return_reason=reason[:300], **_ended(batch), **counts)
    audit.record("batch.return", batch, by=by, at=at, facts={"reason": reason[:300], **counts})


@transaction.atomic
def _accept(batch_id: int, by: User | None, at: datetime) -> None:
    batch = _locked(batch_id)
    if batch is None or batch.state != BatchState.CHECKED or _wants_check(batch):
        return
    accepted = acceptance.accept(batch=batch, at=at)
    _refresh_touched(batch.item_id, at)
    staging.forget(batch.pk)
    counts = {
        "rows_new": accepted.new,
        "rows_changed": accepted.changed,
        "rows_same": accepted.same,
        "rows_withdrawn": accepted.withdrawn,
    }
    move(batch, "accept", table=MOVES, by=by, at=at, **_ended(batch), **counts)
    audit.record("batch.accept", batch, by=by, at=at, facts=counts)


def _refresh_touched(item_code: str, at: datetime) -> None:
    refreshing.refresh(scope=refreshing.TOUCHED, at=at, day=timezone.localdate(at), items=frozenset({item_code}))
    if item_code in SIZE_ITEMS:
        refreshing.grade_sizes(refreshing.TOUCHED)
    acceptance.forget_touched()


def _path(batch: Batch) -> Path:
    return Path(settings.DELIVERY_ROOT) / batch.stored_path


def _ended(batch: Batch) -> dict[str, str]:
    """The delivered file is not needed any more once the batch has ended for good."""
    transaction.on_commit(partial(_path(batch).unlink, missing_ok=True))
    cache.delete(queries.progress_key(batch.pk))
    return {"stored_path": ""}


# --- Progress -----------------------------------------------------------------------------------------------------------


def _teller(batch_id: int) -> staging.Progress:
    """Leave word of the bytes read so far where the pages see it: the transaction itself shows nothing until it ends."""
    told = 0

    def tell(done: int) -> None:
        nonlocal told
        if done - told >= TELL_EVERY:
            told = done
            cache.set(queries.progress_key(batch_id), done, timeout=600)

    return tell


# --- Retract ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def retract(*, batch: Batch, by: User | None, at: datetime) -> Batch:
    """Take an accepted batch back: its records leave force, what they had replaced returns, features follow."""
    batch = Batch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if not MOVES.allows("retract", batch.state):
        raise NotRetractable
    taken = acceptance.retract(batch=batch, at=at)
    _refresh_touched(batch.item_id, at)
    move(batch, "retract", table=MOVES, by=by, at=at)
    audit.record("batch.retract", batch, by=by, at=at, facts={"records": taken})
    return batch


def note_download(*, batch: Batch, by: User, at: datetime) -> None:
    """The refused lines leave the house as delivered: who took them is on record."""
    audit.record("batch.rejects_download", batch, by=by, at=at, facts={"rows_bad": batch.rows_bad})
