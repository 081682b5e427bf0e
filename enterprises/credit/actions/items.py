"""Keep the catalogue: a new item, a new version of one, what is said of an item beside its fields. No deployment needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import DataError, connection, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from enterprises.credit import features, queries
from enterprises.credit.actions.catalogue import announce
from enterprises.credit.models import Department, Item, ItemVersion
from enterprises.credit.schemas import FieldSchema, ItemSchema, SchemaFault
from portal.accounts.models import User
from portal.audit import actions as audit
from portal.refusals import Conflict, Refusal

_A_DAY = timedelta(days=1)


class CodeTaken(Conflict):
    code = "item_code_taken"
    message = _("已有这个代码的信息项，请换一个代码，或为原信息项发布新版本。")


class SchemaUnsound(Refusal):
    code = "schema_unsound"
    message = _("字段表不能使用，请按提示修改。")


class TooEarly(Refusal):
    code = "version_too_early"

    def __init__(self, first: date) -> None:
        super().__init__(_("生效日期不能早于 %(day)s，请改为当日或以后。") % {"day": first.isoformat()})


@dataclass(frozen=True)
class ItemFacts:
    """What an item is beside its fields."""

    sequence: int
    category_code: str
    category: str
    name: str
    department: Department
    modes: Sequence[str]
    frequency: str
    fresh_days: int
    sensitivity: str
    bad_share_limit: Decimal
    is_declarable: bool


@dataclass(frozen=True)
class Shape:
    """What the rows of a version look like."""

    fields: Sequence[Mapping[str, Any]]
    natural_key: Sequence[str]
    uscc_field: str
    occurred_field: str


@transaction.atomic
def add_item(*, code: str, facts: ItemFacts, shape: Shape, in_force_from: date, by: User, at: datetime) -> Item:
    """Bring a new item into the catalogue, with its first version and a table of its own for its records."""
    if Item.objects.filter(pk=code).exists():
        raise CodeTaken
    _refuse_before(in_force_from, timezone.localdate(at))
    item = Item(code=code, **_columns(facts))
    version = _version(item, 1, shape, in_force_from)
    check_shape(version, previous=None)
    item.save(force_insert=True)
    version.save()
    with connection.cursor() as cursor:
        cursor.execute("SELECT credit_add_partition(%s)", [code])
    audit.record("item.add", item, by=by, at=at, facts={"in_force_from": in_force_from})
    announce(at=at)
    return item


@transaction.atomic
def revise_item(*, item: Item, shape: Shape, in_force_from: date, by: User, at: datetime) -> ItemVersion:
    """Publish a new version: it takes force on its day, and the one before ends with the day before."""
    Item.objects.select_for_update(of=("self",)).get(pk=item.pk)
    previous = ItemVersion.objects.select_related("item__department").get(item=item, in_force_until=None)
    _refuse_before(in_force_from, max(timezone.localdate(at), previous.in_force_from) + _A_DAY)
    version = _version(item, previous.number + 1, shape, in_force_from)
    check_shape(version, previous=previous)
    previous.in_force_until = in_force_from
    previous.save(update_fields=["in_force_until"])
    version.save()
    audit.record("item.revise", item, by=by, at=at, facts={"version": version.number, "in_force_from": in_force_from})
    announce(at=at)
    return version


@transaction.atomic
def change_item(*, item: Item, facts: ItemFacts, by: User, at: datetime) -> Item:
    """Change what is said of an item beside its fields; in force at once."""
    item = Item.objects.select_for_update(of=("self",)).get(pk=item.pk)
    changed = {name: value for name, value in _columns(facts).items() if getattr(item, name) != value}
    for name, value in changed.items():
        setattr(item, name, value)
    _refuse_open_key(item, ItemVersion.objects.get(item=item, in_force_until=None))
    item.save(update_fields=list(changed))
    audit.record("item.change", item, by=by, at=at, facts={name: str(value) for name, value in changed.items()})
    announce(at=at)
    return item


# --- What may not be said -----------------------------------------------------------------------------------------------


def check_shape(version: ItemVersion, *, previous: ItemVersion | None) -> ItemSchema:
    """The schema of a draft. Refuses one that could not be used, or that would break what rests on the item."""
    try:
        schema = queries.schema_of(version)
    except SchemaFault as fault:
        raise SchemaUnsound(_now("字段表不能使用：%(why)s") % {"why": fault}) from fault
    _refuse_open_key(version.item, version)
    for field in schema.fields:
        _refuse_field(schema, field)
    if previous is not None:
        _refuse_broken(schema, queries.schema_of(previous))
    return schema


def _refuse_field(schema: ItemSchema, field: FieldSchema) -> None:
    kinds = {
        _("“不早于”只能用于日期或年月，并与日期或年月比较：%(field)s"): ("not_before", {"date", "ym"}),
        _("“不大于”只能用于数字，并与数字比较：%(field)s"): ("at_most", {"decimal", "integer"}),
    }
    for sentence, (rule, allowed) in kinds.items():
        other = getattr(field, rule)
        if other and not {field.kind, schema[other].kind} <= allowed:
            raise _unsound(sentence, field)
    if field.kind in {"enum", "enum_multi"} and not field.choices:
        raise _unsound(_("枚举字段应列出取值：%(field)s"), field)
    if field.required_if and not field.required_values:
        raise _unsound(_("条件必填应写明取值：%(field)s"), field)
    if field.name == schema.uscc_field and not (field.required and field.kind == "code18"):
        raise _unsound(_("主体代码字段应为 code18 类型且必填：%(field)s"), field)
    if field.pattern and not _is_pattern(field.pattern):
        raise _unsound(_("正则表达式不能使用：%(field)s"), field)


def _unsound(sentence: str | Promise, field: FieldSchema) -> SchemaUnsound:
    return SchemaUnsound(str(sentence) % {"field": field.label or field.name})


def _is_pattern(pattern: str) -> bool:
    """Whether the database, which will match it, understands it."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT '' ~ %s", [f"^(?:{pattern})$"])
    except DataError:
        return False
    return True


