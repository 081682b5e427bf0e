"""The records of the bench province: how many of each item, and a value for every field by its type, drawn in SQL."""

import datetime as dt
from collections.abc import Sequence

from django.db import connection
from psycopg.sql import SQL, Composable, Literal

from enterprises.credit import queries
from enterprises.credit.models import Batch, ItemVersion, Source
from enterprises.credit.schemas import FieldSchema, ItemSchema
from enterprises.credit.states import BatchState

#: Of 1,000 firms, how many have records of the item, and how many each: 6,000,000 of 300,000 firms.
SHARES: dict[str, tuple[int, int]] = {
    "MR_BASIC": (1000, 1),
    "MR_CHANGE": (400, 1),
    "MR_SHAREHOLDER": (1000, 1),
    "MR_KEY_PERSON": (1000, 1),
    "MR_ANNUAL": (1000, 2),
    "MR_PLEDGE": (50, 1),
    "MR_ABNORMAL": (80, 1),
    "AL_LICENSE": (500, 1),
    "AP_PENALTY": (100, 1),
    "JD_JUDGMENT": (100, 1),
    "JD_EXECUTED": (30, 1),
    "JD_DISHONEST": (10, 1),
    "JD_RESTRICT": (10, 1),
    "JD_BANKRUPTCY": (1, 1),
    "SD_LIST": (2, 1),
    "HR_HONOR": (50, 1),
    "PS_SUBSIDY": (100, 1),
    "PS_CERT": (20, 1),
    "TX_RATING": (1000, 1),
    "TX_PAYMENT": (100, 24),
    "TX_INVOICE": (100, 24),
    "TX_ARREARS": (30, 1),
    "TX_VIOLATION": (5, 1),
    "SF_INSURED": (100, 24),
    "SF_PAYMENT": (50, 12),
    "SF_HOUSING_FUND": (50, 12),
    "CU_CREDIT": (50, 1),
    "CU_TRADE": (25, 12),
    "UT_WATER": (50, 12),
    "UT_ELEC": (100, 24),
    "UT_GAS": (25, 12),
    "RE_OWNERSHIP": (200, 1),
    "RE_ENCUMBRANCE": (80, 1),
    "IP_RIGHT": (100, 1),
    "IP_PLEDGE": (10, 1),
    "RD_QUALIFICATION": (40, 1),
    "RD_PROJECT": (40, 1),
}

#: {h} is a number of the row and field, {day} the day; e is the firm, n counts its records of the item.
MONTH = "to_char({day} - (n || ' months')::interval, 'YYYY-MM')"
FIRST, LAST = f"{MONTH} || '-01'", f"{MONTH} || '-28'"
OVERRIDES: dict[tuple[str, str], str] = {
    ("MR_BASIC", "entity_name"): "e.name",
    ("MR_BASIC", "entity_type"): "CASE e.kind WHEN 'company' THEN '企业' WHEN 'cooperative' THEN '农民专业合作社' ELSE '个体工商户' END",
    ("MR_BASIC", "legal_rep_name"): "e.legal_representative",
    ("MR_BASIC", "legal_rep_id_no"): "e.legal_representative_digest",
    ("MR_BASIC", "establish_date"): "e.established_on::text",
    ("MR_BASIC", "reg_status"): "CASE e.status WHEN 'living' THEN '存续' ELSE '注销' END",
    ("MR_BASIC", "domicile"): "e.domicile",
    ("MR_CHANGE", "change_item"): "(ARRAY['住所变更', '章程备案', '法定代表人变更'])[1 + {h} % 3]",
    ("MR_SHAREHOLDER", "shareholder_uscc"): "CASE WHEN e.id % 10 = 0 THEN"
    " (SELECT uscc FROM enterprises_enterprise o WHERE o.id = e.id / 10 + 1) END",
    ("MR_SHAREHOLDER", "shareholder_type"): "CASE WHEN e.id % 10 = 0 THEN '法人' ELSE '自然人' END",
    ("MR_SHAREHOLDER", "shareholder_cert_hash"): "CASE WHEN e.id % 10 > 0 THEN repeat(md5((e.id % 250000)::text), 2) END",
    ("TX_PAYMENT", "tax_type"): "'增值税'",
    ("TX_PAYMENT", "period_from"): FIRST,
    ("TX_PAYMENT", "period_to"): LAST,
    ("TX_INVOICE", "direction"): "'销项'",
    ("SF_PAYMENT", "insurance_type"): "'养老'",
    ("SF_PAYMENT", "period_from"): FIRST,
    ("SF_PAYMENT", "period_to"): LAST,
    ("SF_PAYMENT", "arrears_amount"): "CASE WHEN {h} % 20 = 0 THEN '120.00' ELSE '0.00' END",
    ("UT_ELEC", "account_no"): "e.id::text",
    ("UT_WATER", "account_no"): "e.id::text",
    ("UT_GAS", "account_no"): "e.id::text",
}  # fmt: skip


