"""The schema of an item compiled to SQL: for each cell, the first fault or NULL, and the value it becomes.

The delivered rows lie in a temporary table ``d`` whose columns are text, named ``v_<field>``; ``e`` is the firm with
the row's code. Everything that comes from a schema enters the statement as a quoted literal or identifier.
"""

from collections.abc import Callable
from datetime import date
from functools import reduce

from psycopg.sql import SQL, Composable, Identifier, Literal

from enterprises.credit.schemas import FieldSchema, ItemSchema
from portal import industries, regions

#: The item that brings firms into the registry: its rows need no firm to refer to.
REGISTRY_ITEM = "MR_BASIC"
KEY_SEPARATOR = "\x1f"
MAX_TEXT = 20_000
DATE = r"^[0-9]{4}(-[0-9]{1,2}-[0-9]{1,2}|/[0-9]{1,2}/[0-9]{1,2}|[0-9]{4})$"
MONTH = r"^(19|20)[0-9]{2}-?(0[1-9]|1[0-2])$"
YES, NO = ("是", "true", "1", "y", "yes"), ("否", "false", "0", "n", "no")
KNOWN_REGIONS = tuple(
    sorted({c for c, r in regions.REGIONS.items() if r.level in ("city", "county")} | regions.WITHDRAWN)
)
DIVISIONS = tuple(sorted(code for code in industries.INDUSTRIES if code.isdigit()))

NULL = SQL("NULL")
Case = tuple[Composable, str | Composable]
FaultsOfKind = Callable[[FieldSchema, Composable], list[Case]]


def column(name: str) -> Composable:
    return SQL("d.{}").format(Identifier(f"v_{name}"))


def case(*branches: Case) -> Composable:
    """``CASE WHEN … THEN 'code' … END``; branches are judged in order, so a later one may cast what an earlier one checked."""
    whens = [
        SQL("WHEN {} THEN {}").format(condition, Literal(result) if isinstance(result, str) else result)
        for condition, result in branches
    ]
    return SQL("CASE {} END").format(SQL(" ").join(whens))


# --- Faults -------------------------------------------------------------------------------------------------------------


def fault_of(field: FieldSchema, schema: ItemSchema, day: date) -> Composable:
    """The code of the first fault of one cell, or NULL."""
    cell = column(field.name)
    branches: list[Case] = [(SQL("{} IS NULL").format(cell), _when_empty(field, schema))]
    if field.name == schema.uscc_field:
        branches.append((SQL("e.id IS NULL"), _unknown_firm(cell, schema)))
    else:
        branches += FAULTS[field.kind](field, cell)
    if field.pattern:
        branches.append((SQL("{} !~ {}").format(cell, Literal(f"^(?:{field.pattern})$")), "bad_pattern"))
    if field.kind in ("date", "ym"):
        branches += _time_faults(field, schema, cell, day)
    if field.at_most:
        more = SQL("{}::numeric > {}::numeric").format(cell, column(field.at_most))
        branches.append((_where_sound(schema[field.at_most], more), "over_other"))
    return case(*branches)


def _when_empty(field: FieldSchema, schema: ItemSchema) -> Composable:
    if field.name in schema.natural_key or field.name == schema.uscc_field:
        return Literal("required") if field.required else NULL
    if field.required:
        return SQL("CASE WHEN d.is_withdrawal IS NOT TRUE THEN 'required' END")
    if field.required_if:
        asks = _holds_one_of(schema[field.required_if], field.required_values)
        return SQL("CASE WHEN d.is_withdrawal IS NOT TRUE AND {} THEN 'required_here' END").format(asks)
    return NULL


def _holds_one_of(field: FieldSchema, values: tuple[str, ...]) -> Composable:
    cell = column(field.name)
    if field.kind == "enum_multi":
        return SQL("{} && {}").format(_several(cell), Literal(list(values)))
    if field.kind == "boolean":
        values = tuple(word for words in (YES, NO) if words[0] in values for word in words)
    return SQL("lower({}) = ANY({})").format(cell, Literal([value.lower() for value in values]))


def _where_sound(other: FieldSchema, condition: Composable) -> Composable:
    """``condition`` casts another cell of the row: it is judged only where that cell is sound itself."""
    is_sound = SQL("{} IS NULL").format(case(*FAULTS[other.kind](other, column(other.name))))
    return case((is_sound, condition))


def _unknown_firm(cell: Composable, schema: ItemSchema) -> Composable:
    """A code that the registry knows needs no check digits; one it does not know is wrong or new."""
    wrong = SQL("'uscc_' || credit_uscc_fault(upper({}))").format(cell)
    return wrong if schema.code == REGISTRY_ITEM else SQL("coalesce({}, 'unknown_firm')").format(wrong)


