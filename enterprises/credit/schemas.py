"""What the rows of an item look like: read from the catalogue, used by reading, checking, showing and masking."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

TYPE = re.compile(
    r"(?P<kind>code18|code15|code6|code4|code|string|text|decimal|integer|boolean|date|ym|enum_multi|enum|json)"
    r"(?:\((?P<first>\d+)(?:,(?P<second>\d+))?\))?"
)
NUMBERS = frozenset({"decimal", "integer"})
#: Columns every delivery may carry beside the item's own; only ``op_type`` is used, the rest is the station's to know.
COMMON_FIELDS = {
    "record_id": "记录唯一标识",
    "batch_no": "报送批次号",
    "op_type": "操作类型",
    "supplier_org_uscc": "报送单位统一社会信用代码",
    "supplier_region": "报送单位行政区划",
    "occur_date": "业务发生日期",
    "report_time": "报送时间",
    "quality_flag": "校验结果",
}
OPERATION = "op_type"
#: What sealed cells are sealed for, completed by the name of the field.
SEALED_FOR = "credit"


class SchemaFault(ValueError):
    """A schema that cannot be used: an unknown type, a key that is no field."""


@dataclass(frozen=True)
class FieldSchema:
    name: str
    label: str
    type: str
    required: bool
    level: str
    unit: str = ""
    choices: tuple[str, ...] = ()
    note: str = ""
    #: May not lie after the day of checking.
    is_past: bool = False
    #: May not lie before the firm was founded.
    after_founding: bool = False
    #: Another field of the row that this one may not precede.
    not_before: str = ""
    #: Another number of the row that this one may not exceed.
    at_most: str = ""
    #: Another field of the row: where it holds one of ``required_values``, this one may not be empty.
    required_if: str = ""
    required_values: tuple[str, ...] = ()
    #: A regular expression that the whole cell matches.
    pattern: str = ""
    is_signed: bool = False
    minimum: int | None = None
    maximum: int | None = None
    #: A person's document number: turned into a keyed digest while the file is read.
    is_secret: bool = False
    #: A personal phone or account number: sealed while the file is read, opened by the gate alone (portal/ciphers.py).
    is_sealed: bool = False

    @property
    def kind(self) -> str:
        return self._parts[0]

    @property
    def length(self) -> int:
        """Characters of a string, digits of a number."""
        return self._parts[1]

    @property
    def scale(self) -> int:
        return self._parts[2]

    @cached_property
    def _parts(self) -> tuple[str, int, int]:
        match = TYPE.fullmatch(self.type)
        if match is None:
            raise SchemaFault(f"{self.name}: unknown type {self.type}")
        return match["kind"], int(match["first"] or 0), int(match["second"] or 0)

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "FieldSchema":
        known = {name: row[name] for name in cls.__dataclass_fields__ if name in row}
        several = {name: tuple(row.get(name, ())) for name in ("choices", "required_values")}
        return cls(**known | several)

    def as_row(self) -> dict[str, Any]:
        """The row it was read from, without what says nothing."""
        kept = {"name", "label", "type", "required", "level"}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name in self.__dataclass_fields__
            if (value := getattr(self, name)) not in ("", (), None, False) or name in kept
        }


@dataclass(frozen=True)
class ItemSchema:
    code: str
    version: int
    name: str
    category: str
    department: str
    sensitivity: str
    modes: tuple[str, ...]
    frequency: str
    fresh_days: int
    natural_key: tuple[str, ...]
    uscc_field: str
    occurred_field: str
    fields: tuple[FieldSchema, ...]
    in_force_from: date

    def __post_init__(self) -> None:
        """A schema that names what it does not have is refused before anything is built on it."""
        names = [field.name for field in self.fields]
        missing = {*self.natural_key, self.uscc_field, self.occurred_field} - {"", *names}
        if missing or len(set(names)) != len(names):
            raise SchemaFault(f"{self.code}: not a field, or twice a field: {', '.join(sorted(missing or names))}")
        for field in self.fields:
            if not TYPE.fullmatch(field.type):
                raise SchemaFault(f"{self.code}: {field.name} has the unknown type {field.type}")
            for other in (field.not_before, field.at_most, field.required_if):
                if other and other not in names:
                    raise SchemaFault(f"{self.code}: {field.name} is compared to the unknown {other}")

    @cached_property
    def by_name(self) -> dict[str, FieldSchema]:
        return {field.name: field for field in self.fields}

    def __getitem__(self, name: str) -> FieldSchema:
        return self.by_name[name]