def lay_down(item: str, *, day: dt.date, at: dt.datetime) -> int:
    """The records of one item of all firms, as one accepted batch of the department's source."""
    schema, (share, each) = queries.schemas()[item], SHARES[item]
    version = ItemVersion.objects.select_related("item__department").get(item_id=item, in_force_until=None)
    source = Source.objects.filter(department=version.item.department).order_by("pk").first() or Source.objects.all()[0]
    stamps = {f"{step}_at": at for step in ("received", "checked", "accepted")}
    batch = Batch.objects.create(
        item=version.item, item_version=version, source=source, file_name=f"{item}.csv", sha256=item, **stamps
    )
    statement = SQL(_INSERT).format(
        item=Literal(item),
        version=Literal(version.number),
        source=Literal(source.pk),
        batch=Literal(batch.pk),
        key=_key(schema),
        occurred=_occurred(schema),
        at=Literal(at),
        payload=_payload(schema, day),
        months=Literal(each),
        firms=SQL("e.id % 1000" if each > 2 else f"(e.id * 7919 + {version.item.sequence} * 131) % 1000"),
        share=Literal(share),
    )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute(statement)
        rows = int(cursor.rowcount)
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.ACCEPTED, rows=rows, rows_new=rows)
    return rows


_INSERT = """
INSERT INTO credit_record (item_code, enterprise_id, item_version, source_id, batch_id, natural_key, payload, payload_digest,
                           occurred_on, received_at)
SELECT {item}, id, {version}, {source}, {batch}, {key}, payload, md5(payload::text), {occurred}, {at}
FROM (SELECT e.id, {payload} AS payload
      FROM enterprises_enterprise e CROSS JOIN generate_series(1, {months}) AS n
      WHERE {firms} < {share} ORDER BY e.id, n) AS drawn
"""


def _payload(schema: ItemSchema, day: dt.date) -> Composable:
    pairs = [
        SQL("{}, {}").format(Literal(field.name), SQL(_value(schema.code, field, place, day)))
        for place, field in enumerate(schema.fields)
    ]
    return SQL("jsonb_strip_nulls(jsonb_build_object({}))").format(SQL(", ").join(pairs))


def _value(item: str, field: FieldSchema, place: int, day: dt.date) -> str:
    names = {"h": f"(hashint8extended(e.id * 1000 + n, {place}) & 9223372036854775807)", "day": f"DATE '{day}'"}
    if drawn := OVERRIDES.get((item, field.name)):
        return drawn.format(**names)
    if field.is_secret:
        return "NULL::text"
    value = _by_kind(field).format(**names)
    if field.required or field.kind in ("json", "enum_multi"):
        return value
    nulls = 2 if field.kind == "date" else 5
    return f"CASE WHEN {names['h']} / 7 % {nulls} > 0 THEN {value} END"


def _by_kind(field: FieldSchema) -> str:
    whole = 2 if field.maximum == 100 else min(max(field.length - field.scale, 1), 7)
    named = {
        "code18": "e.uscc",
        "code15": "lpad(({h} % 1000000)::text, 15, '6')",
        "code6": "e.county_code",
        "code4": "e.industry_code",
        "code": "'C' || {h} % 100",
        "decimal": f"({{h}} % {10**whole} * 0.37)::numeric({field.length or 18}, {field.scale})::text",
        "integer": "(2026 - n)" if field.minimum == 1990 else "({h} % 60)::integer",
        "boolean": "({h} % 10 = 0)",
        "date": f"({{day}} {'+' if field.name.endswith('valid_to') else '-'} ({{h}} % 1000)::integer)::text",
        "ym": MONTH,
        "json": "jsonb_build_object()",
    }
    if field.choices:
        return _choice(field.choices) if field.kind == "enum" else f"jsonb_build_array({_choice(field.choices)})"
    return named.get(field.kind, f"'{field.label[:4]}' || e.id || '-' || n")


def _choice(choices: Sequence[str]) -> str:
    """Seven in ten are the first."""
    array = ", ".join(f"'{choice}'" for choice in choices)
    return f"CASE WHEN {{h}} % 10 < 7 THEN '{choices[0]}' ELSE (ARRAY[{array}])[1 + {{h}} / 16 % {len(choices)}] END"


def _key(schema: ItemSchema) -> Composable:
    cells = [SQL("coalesce(payload ->> {}, '')").format(Literal(name)) for name in schema.natural_key]
    return SQL("concat_ws({}, {})").format(Literal("\x1f"), SQL(", ").join(cells))


def _occurred(schema: ItemSchema) -> Composable:
    if not schema.occurred_field:
        return SQL("NULL::date")
    months = SQL(" || '-01'") if schema[schema.occurred_field].kind == "ym" else SQL("")
    return SQL("((payload ->> {}){})::date").format(Literal(schema.occurred_field), months)
