"""Single facts and what is derived from all of them."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from psycopg.sql import SQL, Literal

from enterprises.credit.loading import acceptance, conflicts, refreshing
from enterprises.credit.models import CreditRecord, Item
from portal.accounts.models import User
from portal.audit import actions as audit
from portal.refusals import Conflict


class NoSuchRecord(Conflict):
    code = "no_such_record"
    message = _("该记录不存在，或已被更正、撤销，请刷新页面查看最新内容。")


@transaction.atomic
def withdraw_record(*, item_code: str, record_id: int, reason: str, by: User | None, at: datetime) -> CreditRecord:
    """Take one record out of force, because an objection or a repair was upheld; the firm's features follow.

    The withdrawal is a row of its own that keeps what it withdraws. The same content delivered again stays withdrawn.
    """
    acceptance.wait_turn()
    row = CreditRecord.objects.in_force().select_for_update().filter(item_code=item_code, id=record_id).first()
    if row is None:
        raise NoSuchRecord
    CreditRecord.objects.filter(item_code=item_code, id=record_id).update(superseded_at=at)
    with connection.cursor() as cursor:
        cursor.execute(_WITHDRAW, {"item": item_code, "old": record_id, "at": at, "reason": reason})
        (new_id,) = cursor.fetchone()
    firms = _review(row, at)
    follow(firms, item_code, at)
    audit.record(
        "record.withdraw",
        Item.objects.get(pk=item_code),
        by=by,
        at=at,
        enterprise_id=row.enterprise_id,
        facts={"record": record_id, "withdrawal": new_id},
    )
    return CreditRecord.objects.get(item_code=item_code, id=new_id)


def _review(row: CreditRecord, at: datetime) -> set[int]:
    """Judge anew whether sources disagree on the fact; return the firms whose reading may have changed."""
    keys = SQL("SELECT {}::text").format(Literal(row.natural_key))
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE touched (enterprise_id bigint) ON COMMIT DROP")
        conflicts.review(item_code=row.item_code, keys=keys, at=at)
        cursor.execute("SELECT enterprise_id FROM touched")
        found = {enterprise_id for (enterprise_id,) in cursor.fetchall()}
    acceptance.forget_touched()
    return found | {row.enterprise_id}


def follow(enterprise_ids: Collection[int], item_code: str, at: datetime) -> None:
    """Bring the features and the size classes of these firms up to date after one of their facts has changed."""
    scope = refreshing.firms(enterprise_ids)
    refreshing.refresh(scope=scope, at=at, day=timezone.localdate(at), items=frozenset({item_code}))
    refreshing.grade_sizes(scope)


@transaction.atomic
def refresh_features(*, enterprise_ids: Collection[int] | None, at: datetime) -> int:
    """Compute the feature rows and size classes of these firms, or of all, anew; return how many firms."""
    acceptance.wait_turn()
    scope = refreshing.firms(enterprise_ids)
    done = refreshing.refresh(scope=scope, at=at, day=timezone.localdate(at))
    refreshing.grade_sizes(scope)
    return done


_WITHDRAW = """
INSERT INTO credit_record (item_code, enterprise_id, item_version, source_id, batch_id, natural_key, payload,
                           payload_digest, occurred_on, received_at, supersedes, is_withdrawal, note)
SELECT item_code, enterprise_id, item_version, source_id, NULL, natural_key, payload, payload_digest, occurred_on,
       %(at)s, id, true, %(reason)s
FROM credit_record WHERE item_code = %(item)s AND id = %(old)s
RETURNING id
"""
