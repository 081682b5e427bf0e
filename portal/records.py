"""What every table shares: declared sensitivity, money columns, and refusal to change what must not change."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import pgtrigger
from django.db import models

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Record(models.Model):
    """Base of every model. ``sensitive`` names the fields with personal or confidential content (may be empty)."""

    sensitive: ClassVar[frozenset[str]]
    #: Rows are only ever inserted; the database refuses the rest to everybody (trigger) and to the serving role (grants).
    append_only: ClassVar[bool] = False
    #: JSON columns whose values may be sealed texts, and the purpose they are sealed for (completed by the value's key).
    sealed_json: ClassVar[Mapping[str, str]] = {}

    class Meta:
        abstract = True


def append_only_trigger() -> pgtrigger.Protect:
    """For ``Meta.triggers`` of an append-only model."""
    return pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)


def MoneyField(label: "str | _StrPromise" = "", **options: Any) -> "models.DecimalField[Any, Any]":  # noqa: N802 - reads as a field
    """Yuan, to the fen."""
    return models.DecimalField(label, max_digits=18, decimal_places=2, **options)


def RateField(label: "str | _StrPromise" = "", **options: Any) -> "models.DecimalField[Any, Any]":  # noqa: N802 - reads as a field
    """A fraction: 0.043500 is 4.35 %."""
    return models.DecimalField(label, max_digits=9, decimal_places=6, **options)