def _refuse_broken(schema: ItemSchema, previous: ItemSchema) -> None:
    """Keys stay, because records are told apart by them; a field that features rest on stays what it is."""
    if (schema.natural_key, schema.uscc_field) != (previous.natural_key, previous.uscc_field):
        raise SchemaUnsound(_("主键和主体代码字段不能改变；需要改变的，请新建信息项。"))
    if [schema[name].type for name in schema.natural_key] != [previous[name].type for name in schema.natural_key]:
        raise SchemaUnsound(_("主键字段的类型不能改变；需要改变的，请新建信息项。"))
    used = {name for feature in features.FEATURES for item, name in feature.fields if item == schema.code}
    broken = [
        previous[name].label
        for name in sorted(used)
        if name in previous.by_name and (name not in schema.by_name or schema[name].kind != previous[name].kind)
    ]
    if broken:
        raise SchemaUnsound(
            _now("以下字段被信用特征使用，不能删除或改变类型：%(fields)s") % {"fields": "、".join(broken)}
        )


def _refuse_open_key(item: Item, version: ItemVersion) -> None:
    """What firms state themselves lies in one source: only a key with the firm's code keeps them apart. Numbers of people
    and accounts are not asked for that way.
    """
    if not item.is_declarable:
        return
    if version.uscc_field not in version.natural_key:
        raise SchemaUnsound(_("主键不含主体代码的信息项不能自愿填报。"))
    if any(row.get("is_secret") or row.get("is_sealed") for row in version.fields):
        raise SchemaUnsound(_("含有证件号码、账号等加密字段的信息项不能自愿填报。"))


def _refuse_before(day: date, first: date) -> None:
    if day < first:
        raise TooEarly(first)


# --- Inside -------------------------------------------------------------------------------------------------------------


def _columns(facts: ItemFacts) -> dict[str, Any]:
    return {name: getattr(facts, name) for name in ItemFacts.__dataclass_fields__} | {"modes": list(facts.modes)}


def _version(item: Item, number: int, shape: Shape, day: date) -> ItemVersion:
    return ItemVersion(
        item=item,
        number=number,
        fields=[FieldSchema.of(row).as_row() for row in shape.fields],
        natural_key=list(shape.natural_key),
        uscc_field=shape.uscc_field,
        occurred_field=shape.occurred_field,
        in_force_from=day,
    )
