"""Worked examples of every kind of criterion, and the property that Python and SQL judge alike."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from institutions.products import criteria, rules
from institutions.products.criteria import CRITERIA, Verdict, clean_criteria, compile_sql, judge, judge_terms
from institutions.products.rules import CriteriaError
from portal import industries, regions
from tests.factories import ProductVersionFactory

TODAY = dt.date(2026, 11, 20)

FIRM: dict[str, object] = {
    "county_code": "640104",
    "city_code": "640100",
    "responsible_region": "640100",
    "industry_code": "5174",
    "kind": "company",
    "size_class": "small",
    "established_on": dt.date(2025, 5, 3),
    "grade": "BBB",
    "tax_grade": "B",
    "dishonest_open": 0,
    "serious_list_open": 0,
    "abnormal_open": 1,
    "bankruptcy_open": None,
    "sales_12m_amount": Decimal("2500000.00"),
    "tax_paid_12m_amount": Decimal("80000.00"),
    "insured_staff": 12,
    "liabilities_ratio": Decimal("0.7250"),
    "certificates_valid": 0,
    "hitech_valid": None,
}

EXAMPLES = [
    ("region", ["640100"], True, "要求注册地在银川市；本企业注册在兴庆区", ""),
    ("region", ["640200", "640202"], False, "要求注册地在石嘴山市、大武口区；本企业注册在兴庆区", ""),
    ("industry", ["F"], True, "要求行业属于批发和零售业；本企业属于批发业", ""),
    ("industry", ["A", "C"], False, "要求行业属于农、林、牧、渔业、制造业；本企业属于批发业", ""),
    ("industry_excluded", ["K"], True, "要求行业不属于房地产业；本企业属于批发业", ""),
    ("industry_excluded", ["51"], False, "要求行业不属于批发业；本企业属于批发业", ""),
    (
        "enterprise_kind",
        ["company", "cooperative"],
        True,
        "要求主体类型为企业、农民专业合作社；本企业主体类型为企业",
        "",
    ),
    ("size_class", ["micro"], False, "要求企业规模为微型；本企业企业规模为小型", ""),
    ("min_years", 1, True, "要求成立满1年；本企业已成立1年6个月", ""),
    ("min_years", 2, False, "要求成立满2年；本企业已成立1年6个月", "成立满2年还差6个月"),
    ("min_grade", "BBB", True, "要求信用等级不低于BBB；本企业当前等级为BBB", ""),
    ("min_grade", "AA", False, "要求信用等级不低于AA；本企业当前等级为BBB", "还需提升2级"),
    ("tax_grade", ["A", "B", "M"], True, "要求纳税信用级别为A级、B级、M级；本企业纳税信用级别为B级", ""),
    ("no_dishonesty", True, True, "要求没有失信被执行人记录；本企业没有此类记录", ""),
    (
        "no_abnormal",
        True,
        False,
        "要求没有经营异常名录记录；本企业有1条尚未解除",
        "解除后可再申请；如记录有误，可提出异议",
    ),
    ("no_bankruptcy", True, None, "要求没有破产清算记录；信息不足，授权后可判断", ""),
    ("min_sales", "3000000", False, "要求近12个月申报销售额不低于300万元；本企业为250万元", "还差50万元"),
    ("min_tax_paid", "80000", True, "要求近12个月纳税额不低于8万元；本企业为8万元", ""),
    ("min_insured_staff", "10", True, "要求参保人数不低于10人；本企业为12人", ""),
    ("max_liabilities_ratio", "0.70", False, "要求资产负债率不高于70%；本企业为72.5%", "高出2.5%"),
    ("certificate", ["certificates_valid"], False, "要求持有有效的专精特新等政策认定；本企业没有有效的认定", None),
    (
        "certificate",
        ["certificates_valid", "hitech_valid"],
        None,
        "要求持有有效的专精特新等政策认定或高新技术企业等资质；信息不足，授权后可判断",
        "",
    ),
]


@pytest.mark.parametrize(("kind", "value", "is_met", "sentence", "shortfall"), EXAMPLES)
def test_a_verdict_states_the_requirement_and_the_firms_standing(
    kind: str, value: object, is_met: bool | None, sentence: str, shortfall: str | None
) -> None:
    [verdict] = judge([{"kind": kind, "value": value}], FIRM, today=TODAY)

    assert (verdict.kind, verdict.is_met, verdict.sentence) == (kind, is_met, sentence)
    assert shortfall is None or verdict.shortfall == shortfall


def test_every_kind_has_a_worked_example() -> None:
    assert set(CRITERIA) - {kind for kind, *_rest in EXAMPLES} == {"no_serious_list"}


def test_years_in_operation_are_met_on_the_anniversary_and_not_a_day_before() -> None:
    asked = [{"kind": "min_years", "value": 2}]

    on_the_day = judge(asked, {"established_on": dt.date(2024, 11, 20)}, today=TODAY)[0]
    a_day_before = judge(asked, {"established_on": dt.date(2024, 11, 21)}, today=TODAY)[0]

    assert (on_the_day.is_met, a_day_before.is_met) == (True, False)
    assert a_day_before.shortfall == "成立满2年还差1个月"


def test_a_fact_that_is_not_known_is_never_a_no() -> None:
    every = [{"kind": kind, "value": value} for kind, value, *_rest in EXAMPLES]

    verdicts = judge(every, {}, today=TODAY)

    assert {verdict.is_met for verdict in verdicts} == {None}
    assert all(verdict.sentence.endswith("信息不足，授权后可判断") for verdict in verdicts)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"kind": "region"}, "准入条件应为列表。"),
        ([{"kind": "moon_phase", "value": 1}], "含有无法识别的准入条件。"),
        ([{"kind": "min_years", "value": 2, "note": ""}], "含有无法识别的准入条件。"),
        ([{"kind": "min_years", "value": 2}, {"kind": "min_years", "value": 3}], "成立年限：同一条件只能出现一次。"),
        ([{"kind": "min_years", "value": 0}], "成立年限：应在 1 到 50 之间。"),
        ([{"kind": "min_years", "value": "two"}], "成立年限：应为整数。"),
        ([{"kind": "region", "value": []}], "经营区域：请从所列选项中选择至少一项。"),
        ([{"kind": "region", "value": ["110000"]}], "经营区域：请从所列选项中选择至少一项。"),
        ([{"kind": "region", "value": "640100"}], "经营区域：应为若干选项。"),
        ([{"kind": "no_dishonesty", "value": False}], "失信被执行人：只能为“要求”。"),
        ([{"kind": "min_sales", "value": 1.5}], "近12个月申报销售额：应为大于 0 且不超过 100000000000 的数。"),
        ([{"kind": "min_sales", "value": "NaN"}], "近12个月申报销售额：应为大于 0 且不超过 100000000000 的数。"),
    ],
)
def test_unsound_criteria_are_refused_with_a_sentence(raw: object, message: str) -> None:
    with pytest.raises(CriteriaError, match=f"^{message.replace('(', '[(]')}$"):
        clean_criteria(raw)


def test_clean_criteria_come_out_in_one_order_and_one_form() -> None:
    raw = [{"kind": "min_years", "value": "2"}, {"kind": "region", "value": ("640200", "640100", "640100")}]

    assert clean_criteria(raw) == [
        {"kind": "region", "value": ["640100", "640200"]},
        {"kind": "min_years", "value": 2},
    ]


def test_terms_name_what_is_too_much_too_long_too_dear_and_not_secured() -> None:
    version = ProductVersionFactory.build(product=None, reviewed_by=None, drafted_by=None, submitted_by=None)

    verdicts = judge_terms(
        version, amount=Decimal(3_500_000), term_months=3, highest_rate=Decimal("0.03"), guarantees=["mortgage"]
    )

    assert verdicts == [
        Verdict("amount", False, "额度10万元至300万元；需要350万元", "超出上限50万元", "额度10万元至300万元"),
        Verdict("term", False, "期限6个月至36个月；需要3个月", "低于下限3个月", "期限6个月至36个月"),
        Verdict("rate", False, "年利率最低3.85%；可接受最高3%", "高出0.85%", "年利率最低3.85%"),
        Verdict(
            "guarantee",
            False,
            "担保方式为信用、保证担保；可提供抵押",
            "需能提供信用、保证担保之一",
            "担保方式为信用、保证担保",
        ),
    ]


def test_terms_at_their_limits_are_met_and_no_rate_named_is_no_verdict() -> None:
    version = ProductVersionFactory.build(product=None, reviewed_by=None, drafted_by=None, submitted_by=None)

    verdicts = judge_terms(version, amount=Decimal(100_000), term_months=36, highest_rate=None, guarantees=["credit"])

    assert [(verdict.kind, verdict.is_met) for verdict in verdicts] == [
        ("amount", True),
        ("term", True),
        ("guarantee", True),
    ]


# Python and SQL.

COLUMNS = {
    "county_code": "text",
    "city_code": "text",
    "responsible_region": "text",
    "industry_code": "text",
    "kind": "text",
    "size_class": "text",
    "established_on": "date",
    "grade": "text",
    "tax_grade": "text",
    "dishonest_open": "integer",
    "serious_list_open": "integer",
    "abnormal_open": "integer",
    "bankruptcy_open": "integer",
    "sales_12m_amount": "numeric(18,2)",
    "tax_paid_12m_amount": "numeric(18,2)",
    "insured_staff": "integer",
    "liabilities_ratio": "numeric(12,4)",
    "certificates_valid": "integer",
    "hitech_valid": "integer",
}
COUNTS = st.none() | st.integers(0, 3)
DAYS = st.dates(dt.date(2015, 1, 1), dt.date(2027, 12, 31))
MONEY = st.decimals(0, 10**7, places=2)
DIVISIONS = [code for code, industry in industries.INDUSTRIES.items() if industry.parent]
CLEAN_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "region": st.lists(st.sampled_from(list(regions.REGIONS)), min_size=1, max_size=4),
    "industry": st.lists(st.sampled_from(list(industries.INDUSTRIES)), min_size=1, max_size=4),
    "industry_excluded": st.lists(st.sampled_from(list(industries.INDUSTRIES)), min_size=1, max_size=4),
    "enterprise_kind": st.lists(st.sampled_from(list(rules.KINDS)), min_size=1),
    "size_class": st.lists(st.sampled_from(list(rules.SIZES)), min_size=1),
    "min_years": st.integers(1, 6),
    "min_grade": st.sampled_from(rules.LETTERS),
    "tax_grade": st.lists(st.sampled_from(list(rules.TAX_GRADES)), min_size=1),
    "no_dishonesty": st.just(True),
    "no_serious_list": st.just(True),
    "no_abnormal": st.just(True),
    "no_bankruptcy": st.just(True),
    "min_sales": st.decimals("0.01", 10**7, places=2).map(str),
    "min_tax_paid": st.decimals("0.01", 10**7, places=2).map(str),
    "min_insured_staff": st.integers(1, 5).map(str),
    "max_liabilities_ratio": st.decimals("0.01", 1, places=2).map(str),
    "certificate": st.lists(st.sampled_from(list(rules.CERTIFICATES)), min_size=1),
}
SOME_CRITERIA = st.lists(st.sampled_from(list(CRITERIA)), min_size=1, max_size=4, unique=True).flatmap(
    lambda kinds: st.tuples(*(CLEAN_VALUES[kind].map(lambda v, k=kind: {"kind": k, "value": v}) for kind in kinds))
)
SOME_FIRM = st.fixed_dictionaries(
    {
        "county_code": st.none() | st.sampled_from([c.code for c in regions.COUNTIES]),
        "city_code": st.none() | st.sampled_from([c.code for c in regions.CITIES]),
        "responsible_region": st.none() | st.sampled_from([r.code for r in regions.RESPONSIBLE]),
        "industry_code": st.sampled_from(["", *DIVISIONS, "5174", "0111", "99zz"]) | st.none(),
        "kind": st.sampled_from([*rules.KINDS, ""]) | st.none(),
        "size_class": st.sampled_from([*rules.SIZES, "unknown"]) | st.none(),
        "established_on": st.none() | DAYS | st.just(dt.date(2024, 2, 29)),
        "grade": st.sampled_from([*rules.LETTERS, "", "E"]) | st.none(),
        "tax_grade": st.sampled_from([*rules.TAX_GRADES, ""]) | st.none(),
        "dishonest_open": COUNTS,
        "serious_list_open": COUNTS,
        "abnormal_open": COUNTS,
        "bankruptcy_open": COUNTS,
        "sales_12m_amount": st.none() | MONEY,
        "tax_paid_12m_amount": st.none() | MONEY,
        "insured_staff": st.none() | st.integers(0, 6),
        "liabilities_ratio": st.none() | st.decimals(0, 2, places=4),
        "certificates_valid": COUNTS,
        "hitech_valid": COUNTS,
    }
)


def _all_of(verdicts: list[Verdict]) -> bool | None:
    seen = {verdict.is_met for verdict in verdicts}
    return False if False in seen else None if None in seen else True


@pytest.mark.django_db
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=SOME_CRITERIA, firm=SOME_FIRM, today=DAYS | st.just(dt.date(2026, 2, 28)))
def test_python_and_sql_judge_alike(
    raw: tuple[dict[str, object], ...], firm: dict[str, object], today: dt.date
) -> None:
    asked = clean_criteria(list(raw))

    condition, params = compile_sql(asked, today=today)
    values = ", ".join(f"CAST(%s AS {kind}) AS {name}" for name, kind in COLUMNS.items())
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {condition} FROM (SELECT {values}) AS facts", [*params, *(firm[name] for name in COLUMNS)]
        )
        [in_sql] = cursor.fetchone()

    assert in_sql is _all_of(judge(asked, firm, today=today))


def test_no_criteria_compile_to_true() -> None:
    assert criteria.compile_sql([], today=TODAY) == ("TRUE", [])
