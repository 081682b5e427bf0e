"""Every feature on a worked example, computed in SQL from delivered records on 2026-11-20.

The twelve delivered months are October 2025 to September 2026, the year before them October 2024 to September 2025.
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

import pytest
from django.db import models

from enterprises.credit import actions, features, queries
from enterprises.credit.models import FeatureRow, Sensitivity
from enterprises.models import Enterprise
from tests.enterprises.credit import files
from tests.enterprises.credit.conftest import Deliver
from tests.factories import EnterpriseFactory, uscc

Line = Mapping[str, str]


def months(first: str, number: int) -> list[str]:
    year, month = map(int, first.split("-"))
    return [f"{year + (month - 1 + n) // 12}-{(month - 1 + n) % 12 + 1:02d}" for n in range(number)]


THIS_YEAR, YEAR_BEFORE = months("2025-10", 12), months("2024-10", 12)


def vat(month: str, sales: int, paid: int = 10, **cells: str) -> Line:
    return {
        "tax_type": "增值税",
        "period_from": f"{month}-01",
        "period_to": f"{month}-28",
        "declared_sales": str(sales),
        "tax_paid": str(paid),
    } | cells


def invoice(month: str, amount: int, **cells: str) -> Line:
    return {"ym": month, "direction": "销项", "invoice_count": "3", "invoice_amount": str(amount)} | cells


def power(month: str, usage: int, **cells: str) -> Line:
    return {"ym": month, "account_no": "1", "usage": str(usage)} | cells


def penalty(number: int, day: str, **cells: str) -> Line:
    return {"doc_no": f"宁罚{number}号", "decide_date": day} | cells


REORGANISED = {"case_no": "1", "procedure": "重整", "stage": "执行中"}

#: feature: the records of each item, and the value expected
EXAMPLES: dict[str, tuple[dict[str, list[Line]], object]] = {
    "paid_in_ratio": (
        {
            "MR_SHAREHOLDER": [
                {"shareholder_name": "王芳", "subscribed_amount": "300", "paid_amount": "150"},
                {"shareholder_name": "李强", "subscribed_amount": "100"},
            ]
        },
        Decimal("0.3750"),
    ),
    "changes_12m": (
        {
            "MR_CHANGE": [
                {"change_item": "住所变更", "change_date": "2026-01-05"},
                {"change_item": "法定代表人变更", "change_date": "2026-02-05"},
                {"change_item": "章程备案", "change_date": "2026-02-05"},
                {"change_item": "住所变更", "change_date": "2025-11-20"},
            ]
        },
        2,
    ),
    "employees": (
        {
            "MR_ANNUAL": [{"report_year": "2024", "employee_num": "30"}, {"report_year": "2025"}],
            "SF_INSURED": [{"insured_pension": "20"}],
        },
        30,
    ),
    "revenue_amount": (
        {"MR_ANNUAL": [{"report_year": "2024", "revenue": "90"}, {"report_year": "2025", "revenue": "123.45"}]},
        Decimal("1234500.00"),
    ),
    "assets_amount": ({"MR_ANNUAL": [{"report_year": "2025", "total_assets": "88"}]}, Decimal("880000.00")),
    "liabilities_ratio": (
        {"MR_ANNUAL": [{"report_year": "2025", "total_assets": "80", "total_liabilities": "60"}]},
        Decimal("0.7500"),
    ),
    "pledged_amount": (
        {
            "MR_PLEDGE": [
                {"register_no": "1", "status": "有效", "secured_amount": "50"},
                {"register_no": "2", "status": "注销", "secured_amount": "70"},
            ]
        },
        Decimal("500000.00"),
    ),
    "abnormal_open": (
        {
            "MR_ABNORMAL": [
                {"include_date": "2026-07-01"},
                {"include_date": "2025-07-01", "remove_date": "2025-09-01"},
            ]
        },
        1,
    ),
    "licences_valid": (
        {
            "AL_LICENSE": [
                {"doc_no": "1", "valid_from": "2024-01-01", "valid_to": "2026-11-20"},
                {"doc_no": "2", "valid_from": "2024-01-01", "valid_to": "2026-11-19"},
                {"doc_no": "3", "valid_from": "2024-01-01", "valid_to": "2027-01-01", "status": "无效"},
            ]
        },
        1,
    ),
    "penalties_minor_24m": (
        {"AP_PENALTY": [penalty(1, "2025-01-01", severity="轻微"), penalty(2, "2024-11-20", severity="轻微")]},
        1,
    ),
    "penalties_general_24m": (
        {"AP_PENALTY": [penalty(1, "2025-01-01"), penalty(2, "2025-01-01", severity="一般", repair_status="已修复")]},
        1,
    ),
    "penalties_serious_36m": (
        {"AP_PENALTY": [penalty(1, "2023-12-01", severity="严重"), penalty(2, "2025-01-01", severity="一般")]},
        1,
    ),
    "fines_24m_amount": (
        {"AP_PENALTY": [penalty(1, "2025-01-01", fine_amount="0.5"), penalty(2, "2023-01-01", fine_amount="9")]},
        Decimal("5000.00"),
    ),
    "defendant_24m": (
        {
            "JD_JUDGMENT": [
                {"case_no": "1", "party_role": "被告", "judge_date": "2025-05-05"},
                {"case_no": "2", "party_role": "原告", "judge_date": "2025-05-05"},
            ]
        },
        1,
    ),
    "executed_open": (
        {"JD_EXECUTED": [{"case_no": "1", "case_status": "终本"}, {"case_no": "2", "case_status": "结案"}]},
        1,
    ),
    "executed_open_amount": (
        {
            "JD_EXECUTED": [
                {"case_no": "1", "exec_amount": "1000", "unfulfilled_amount": "400"},
                {"case_no": "2", "exec_amount": "70", "unfulfilled_amount": "70", "case_status": "结案"},
            ]
        },
        Decimal("400.00"),
    ),
    "dishonest_open": (
        {
            "JD_DISHONEST": [
                {"case_no": "1", "publish_date": "2026-01-01"},
                {"case_no": "2", "publish_date": "2025-01-01", "exit_date": "2026-01-01"},
            ]
        },
        1,
    ),
    "restricted_open": (
        {
            "JD_RESTRICT": [
                {"case_no": "1", "publish_date": "2026-01-01", "lift_date": "2026-12-31"},
                {"case_no": "2", "publish_date": "2026-01-01", "lift_date": "2026-05-01"},
            ]
        },
        1,
    ),
    "bankruptcy_open": (
        {"JD_BANKRUPTCY": [{"case_no": "1", "procedure": "清算", "stage": "受理"}, REORGANISED | {"case_no": "2"}]},
        1,
    ),
    "reorganising": ({"JD_BANKRUPTCY": [REORGANISED, {"case_no": "2", "procedure": "清算", "stage": "受理"}]}, 1),
    "serious_list_open": (
        {"SD_LIST": [{"list_code": "A1"}, {"list_code": "A2", "status": "已移出", "remove_date": "2026-10-01"}]},
        1,
    ),
    "honours_36m": (
        {
            "HR_HONOR": [
                {"honor_name": "质量奖", "award_date": "2024-01-01"},
                {"honor_name": "旧奖", "award_date": "2023-11-20"},
            ]
        },
        1,
    ),
    "subsidies_36m_amount": (
        {
            "PS_SUBSIDY": [
                {"grant_date": "2025-03-01", "grant_amount": "20"},
                {"grant_date": "2022-03-01", "grant_amount": "9"},
            ]
        },
        Decimal("200000.00"),
    ),
    "certificates_valid": ({"PS_CERT": [{"batch_year": "2025"}, {"batch_year": "2021", "valid_to": "2024-12-31"}]}, 1),
    "tax_grade": ({"TX_RATING": [{"eval_year": "2025", "grade": "B"}, {"eval_year": "2024", "grade": "A"}]}, "B"),
    "tax_paid_12m_amount": (
        {"TX_PAYMENT": [vat("2025-10", 1, 100), vat("2026-09", 1, 30), vat("2025-09", 1, 7), vat("2026-10", 1, 7)]},
        Decimal("130.00"),
    ),
    "sales_12m_amount": (
        {"TX_PAYMENT": [*(vat(month, 100) for month in THIS_YEAR), vat("2026-01", 100, tax_type="企业所得税")]},
        Decimal("1200.00"),
    ),
    "sales_growth": (
        {"TX_PAYMENT": [*(vat(m, 120) for m in THIS_YEAR), *(vat(m, 100) for m in YEAR_BEFORE)]},
        Decimal("0.2000"),
    ),
    "tax_overdue_12m": (
        {
            "TX_PAYMENT": [
                vat("2026-01", 1, is_overdue="是"),
                vat("2026-02", 1, is_overdue="否"),
                vat("2024-01", 1, is_overdue="是"),
            ]
        },
        1,
    ),
    "invoiced_12m_amount": (
        {
            "TX_INVOICE": [
                invoice("2026-01", 500, void_amount="50"),
                invoice("2026-01", 70, direction="进项"),
                invoice("2025-09", 9),
            ]
        },
        Decimal("450.00"),
    ),
    "invoiced_growth": (
        {"TX_INVOICE": [*(invoice(m, 75) for m in THIS_YEAR), *(invoice(m, 100) for m in YEAR_BEFORE)]},
        Decimal("-0.2500"),
    ),
    "invoiced_months_12m": (
        {"TX_INVOICE": [invoice("2026-01", 5), invoice("2026-02", 5), invoice("2026-03", 0, invoice_count="0")]},
        2,
    ),
    "tax_arrears_amount": (
        {
            "TX_ARREARS": [
                {"notice_date": "2026-06-30", "arrears_balance": "800"},
                {"notice_date": "2025-06-30", "arrears_balance": "300", "clear_date": "2025-12-01"},
            ]
        },
        Decimal("800.00"),
    ),
    "tax_violation_open": (
        {"TX_VIOLATION": [{"publish_date": "2026-01-01"}, {"publish_date": "2024-01-01", "remove_date": "2025-01-01"}]},
        1,
    ),
    "insured_staff": (
        {"SF_INSURED": [{"ym": "2026-08", "insured_pension": "9"}, {"ym": "2026-09", "insured_pension": "12"}]},
        12,
    ),
    "insured_growth": (
        {"SF_INSURED": [{"ym": "2026-08", "insured_pension": "12"}, {"ym": "2025-08", "insured_pension": "10"}]},
        Decimal("0.2000"),
    ),
    "social_arrears_months": (
        {
            "SF_PAYMENT": [
                {"period_from": "2026-01-01", "period_to": "2026-01-31", "due_amount": "100", "paid_amount": "60"},
                {
                    "period_from": "2026-01-01",
                    "period_to": "2026-01-31",
                    "insurance_type": "医疗",
                    "due_amount": "100",
                    "paid_amount": "0",
                },
                {"period_from": "2026-02-01", "period_to": "2026-02-28", "due_amount": "100", "paid_amount": "100"},
            ]
        },
        1,
    ),
    "housing_fund_months_12m": (
        {
            "SF_HOUSING_FUND": [
                {"ym": "2026-01", "pay_amount": "500"},
                {"ym": "2026-02", "pay_amount": "0"},
                {"ym": "2025-09", "pay_amount": "500"},
            ]
        },
        1,
    ),
    "customs_level": ({"CU_CREDIT": [{"credit_level": "高级认证企业"}]}, "高级认证企业"),
    "trade_12m_amount": (
        {
            "CU_TRADE": [
                {"ym": "2026-01", "direction": "出口", "trade_value_cny": "100"},
                {"ym": "2026-01", "direction": "进口", "trade_value_cny": "11"},
            ]
        },
        Decimal("111.00"),
    ),
    "electricity_12m": (
        {"UT_ELEC": [power("2026-01", 700), power("2026-02", 300), power("2026-10", 9)]},
        Decimal("1000.00"),
    ),
    "electricity_growth": (
        {"UT_ELEC": [*(power(m, 130) for m in THIS_YEAR), *(power(m, 100) for m in YEAR_BEFORE)]},
        Decimal("0.3000"),
    ),
    "utility_arrears_periods": (
        {
            "UT_ELEC": [power("2026-01", 1, arrears_amount="5"), power("2026-02", 1, arrears_amount="0")],
            "UT_WATER": [power("2026-03", 1, arrears_amount="5")],
        },
        2,
    ),
    "properties": ({"RE_OWNERSHIP": [{"cert_no": "宁2020不动产权1号"}, {"cert_no": "宁2020不动产权2号"}]}, 2),
    "properties_sealed": (
        {
            "RE_ENCUMBRANCE": [
                {"encumbrance_kind": "查封", "encumbrance_no": "1", "status": "现势"},
                {"encumbrance_kind": "查封", "encumbrance_no": "2", "status": "解封"},
            ]
        },
        1,
    ),
    "mortgaged_amount": (
        {"RE_ENCUMBRANCE": [{"encumbrance_kind": "抵押", "status": "现势", "secured_amount": "200"}]},
        Decimal("2000000.00"),
    ),
    "ip_valid": (
        {
            "IP_RIGHT": [
                {"reg_no": "1"},
                {"reg_no": "2", "legal_status": "失效"},
                {"reg_no": "3", "valid_to": "2026-01-01"},
            ]
        },
        1,
    ),
    "ip_pledged": ({"IP_PLEDGE": [{"register_no": "1"}, {"register_no": "2", "cancel_date": "2026-10-01"}]}, 1),
    "hitech_valid": (
        {
            "RD_QUALIFICATION": [
                {"cert_no": "1", "valid_to": "2028-01-01"},
                {"cert_no": "2", "issue_date": "2021-01-01", "valid_to": "2024-01-01"},
            ]
        },
        1,
    ),
    "rd_expense_amount": (
        {
            "RD_PROJECT": [
                {"project_no": "1", "rd_year": "2025", "rd_expense": "30"},
                {"project_no": "2", "rd_year": "2024", "rd_expense": "90"},
            ]
        },
        Decimal("300000.00"),
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_feature_follows_its_worked_example(name: str, deliver: Deliver, enterprise: Enterprise) -> None:
    records, expected = EXAMPLES[name]

    for item, lines in records.items():
        batch = deliver(item, [files.row(item, **line) for line in lines])
        assert list(queries.faults_by_reason(batch)) == []

    assert queries.feature_facts([enterprise.pk])[enterprise.pk][name] == expected


def test_every_feature_has_a_worked_example_and_a_column() -> None:
    columns = {field.name for field in FeatureRow._meta.get_fields() if isinstance(field, models.Field)}

    assert set(EXAMPLES) == set(features.BY_NAME)
    assert columns - {"enterprise", "refreshed_at", "items_as_of"} == set(features.BY_NAME)


def test_a_firm_without_records_has_zeros_where_silence_says_nothing_happened_and_nothing_elsewhere(
    catalogue: None, enterprise: Enterprise, now: dt.datetime
) -> None:
    actions.refresh_features(enterprise_ids=[enterprise.pk], at=now)

    facts = queries.feature_facts([enterprise.pk])[enterprise.pk]
    assert {name for name, value in facts.items() if value == 0} == {
        feature.name for feature in features.FEATURES if feature.missing is features.Missing.ZERO
    }
    assert {value for value in facts.values() if value != 0} == {None}


def test_a_feature_is_as_sensitive_as_the_fields_it_is_made_of(catalogue: None) -> None:
    closed = {name for name in features.BY_NAME if queries.feature_class(name) != Sensitivity.PUBLIC}

    assert closed == FeatureRow.sensitive


def test_every_field_named_by_a_feature_is_in_the_catalogue(catalogue: None) -> None:
    known = queries.schemas()

    named = {pair for feature in features.FEATURES for pair in feature.fields}

    assert {(item, field) for item, field in named if field not in known[item].by_name} == set()


def test_each_batch_leaves_the_rows_that_refreshing_one_by_one_and_all_at_once_give(
    deliver: Deliver, now: dt.datetime
) -> None:
    """The second firm takes over what is registered under a number of its own: patents, pledges, property."""
    firms = [EnterpriseFactory(uscc=uscc(n), established_on=dt.date(2015, 4, 1)) for n in (1, 2, 3)]
    for n in (1, 2):
        for item, lines in {i: lines for records, _ in EXAMPLES.values() for i, lines in records.items()}.items():
            deliver(
                item,
                files.as_jsonl([files.row(item, uscc(n), **line) for line in lines]),
                name="f.jsonl",
            )
    after_batches = snapshot()

    actions.refresh_features(enterprise_ids=None, at=now)
    after_all = snapshot()
    for firm in firms:
        actions.refresh_features(enterprise_ids=[firm.pk], at=now)

    assert snapshot() == after_all
    assert {pk: row for pk, row in after_all.items() if pk in after_batches} == after_batches
    assert [after_all[firm.pk]["ip_valid"] for firm in firms] == [0, 1, 0]
    assert len(after_all) == 3


def snapshot() -> dict[int, dict[str, object]]:
    return queries.feature_facts(list(FeatureRow.objects.values_list("pk", flat=True)))


def test_the_row_says_how_old_each_item_is(deliver: Deliver, enterprise: Enterprise) -> None:
    deliver("TX_RATING", [files.row("TX_RATING")])

    assert FeatureRow.objects.get().items_as_of == {"TX_RATING": "2026-11-20"}