def _code18(field: FieldSchema, cell: Composable) -> list[Case]:
    fault = SQL("credit_uscc_fault(upper({}))").format(cell)
    return [(SQL("{} IS NOT NULL").format(fault), SQL("'uscc_' || {}").format(fault))]


def _pattern(pattern: str) -> FaultsOfKind:
    return lambda field, cell: [(SQL("{} !~ {}").format(cell, Literal(pattern)), "bad_pattern")]


def _region(field: FieldSchema, cell: Composable) -> list[Case]:
    return [(SQL("NOT {} = ANY({})").format(cell, Literal(list(KNOWN_REGIONS))), "unknown_region")]


def _industry(field: FieldSchema, cell: Composable) -> list[Case]:
    known = SQL("{0} ~ '^[0-9]{{2,4}}$' AND left({0}, 2) = ANY({1})").format(cell, Literal(list(DIVISIONS)))
    return [(SQL("NOT ({})").format(known), "unknown_industry")]


def _string(field: FieldSchema, cell: Composable) -> list[Case]:
    if field.is_secret:
        return [(SQL("length({}) <> 64").format(cell), "not_a_document_number")]
    if field.is_sealed:
        return [(SQL("NOT credit_is_sealed({})").format(cell), "too_long")]
    return [(SQL("length({}) > {}").format(cell, Literal(field.length or MAX_TEXT)), "too_long")]


def _number(field: FieldSchema, cell: Composable) -> list[Case]:
    whole = max(field.length - field.scale, 1) if field.kind == "decimal" else 9
    fraction = rf"(\.[0-9]{{1,{field.scale}}}0*)?" if field.scale else r"(\.0*)?"
    sized = rf"^-?[0-9]{{1,{whole}}}{fraction}$"
    shape = case((SQL("{} ~ '^-?[0-9]+(\\.[0-9]+)?$'").format(cell), "number_size"), (SQL("true"), "not_a_number"))
    branches: list[Case] = [(SQL("{} !~ {}").format(cell, Literal(sized)), shape)]
    if not field.is_signed:
        branches.append((SQL("left({}, 1) = '-'").format(cell), "negative"))
    if field.minimum is not None:
        branches.append((SQL("{}::numeric < {}").format(cell, Literal(field.minimum)), "out_of_range"))
    if field.maximum is not None:
        branches.append((SQL("{}::numeric > {}").format(cell, Literal(field.maximum)), "out_of_range"))
    return branches


def _one_of(field: FieldSchema, cell: Composable) -> list[Case]:
    return [(SQL("NOT {} = ANY({})").format(cell, Literal(list(field.choices))), "not_in_list")]


def _some_of(field: FieldSchema, cell: Composable) -> list[Case]:
    return [(SQL("NOT {} <@ {}").format(_several(cell), Literal(list(field.choices))), "not_in_list")]


def _several(cell: Composable) -> Composable:
    return SQL("string_to_array(regexp_replace({}, '[;,,、|] *', ';', 'g'), ';')").format(cell)


def _boolean(field: FieldSchema, cell: Composable) -> list[Case]:
    return [(SQL("NOT lower({}) = ANY({})").format(cell, Literal([*YES, *NO])), "not_yes_or_no")]


def _date(field: FieldSchema, cell: Composable) -> list[Case]:
    return [(SQL("{0} !~ {1} OR NOT credit_is_valid({0}, 'date')").format(cell, Literal(DATE)), "not_a_date")]


def _month(field: FieldSchema, cell: Composable) -> list[Case]:
    return [(SQL("{} !~ {}").format(cell, Literal(MONTH)), "not_a_month")]


def _json(field: FieldSchema, cell: Composable) -> list[Case]:
    return [(SQL("NOT credit_is_valid({}, 'jsonb')").format(cell), "not_valid_json")]


def _time_faults(field: FieldSchema, schema: ItemSchema, cell: Composable, day: date) -> list[Case]:
    """Later than today, earlier than the firm, earlier than the day it must follow."""
    moment = day_of(field, cell)
    branches: list[Case] = []
    if field.is_past:
        branches.append((SQL("{} > {}").format(moment, Literal(day)), "in_future"))
    if field.after_founding:
        founded = (
            SQL("date_trunc('month', e.established_on::timestamp)") if field.kind == "ym" else SQL("e.established_on")
        )
        branches.append((SQL("{} < {}").format(moment, founded), "before_founding"))
    if field.not_before:
        other = schema[field.not_before]
        earlier = SQL("{} < {}").format(moment, day_of(other, column(other.name)))
        branches.append((_where_sound(other, earlier), "before_other"))
    return branches


FAULTS: dict[str, FaultsOfKind] = {
    "code18": _code18,
    "code15": _pattern(r"^[0-9]{15}$"),
    "code": _pattern(r"^[A-Za-z0-9_.-]{1,40}$"),
    "code6": _region,
    "code4": _industry,
    "string": _string,
    "text": _string,
    "decimal": _number,
    "integer": _number,
    "enum": _one_of,
    "enum_multi": _some_of,
    "boolean": _boolean,
    "date": _date,
    "ym": _month,
    "json": _json,
}


