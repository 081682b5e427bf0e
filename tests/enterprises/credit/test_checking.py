"""Every reason for which a line is refused, on the item and cell where it can happen."""

import datetime as dt

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from enterprises.credit.models import Reject
from enterprises.credit.rejections import REASONS
from enterprises.models import Enterprise
from portal.identifiers import USCC_ALPHABET, make_uscc, uscc_fault
from tests.enterprises.credit import files
from tests.enterprises.credit.conftest import Deliver
from tests.factories import uscc

GOOD = uscc(1)
WRONG_LAST = GOOD[:17] + ("0" if GOOD[17] != "0" else "1")
WRONG_INNER = GOOD[:16] + ("0" if GOOD[16] != "0" else "1") + GOOD[17]

#: item, cells, the field and the reason expected
FAULTS = [
    ("TX_RATING", {"grade": ""}, "grade", "required"),
    ("TX_RATING", {"uscc": GOOD[:17]}, "uscc", "uscc_length"),
    ("TX_RATING", {"uscc": "9164010400000001IO"}, "uscc", "uscc_character"),
    ("TX_RATING", {"uscc": "91A4010400000001" + GOOD[16:]}, "uscc", "uscc_region"),
    ("TX_RATING", {"uscc": WRONG_INNER}, "uscc", "uscc_organisation_check"),
    ("TX_RATING", {"uscc": WRONG_LAST}, "uscc", "uscc_check"),
    ("TX_RATING", {"uscc": uscc(999)}, "uscc", "unknown_firm"),
    ("TX_RATING", {"grade": "E"}, "grade", "not_in_list"),
    ("TX_RATING", {"eval_year": "12"}, "eval_year", "out_of_range"),
    ("TX_RATING", {"eval_date": "2026-11-21"}, "eval_date", "in_future"),
    ("TX_RATING", {"eval_date": "2014-04-01"}, "eval_date", "before_founding"),
    ("TX_RATING", {"eval_date": "2026-02-30"}, "eval_date", "not_a_date"),
    ("TX_RATING", {"eval_date": "today"}, "eval_date", "not_a_date"),
    ("TX_RATING", {"taxpayer_no": "x" * 21}, "taxpayer_no", "too_long"),
    ("TX_RATING", {"op_type": "Q"}, "op_type", "unknown_operation"),
    ("TX_RATING", {"op_type": "D", "eval_year": "2020"}, "eval_year", "nothing_to_withdraw"),
    ("TX_RATING", {"taxpayer_no": "a\u202eb"}, "", "control_characters"),
    ("TX_PAYMENT", {"tax_paid": "1,000"}, "tax_paid", "not_a_number"),
    ("TX_PAYMENT", {"tax_paid": "1.005"}, "tax_paid", "number_size"),
    ("TX_PAYMENT", {"tax_relief": "-1"}, "tax_relief", "negative"),
    ("TX_PAYMENT", {"period_from": "2026-07-31"}, "period_to", "before_other"),
    ("TX_PAYMENT", {"is_overdue": "maybe"}, "is_overdue", "not_yes_or_no"),
    ("TX_INVOICE", {"ym": "2026-13"}, "ym", "not_a_month"),
    ("TX_INVOICE", {"ym": "0000-01"}, "ym", "not_a_month"),
    ("TX_INVOICE", {"ym": "2015-03"}, "ym", "before_founding"),
    ("TX_INVOICE", {"ym": "2026-12"}, "ym", "in_future"),
    ("TX_INVOICE", {"top5_ratio": "100.1"}, "top5_ratio", "out_of_range"),
    ("SD_LIST", {"list_code": "a b"}, "list_code", "bad_pattern"),
    ("AL_LICENSE", {"license_org_uscc": WRONG_LAST}, "license_org_uscc", "uscc_check"),
    ("AL_LICENSE", {"legal_rep_cert_no": "见附件"}, "legal_rep_cert_no", "not_a_document_number"),
    ("AP_PENALTY", {"penalty_category": "罚款;禁言"}, "penalty_category", "not_in_list"),
    ("MR_ANNUAL", {"pub_flags": "{"}, "pub_flags", "not_valid_json"),
    ("MR_BASIC", {"region_code": "640999"}, "region_code", "unknown_region"),
    ("MR_BASIC", {"industry_code": "9999"}, "industry_code", "unknown_industry"),
    ("MR_BASIC", {"uscc": WRONG_LAST}, "uscc", "uscc_check"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault[0]}-{fault[3]}")
def test_a_faulty_line_is_refused_with_its_reason(
    fault: tuple[str, dict[str, str], str, str], deliver: Deliver, enterprise: Enterprise
) -> None:
    item, cells, field, reason = fault
    sound = files.firm if item == "MR_BASIC" else lambda code, **given: files.row(item, code, **given)
    line = sound(GOOD) | cells

    batch = deliver(item, [line])

    assert list(Reject.objects.filter(batch=batch).values_list("line", "field", "reason")) == [(2, field, reason)]


def test_the_other_reasons_have_their_own_tests_and_no_reason_is_without_one() -> None:
    tested = {reason for *_rest, reason in FAULTS}

    elsewhere = {"column_count", "not_json", "unknown_key", "duplicate_in_file", "over_other", "required_here"}
    assert set(REASONS) - tested == elsewhere


def test_a_line_with_several_faults_names_them_all_and_keeps_the_line_once(
    deliver: Deliver, enterprise: Enterprise
) -> None:
    batch = deliver("TX_RATING", [files.row("TX_RATING", grade="E", eval_year="soon")])

    rejects = list(Reject.objects.filter(batch=batch).order_by("pk").values_list("field", "reason", "values"))
    assert [(field, reason) for field, reason, _ in rejects] == [
        ("eval_year", "not_a_number"),
        ("grade", "not_in_list"),
    ]
    assert [bool(values) for *_rest, values in rejects] == [True, False]
    assert rejects[0][2]["grade"] == "E"


def test_a_value_under_consent_is_masked_and_a_public_one_is_not(deliver: Deliver, enterprise: Enterprise) -> None:
    batch = deliver("TX_RATING", [files.row("TX_RATING", grade="Excellent", eval_year="soon")])

    shown = dict(Reject.objects.filter(batch=batch).values_list("field", "shown_value"))
    assert shown == {"eval_year": "soon", "grade": "E***"}


def test_an_identity_number_is_stored_nowhere_but_as_a_digest(deliver: Deliver, enterprise: Enterprise) -> None:
    number = "640104199001011234"
    rows = [files.firm(uscc(2), legal_rep_id_no=number), files.firm(uscc(3), legal_rep_id_no=number, reg_status="?")]

    deliver("MR_BASIC", [*rows, *[files.firm(uscc(n)) for n in range(4, 10)]])

    tables = ["credit_record", "credit_reject", "credit_stagedrow", "enterprises_enterprise"]
    with connection.cursor() as cursor:
        found = {}
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{number}%"])
            found[table] = cursor.fetchone()[0]
    assert found == dict.fromkeys(tables, 0)


def test_withdrawn_region_codes_are_known(deliver: Deliver) -> None:
    deliver("MR_BASIC", [files.firm(uscc(2), region_code="640382"), files.firm(uscc(3), region_code="640111")])

    assert list(Enterprise.objects.order_by("uscc").values_list("county_code", "city_code")) == [
        ("640181", "640100"),
        ("640111", "640100"),
    ]


@st.composite
def sound_and_spoilt(draw: st.DrawFn) -> list[str]:
    """A valid code, and the same with one character changed and perhaps cut short."""
    prefix = draw(st.sampled_from(["91", "92", "93", "N1", "Y1", "A1", "11"]))
    region = draw(st.from_regex(r"[0-9]{6}", fullmatch=True))
    sound = make_uscc(prefix, region, draw(st.text(USCC_ALPHABET, min_size=8, max_size=8)))
    place = draw(st.integers(0, 17))
    letter = draw(st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ中 "))
    return [sound, (sound[:place] + letter + sound[place + 1 :])[: draw(st.integers(16, 18))]]


@settings(max_examples=300, deadline=None)
@given(codes=sound_and_spoilt())
@pytest.mark.django_db
def test_check_characters_are_judged_in_sql_as_in_python(codes: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT credit_uscc_fault(code) FROM unnest(%s::text[]) WITH ORDINALITY AS c (code, n) ORDER BY n", [codes]
        )
        judged = [fault for (fault,) in cursor.fetchall()]

    assert judged == [fault.code if (fault := uscc_fault(code)) else None for code in codes]


def test_a_line_on_the_day_itself_is_sound(deliver: Deliver, enterprise: Enterprise, today: dt.date) -> None:
    batch = deliver("TX_RATING", [files.row("TX_RATING", eval_date=today.isoformat())])

    assert batch.rows_bad == 0
