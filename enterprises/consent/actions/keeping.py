"""Letters, purposes and their bounds, grades under consent, marks of dispute."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from enterprises.consent import queries, signing
from enterprises.consent.actions.granting import GRADED_PURPOSE, grade
from enterprises.consent.models import Authorization, DisputedRecord, FairUse, Purpose
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.audit import actions as audit
from portal.documents import actions as documents
from portal.documents.models import DocumentKind, IssuedDocument
from portal.refusals import Conflict, NotPermitted, Refusal

PURPOSES: Final = Path(__file__).parents[1] / "facts" / "purposes.json"
BOUNDS: Final = ("max_days", "max_uses", "max_data_months", "max_data_life", "max_mode")


class BoundTooSmall(Refusal):
    code = "bound_too_small"
    message = _("上限至少为 1，次数和留存期须选择单位，且至少填写一项上限。请重新填写。")


class BoundExists(Conflict):
    code = "bound_exists"
    message = _("这种用途、机构、方式和信息项的上限已经有一行，请修改那一行。")


def letter(*, authorization: Authorization, by: User, at: datetime) -> IssuedDocument:
    """The letter of a signed consent: issued once, the same file ever after."""
    issued = IssuedDocument.objects.filter(
        kind=DocumentKind.AUTHORIZATION, subject_kind=authorization._meta.label_lower, subject_id=str(authorization.pk)
    ).first()
    if issued is not None:
        return issued
    return documents.issue(
        kind=DocumentKind.AUTHORIZATION,
        title=_now("信用信息查询授权书"),
        template="enterprises/consent/letter.html",
        template_version=authorization.template_version,
        context={
            "authorization": authorization,
            "items": queries.asked_items(authorization),
            "scheme": signing.scheme_in_words(authorization.signature_scheme),
        },
        subject=authorization,
        enterprise_id=authorization.enterprise_id,
        valid_until=timezone.localtime(authorization.ends_at).date(),
        by=by,
        at=at,
    )


@transaction.atomic
def set_fair_use(*, row: FairUse, by: User, at: datetime, **values: Any) -> FairUse:
    """Lay down or change one row of bounds. Consents already signed keep their terms; history keeps the row as it was."""
    if not by.may(Permission.ACCESS_WATCH):
        raise NotPermitted
    for name, value in values.items():
        setattr(row, name, value)
    _check_row(row)
    key = {name: getattr(row, name) for name in ("purpose", "institution", "fetch_kind", "item_code")}
    if FairUse.objects.select_for_update(of=("self",)).filter(**_nulls(key)).exclude(pk=row.pk).exists():
        raise BoundExists
    row.save()
    said = {name: getattr(row, name) for name in (*BOUNDS, "uses_unit", "data_life_unit")}
    audit.record("fair_use.set", row, by=by, at=at, facts={**said, "item_code": row.item_code})
    return row


def _nulls(key: dict[str, Any]) -> dict[str, Any]:
    return {
        name if value is not None else f"{name}__isnull": True if value is None else value
        for name, value in key.items()
    }


def _check_row(row: FairUse) -> None:
    numbers = [row.max_days, row.max_uses, row.max_data_months, row.max_data_life]
    if any(number is not None and number < 1 for number in numbers):
        raise BoundTooSmall
    if (row.max_uses is None) != (not row.uses_unit) or (row.max_data_life is None) != (not row.data_life_unit):
        raise BoundTooSmall
    if not row.max_mode and all(number is None for number in numbers):
        raise BoundTooSmall


@transaction.atomic
def load_purposes() -> int:
    """The purposes that come with the station; bounds that staff have set stay as they are."""
    facts = json.loads(PURPOSES.read_text(encoding="utf-8"))
    made = sum(Purpose.objects.get_or_create(code=entry["code"], defaults=entry)[1] for entry in facts["purposes"])
    purposes = {purpose.code: purpose for purpose in Purpose.objects.all()}
    for entry in facts["fair_use"]:
        key = {"purpose": purposes[entry.pop("purpose")], "institution": None}
        key |= {name: entry.pop(name) for name in ("fetch_kind", "item_code")}
        FairUse.objects.get_or_create(**_nulls(key), defaults={**key, **entry})
    return made


@transaction.atomic
def regrade(*, enterprise_id: int, at: datetime) -> int:
    """Make anew the grade under every live consent of a firm, after its records have changed."""
    rows = Authorization.objects.select_for_update(of=("self",), no_key=True).select_related("enterprise")
    graded = rows.filter(queries.live(at), enterprise_id=enterprise_id, purpose__code=GRADED_PURPOSE)
    for authorization in graded.prefetch_related("items").order_by("pk"):
        grade(authorization, at)
    return len(graded)


def mark_disputed(*, enterprise_id: int, item_code: str, record_id: int, at: datetime) -> None:
    """From now on every file shows this record as under objection."""
    DisputedRecord.objects.get_or_create(
        item_code=item_code,
        record_id=record_id,
        lifted_at=None,
        defaults={"enterprise_id": enterprise_id, "marked_at": at},
    )


def lift_mark(*, item_code: str, record_id: int, at: datetime) -> None:
    DisputedRecord.objects.filter(item_code=item_code, record_id=record_id, lifted_at=None).update(lifted_at=at)
