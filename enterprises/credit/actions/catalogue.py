"""Bring the catalogue (信息共享目录) of the facts file into the database; what staff have changed since stays."""

import json
import uuid
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.cache import cache
from django.db import connection, transaction

from enterprises.credit import queries
from enterprises.credit.models import Department, Item, ItemVersion, Sensitivity, Source
from institutions.products.actions import publish_items
from institutions.products.models import AskableItem
from portal.accounts.models import User
from portal.audit import actions as audit

FACTS = Path(__file__).resolve().parent.parent / "facts" / "catalogue.json"


@transaction.atomic
def load_catalogue(*, by: User | None, at: datetime) -> list[Item]:
    """Departments, sources, items and their first versions. Repeatable: an item that is there is left as it is.

    Returns the items that were new.
    """
    facts = json.loads(FACTS.read_text(encoding="utf-8"))
    departments = {row["code"]: _department(row) for row in facts["departments"]}
    for row in facts["sources"]:
        _source(row, departments)
    known = set(Item.objects.values_list("pk", flat=True))
    new = [_item(row, departments) for row in facts["items"] if row["code"] not in known]
    rows = {row["code"]: row for row in facts["items"]}
    for item in new:
        version = _first_version(item, rows[item.code], date.fromisoformat(facts["in_force_from"]))
        queries.schema_of(version)  # raises SchemaFault on a schema that could not be used
        with connection.cursor() as cursor:
            cursor.execute("SELECT credit_add_partition(%s)", [item.code])
        audit.record("item.load", item, by=by, at=at, facts={"version": version.number})
    announce(at=at)
    return new


def announce(*, at: datetime) -> None:
    """Tell everybody that the catalogue has changed: products what they may ask for, processes to read it anew."""
    publish_items(items=_askable(), at=at)
    transaction.on_commit(forget_schemas)


def _askable() -> list[AskableItem]:
    """What a product may ask for, handed down to the room of the institutions: everything that may be shared at all."""
    return [
        AskableItem(
            code=item.code,
            sequence=item.sequence,
            category=item.category,
            name=item.name,
            needs_consent=item.sensitivity == Sensitivity.AUTHORIZED,
        )
        for item in Item.objects.exclude(sensitivity=Sensitivity.INTERNAL)
    ]


def forget_schemas() -> None:
    """Make every process read the catalogue anew."""
    cache.set(queries.STAMP, str(uuid.uuid4()), timeout=None)


def _department(row: dict[str, Any]) -> Department:
    department, _ = Department.objects.get_or_create(
        code=row["code"], defaults={"name": row["name"], "former_names": row["former_names"]}
    )
    return department


def _source(row: dict[str, Any], departments: dict[str, Department]) -> None:
    Source.objects.get_or_create(
        code=row["code"],
        defaults={
            "name": row["name"],
            "department": departments[row["department"]],
            "level": row["level"],
            "region_code": row["region"],
            "precedence": row["precedence"],
        },
    )


def _item(row: dict[str, Any], departments: dict[str, Department]) -> Item:
    plain = ("code", "sequence", "category_code", "category", "name", "modes", "frequency", "fresh_days", "sensitivity")
    return Item.objects.create(
        department=departments[row["department"]],
        is_declarable=row.get("is_declarable", False),
        **{name: row[name] for name in plain},
    )


def _first_version(item: Item, row: dict[str, Any], day: date) -> ItemVersion:
    return ItemVersion.objects.create(
        item=item,
        number=1,
        fields=row["fields"],
        natural_key=row["natural_key"],
        uscc_field=row["uscc_field"],
        occurred_field=row["occurred_field"],
        in_force_from=day,
    )
