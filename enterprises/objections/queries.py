"""Remedies, read."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from enterprises.credit import queries as credit
from enterprises.credit.queries import RecordRow
from enterprises.objections import rules
from enterprises.objections.models import Objection, Repair


def record_of(*, enterprise_id: int, item_code: str, record_id: int) -> RecordRow | None:
    """The record in force that a remedy is about, if it is the firm's."""
    rows = credit.records_in_force(enterprise_id=enterprise_id, item_codes=[item_code])
    return next((row for row in rows if row.record_id == record_id), None)


def item_name(code: str) -> str:
    if code == rules.LOOK:
        return _("查询记录")
    schema = credit.schemas([code]).get(code)
    return schema.name if schema else code


@dataclass(frozen=True)
class Filed:
    """A remedy with the name of its item."""

    remedy: Objection | Repair
    item_name: str


def of_firm(enterprise_id: int) -> tuple[list[Filed], list[Filed]]:
    """A firm's objections and repairs, newest first."""
    names = {code: schema.name for code, schema in credit.schemas().items()} | {rules.LOOK: item_name(rules.LOOK)}
    objections = Objection.objects.filter(enterprise_id=enterprise_id).order_by("-pk")
    repairs = Repair.objects.filter(enterprise_id=enterprise_id).order_by("-pk")
    return (
        [Filed(remedy, names.get(remedy.item_code, remedy.item_code)) for remedy in objections],
        [Filed(remedy, names.get(remedy.item_code, remedy.item_code)) for remedy in repairs],
    )
