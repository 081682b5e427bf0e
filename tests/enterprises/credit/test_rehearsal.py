"""What a schema would refuse of the records that are stored, and of one row of cells."""

import dataclasses
import datetime as dt

import pytest

from enterprises.credit import queries
from enterprises.credit.loading import rehearsal
from enterprises.credit.models import CreditRecord
from enterprises.credit.schemas import FieldSchema, ItemSchema
from enterprises.models import Enterprise
from tests.enterprises.credit import files
from tests.enterprises.credit.conftest import Deliver


def changed(item: str, name: str, **facts: object) -> ItemSchema:
    schema = queries.schemas()[item]
    fields = tuple(dataclasses.replace(f, **facts) if f.name == name else f for f in schema.fields)  # type: ignore[arg-type]
    return dataclasses.replace(schema, fields=fields)


def test_the_schema_in_force_refuses_nothing_that_it_let_in(
    deliver: Deliver, enterprise: Enterprise, today: dt.date
) -> None:
    deliver(
        "AP_PENALTY", [files.row("AP_PENALTY", penalty_category="罚款;警告", legal_rep_cert_no="640104199001011234")]
    )
    deliver("TX_PAYMENT", [files.row("TX_PAYMENT")])

    found = [rehearsal.rehearse(queries.schemas()[item], today) for item in ("AP_PENALTY", "TX_PAYMENT")]

    assert [(each.rows, each.rows_refused, each.faults) for each in found] == [(1, 0, ()), (1, 0, ())]


def test_a_narrower_list_counts_the_rows_it_would_refuse_and_shows_a_few_masked(
    deliver: Deliver, enterprise: Enterprise, today: dt.date
) -> None:
    deliver("TX_RATING", [files.row("TX_RATING", eval_year=str(year), grade="M") for year in range(2019, 2025)])
    deliver("TX_RATING", [files.row("TX_RATING", eval_year="2018", grade="A")])
    schema = changed("TX_RATING", "grade", choices=("A", "B", "C", "D"), level="authorized")

    found = rehearsal.rehearse(schema, today)

    (fault,) = found.faults
    assert (found.rows, found.rows_refused) == (7, 6)
    assert (fault.field, fault.reason, fault.number, len(fault.samples)) == ("grade", "not_in_list", 6, 3)
    assert {(sample.enterprise_id, sample.shown) for sample in fault.samples} == {(enterprise.pk, "M***")}
    assert {s.record_id for s in fault.samples} <= set(CreditRecord.objects.values_list("id", flat=True))


def test_a_row_with_two_faults_is_one_row_refused(deliver: Deliver, enterprise: Enterprise, today: dt.date) -> None:
    deliver("TX_RATING", [files.row("TX_RATING", grade="M", taxpayer_no="")])
    schema = changed("TX_RATING", "grade", choices=("A",))
    schema = dataclasses.replace(
        schema,
        fields=tuple(dataclasses.replace(f, required=True) if f.name == "taxpayer_no" else f for f in schema.fields),
    )

    found = rehearsal.rehearse(schema, today)

    assert (found.rows_refused, [fault.number for fault in found.faults]) == (1, [1, 1])


@pytest.mark.parametrize(
    "case",
    [
        ("taxpayer_no", {"pattern": "[0-9]{5}"}, {"taxpayer_no": "1234"}, "bad_pattern"),
        ("taxpayer_no", {"pattern": "1|2345"}, {"taxpayer_no": "12345"}, "bad_pattern"),
        ("taxpayer_no", {"required_if": "grade", "required_values": ("D", "M")}, {"grade": "D"}, "required_here"),
    ],
)
def test_a_rule_of_a_field_refuses(
    case: tuple[str, dict[str, object], dict[str, str], str], catalogue: None, enterprise: Enterprise, today: dt.date
) -> None:
    name, facts, cells, reason = case
    schema = changed("TX_RATING", name, **facts)

    found = rehearsal.faults_of(schema, files.row("TX_RATING") | {"taxpayer_no": ""} | cells, today)

    assert found == [(name, reason)]


@pytest.mark.parametrize(
    "case",
    [("5", "4", [("tax_relief", "over_other")]), ("4", "4", []), ("4", "x", [("tax_paid", "not_a_number")])],
)
def test_a_number_may_not_exceed_another_of_its_row(
    case: tuple[str, str, list[tuple[str, str]]], catalogue: None, enterprise: Enterprise, today: dt.date
) -> None:
    relief, paid, expected = case
    schema = changed("TX_PAYMENT", "tax_relief", at_most="tax_paid")

    found = rehearsal.faults_of(schema, files.row("TX_PAYMENT") | {"tax_relief": relief, "tax_paid": paid}, today)

    assert found == expected


def test_a_flag_may_ask_for_a_field_in_any_of_its_spellings(
    catalogue: None, enterprise: Enterprise, today: dt.date
) -> None:
    schema = changed("TX_PAYMENT", "tax_relief", required_if="is_overdue", required_values=("是",))
    row = files.row("TX_PAYMENT") | {"tax_relief": ""}

    found = [rehearsal.faults_of(schema, row | {"is_overdue": word}, today) for word in ("Y", "否", "")]

    assert found == [[("tax_relief", "required_here")], [], []]


def test_a_field_read_from_its_row_writes_the_row_it_was_read_from(catalogue: None) -> None:
    rows = [field.as_row() for schema in queries.schemas().values() for field in schema.fields]

    assert [FieldSchema.of(row).as_row() for row in rows] == rows
    assert rows[0] == {
        "name": "uscc", "label": "统一社会信用代码", "type": "code18", "required": True, "level": "public",
        "note": "GB 32100;个体户92开头",
    }  # fmt: skip


def test_nothing_is_refused_where_nothing_is_stored(catalogue: None, today: dt.date) -> None:
    assert rehearsal.rehearse(queries.schemas()["TX_RATING"], today) == rehearsal.Rehearsal(0, 0, ())
