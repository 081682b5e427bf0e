"""What tests of the enterprises' room share."""

import json
from typing import Any

import pytest

from enterprises.consent.actions import load_purposes
from enterprises.credit.actions import catalogue as credit
from enterprises.credit.models import Department, Item, ItemVersion, Source
from enterprises.evaluation.actions import load_scorecards
from tests.factories import LONG_AGO


@pytest.fixture
def catalogue(db: None) -> None:
    """The items and their schemas, the purposes of a consent, the scorecards in force.

    The items' rows are laid down in four inserts, without the partitions that only large tables need.
    """
    facts: dict[str, Any] = json.loads(credit.FACTS.read_text(encoding="utf-8"))
    departments = {
        row["code"]: Department(code=row["code"], name=row["name"], former_names=row["former_names"])
        for row in facts["departments"]
    }
    Department.objects.bulk_create(departments.values())
    Source.objects.bulk_create(_source(row, departments) for row in facts["sources"])
    Item.objects.bulk_create(_item(row, departments) for row in facts["items"])
    ItemVersion.objects.bulk_create(_version(row, facts["in_force_from"]) for row in facts["items"])
    credit.forget_schemas()
    load_purposes()
    load_scorecards(by=None, at=LONG_AGO)


def _source(row: dict[str, Any], departments: dict[str, Department]) -> Source:
    plain = {name: row[name] for name in ("code", "name", "level", "precedence")}
    return Source(department=departments[row["department"]], region_code=row["region"], **plain)


def _item(row: dict[str, Any], departments: dict[str, Department]) -> Item:
    names = ("code", "sequence", "category_code", "category", "name", "modes", "frequency", "fresh_days", "sensitivity")
    return Item(department=departments[row["department"]], **{name: row[name] for name in names})


def _version(row: dict[str, Any], day: str) -> ItemVersion:
    names = ("fields", "natural_key", "uscc_field", "occurred_field")
    return ItemVersion(item_id=row["code"], number=1, in_force_from=day, **{name: row[name] for name in names})