def first_fault(schema: ItemSchema, day: date) -> Composable:
    """The first fault of a whole row, or NULL."""
    faults = [fault_of(field, schema, day) for field in schema.fields]
    operation = SQL("CASE WHEN d.is_withdrawal IS NULL THEN 'unknown_operation' END")
    return SQL("coalesce(d.flag, {}, {})").format(operation, SQL(",\n").join(faults))


# --- Values -------------------------------------------------------------------------------------------------------------


def day_of(field: FieldSchema, cell: Composable) -> Composable:
    """A sound cell as a date; a month is its first day."""
    if field.kind == "ym":
        return SQL("make_date(left({0}, 4)::integer, right({0}, 2)::integer, 1)").format(cell)
    return SQL("{}::date").format(cell)


def text_of(field: FieldSchema) -> Composable:
    """A sound cell in the one form in which it is stored and compared."""
    cell = column(field.name)
    match field.kind:
        case "code18":
            return SQL("upper({})").format(cell)
        case "decimal":
            kind = SQL("numeric({},{})").format(Literal(field.length or 18), Literal(field.scale))
            return SQL("{}::{}::text").format(cell, kind)
        case "integer":
            return SQL("{}::numeric::integer::text").format(cell)
        case "date":
            return SQL("to_char({}::date, 'YYYY-MM-DD')").format(cell)
        case "ym":
            return SQL("left({0}, 4) || '-' || right({0}, 2)").format(cell)
    return cell


def value_of(field: FieldSchema) -> Composable:
    """A sound cell as it stands in the payload. Amounts stay text, so that no reader makes a float of them."""
    cell = column(field.name)
    match field.kind:
        case "integer":
            return SQL("{}::numeric::integer").format(cell)
        case "boolean":
            return SQL("lower({}) = ANY({})").format(cell, Literal(list(YES)))
        case "enum_multi":
            return SQL("to_jsonb({})").format(_several(cell))
        case "json":
            return SQL("{}::jsonb").format(cell)
    return text_of(field)


def payload_of(schema: ItemSchema) -> Composable:
    """The row as JSON without its empty cells. A function takes 100 arguments: longer schemas are joined from parts."""
    parts = [schema.fields[start : start + 40] for start in range(0, len(schema.fields), 40)]
    objects = [
        SQL("jsonb_build_object({})").format(
            SQL(", ").join(SQL("{}, {}").format(Literal(field.name), value_of(field)) for field in part)
        )
        for part in parts
    ]
    return SQL("jsonb_strip_nulls({})").format(reduce(lambda one, two: SQL("{} || {}").format(one, two), objects))


def key_of(schema: ItemSchema) -> Composable:
    """The natural key as one text."""
    cells = [SQL("coalesce({}, '')").format(_key_part(schema[name])) for name in schema.natural_key]
    return reduce(lambda one, two: SQL("{} || {} || {}").format(one, Literal(KEY_SEPARATOR), two), cells)


def _key_part(field: FieldSchema) -> Composable:
    """A sealed cell stands in the key by its index, which is the same whatever key sealed it."""
    return SQL("split_part({}, '.', 3)").format(column(field.name)) if field.is_sealed else text_of(field)


def digest_of(schema: ItemSchema, payload: Composable) -> Composable:
    """By which a fact delivered again is known to be the same; of sealed cells the index counts."""
    if any(field.is_sealed for field in schema.fields):
        return SQL("md5(credit_essence({}))").format(payload)
    return SQL("md5({}::text)").format(payload)


def occurred_on(schema: ItemSchema) -> Composable:
    field = schema.by_name.get(schema.occurred_field)
    return day_of(field, column(field.name)) if field else SQL("NULL::date")


def shown(field: FieldSchema) -> Composable:
    """A faulty cell as the list of faults may show it: whole where the field is public, otherwise its first character."""
    cell = column(field.name)
    if field.is_secret or field.is_sealed:
        return SQL("CASE WHEN {} IS NOT NULL THEN '***' END").format(cell)
    return SQL("left({}, 80)").format(cell) if field.level == "public" else SQL("left({}, 1) || '***'").format(cell)


def cells_as_delivered(schema: ItemSchema) -> Composable:
    parts = [
        SQL("jsonb_strip_nulls(jsonb_build_object({}))").format(
            SQL(", ").join(
                SQL("{}, {}").format(Literal(field.name), column(field.name))
                for field in schema.fields[start : start + 40]
            )
        )
        for start in range(0, len(schema.fields), 40)
    ]
    extra = SQL("jsonb_strip_nulls(jsonb_build_object('op_type', d.op_type, '#', d.raw))")
    return SQL(" || ").join([*parts, extra])
