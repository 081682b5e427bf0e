"""Every feature (特征), declared once: what it means, from which items, over which window, and what its absence says.

``parts`` holds one SQL aggregate per item over a firm's records in force. A field is written ``{name}`` (text),
``{name:amount}`` (number), ``{name:wan}`` (number in 万元, becomes yuan), ``{name:whole}``, ``{name:flag}``, ``{name:date}`` or
``{name:month}`` (first day of the month). ``{@day}`` is the day asked for, ``{@day-24}`` the same 24 months earlier, ``{@month-1}`` the
first day of the month before. ``combine`` joins several parts, each named by
its item. From the fields named here follow the items a feature depends on and its sensitivity.

Twelve-month windows end with the month before last, because departments deliver a month late.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

FIELD = re.compile(r"\{(?P<name>[a-z_0-9]+)(?::(?P<kind>[a-z]+))?\}")
MOMENT = re.compile(r"\{@(?P<anchor>day|month)(?:-(?P<months>[0-9]+))?\}")


class Missing(Enum):
    """What it means that a firm has no record of the items."""

    ZERO = "zero"  # public adverse or registry facts: nothing on record is nothing
    UNKNOWN = "unknown"  # held under consent or not delivered for everybody: nothing on record says nothing


@dataclass(frozen=True)
class Feature:
    name: str
    meaning: str
    parts: Mapping[str, str]
    missing: Missing = Missing.UNKNOWN
    window: str = ""
    combine: str = ""

    @property
    def items(self) -> frozenset[str]:
        return frozenset(self.parts)

    @property
    def fields(self) -> frozenset[tuple[str, str]]:
        """The item fields the feature is computed from."""
        return frozenset(
            (item, match["name"]) for item, aggregate in self.parts.items() for match in FIELD.finditer(aggregate)
        )


# --- Windows ------------------------------------------------------------------------------------------------------------


def _year(moment: str) -> str:
    """The twelve delivered months."""
    return f"{moment} >= {{@month-13}} AND {moment} < {{@month-1}}"


def _year_before(moment: str) -> str:
    return f"{moment} >= {{@month-25}} AND {moment} < {{@month-13}}"


def _last(months: int, moment: str) -> str:
    return f"{moment} > {{@day-{months}}} AND {moment} <= {{@day}}"


def _valid(until: str) -> str:
    return f"({until} IS NULL OR {until} >= {{@day}})"


def _open(end: str) -> str:
    """Not ended on the day asked for."""
    return f"({end} IS NULL OR {end} > {{@day}})"


def _growth(value: str, moment: str, also: str = "true") -> str:
    """This year's sum against the year before; nothing where there is no year before."""
    now = f"sum({value}) FILTER (WHERE {_year(moment)} AND {also})"
    before = f"nullif(sum({value}) FILTER (WHERE {_year_before(moment)} AND {also}), 0)"
    return f"least(greatest(round({now} / {before} - 1, 4), -9999), 9999)"


def _latest(value: str, order: str) -> str:
    """The value of the newest record that has one."""
    return f"(array_agg({value} ORDER BY {order} DESC) FILTER (WHERE {value} IS NOT NULL))[1]"


def _sum(value: str, where: str) -> str:
    return f"sum({value}) FILTER (WHERE {where})"


def _count(where: str) -> str:
    return f"count(*) FILTER (WHERE {where})"


def _known_count(where: str, window: str) -> str:
    """A count that stays unknown where the window holds no record at all."""
    return f"CASE WHEN count(*) FILTER (WHERE {window}) > 0 THEN count(*) FILTER (WHERE {window} AND {where}) END"


VAT_SALES = "{tax_type} = '增值税'"
ZERO = Missing.ZERO
TWELVE, LAST_12, LAST_24, LAST_36, NOW = "截至上上月的12个月", "近12个月", "近24个月", "近36个月", "当前"

FEATURES: tuple[Feature, ...] = (
    # --- 登记 ---
    Feature(
        "paid_in_ratio",
        "实缴出资占认缴出资的比例",
        {
            "MR_SHAREHOLDER": "round(sum(coalesce({paid_amount:amount}, 0)) FILTER (WHERE {subscribed_amount:amount} > 0)"
            " / nullif(sum({subscribed_amount:amount}), 0), 4)"
        },
        window=NOW,
    ),
    Feature(
        "changes_12m",
        "法定代表人、股东、注册资本、住所、经营范围的变更次数",
        {
            "MR_CHANGE": _count(
                f"{_last(12, '{change_date:date}')} AND {{change_item}} ~ '法定代表人|负责人|股东|注册资本|住所|经营范围'"
            )
        },
        ZERO,
        LAST_12,
    ),
    Feature(
        "employees",
        "从业人数:最近一期年报所填,没有则取最近一月养老保险参保人数",
        {
            "MR_ANNUAL": _latest("{employee_num:whole}", "{report_year:whole}"),
            "SF_INSURED": _latest("{insured_pension:whole}", "{ym}"),
        },
        window="最近一期",
        combine="coalesce(MR_ANNUAL, SF_INSURED)",
    ),
    Feature(
        "revenue_amount",
        "最近一期年报营业总收入",
        {"MR_ANNUAL": _latest("{revenue:wan}", "{report_year:whole}")},
        window="最近一期",
    ),
    Feature(
        "assets_amount",
        "最近一期年报资产总额",
        {"MR_ANNUAL": _latest("{total_assets:wan}", "{report_year:whole}")},
        window="最近一期",
    ),
    Feature(
        "liabilities_ratio",
        "最近一期年报负债总额与资产总额之比",
        {
            "MR_ANNUAL": _latest(
                "least(round({total_liabilities:amount} / nullif({total_assets:amount}, 0), 4), 9999)",
                "{report_year:whole}",
            )
        },
        window="最近一期",
    ),
    Feature(
        "pledged_amount",
        "有效的动产抵押与股权出质所担保的债权",
        {"MR_PLEDGE": _sum("{secured_amount:wan}", f"{{status}} = '有效' AND {_open('{cancel_date:date}')}")},
        ZERO,
        NOW,
    ),
    Feature(
        "abnormal_open", "尚未移出的经营异常名录(状态)", {"MR_ABNORMAL": _count(_open("{remove_date:date}"))}, ZERO, NOW
    ),
    # --- 许可、处罚 ---
    Feature(
        "licences_valid",
        "当前有效的行政许可",
        {"AL_LICENSE": _count(f"{{status}} = '有效' AND {_valid('{valid_to:date}')}")},
        ZERO,
        NOW,
    ),
    *(
        Feature(
            f"penalties_{name}_{months}m",
            f"失信程度{degree}、未修复的行政处罚",
            {
                "AP_PENALTY": _count(
                    f"{_last(months, '{decide_date:date}')} AND {severity}"
                    " AND coalesce({repair_status}, '') NOT IN ('已修复', '到期停止')"
                )
            },
            ZERO,
            f"近{months}个月",
        )
        for name, degree, months, severity in (
            ("minor", "轻微", 24, "{severity} = '轻微'"),
            ("general", "一般(未注明的按一般)", 24, "coalesce({severity}, '一般') = '一般'"),
            ("serious", "严重", 36, "{severity} = '严重'"),
        )
    ),
    Feature(
        "fines_24m_amount",
        "行政罚款金额",
        {"AP_PENALTY": _sum("{fine_amount:wan}", _last(24, "{decide_date:date}"))},
        ZERO,
        LAST_24,
    ),
    # --- 司法 ---
    Feature(
        "defendant_24m",
        "作为被告的生效裁判",
        {"JD_JUDGMENT": _count(f"{{party_role}} = '被告' AND {_last(24, '{judge_date:date}')}")},
        ZERO,
        LAST_24,
    ),
    Feature(
        "executed_open",
        "尚未结案的被执行案件",
        {"JD_EXECUTED": _count("{case_status} IS DISTINCT FROM '结案'")},
        ZERO,
        NOW,
    ),
    Feature(
        "executed_open_amount",
        "未结案件的未履行金额(未注明的按执行标的)",
        {
            "JD_EXECUTED": _sum(
                "coalesce({unfulfilled_amount:amount}, {exec_amount:amount})", "{case_status} IS DISTINCT FROM '结案'"
            )
        },
        ZERO,
        NOW,
    ),
    Feature(
        "dishonest_open", "尚未退出的失信被执行人信息", {"JD_DISHONEST": _count(_open("{exit_date:date}"))}, ZERO, NOW
    ),
    Feature("restricted_open", "尚未解除的限制消费", {"JD_RESTRICT": _count(_open("{lift_date:date}"))}, ZERO, NOW),
    Feature(
        "bankruptcy_open",
        "进行中的破产清算、和解或未获批准的重整",
        {
            "JD_BANKRUPTCY": _count(
                "{stage} = '宣告破产' OR ({stage} = '受理') OR ({procedure} = '清算' AND {stage} <> '终结' AND {stage} <> '执行完毕')"
            )
        },
        ZERO,
        NOW,
    ),
    Feature(
        "reorganising",
        "重整计划已获批准、正在执行",
        {
            "JD_BANKRUPTCY": _count(
                "{procedure} IN ('重整', '预重整', '和解') AND {stage} IN ('批准重整计划', '执行中')"
            )
        },
        ZERO,
        NOW,
    ),
    Feature(
        "serious_list_open",
        "在列的严重失信主体名单",
        {"SD_LIST": _count(f"{{status}} = '在列' AND {_open('{remove_date:date}')}")},
        ZERO,
        NOW,
    ),
    # --- 荣誉、政策 ---
    Feature(
        "honours_36m",
        "县级以上荣誉表彰",
        {"HR_HONOR": _count(f"{_last(36, '{award_date:date}')} AND {_valid('{valid_to:date}')}")},
        ZERO,
        LAST_36,
    ),
    Feature(
        "subsidies_36m_amount",
        "财政补助、奖补",
        {"PS_SUBSIDY": _sum("{grant_amount:wan}", _last(36, "{grant_date:date}"))},
        window=LAST_36,
    ),
    Feature(
        "certificates_valid", "有效期内的专精特新等政策认定", {"PS_CERT": _count(_valid("{valid_to:date}"))}, ZERO, NOW
    ),
    # --- 纳税 ---
    Feature(
        "tax_grade",
        "最近一年纳税(缴费)信用级别",
        {"TX_RATING": _latest("{grade}", "{eval_year:whole}")},
        window="最近一期",
    ),
    Feature(
        "tax_paid_12m_amount",
        "入库税额",
        {"TX_PAYMENT": _sum("{tax_paid:amount}", _year("{period_to:date}"))},
        window=TWELVE,
    ),
    Feature(
        "sales_12m_amount",
        "增值税申报销售收入",
        {"TX_PAYMENT": _sum("{declared_sales:amount}", f"{VAT_SALES} AND {_year('{period_to:date}')}")},
        window=TWELVE,
    ),
    Feature(
        "sales_growth",
        "增值税申报销售收入与上一年同期相比",
        {"TX_PAYMENT": _growth("{declared_sales:amount}", "{period_to:date}", VAT_SALES)},
        window=TWELVE,
    ),
    Feature(
        "tax_overdue_12m",
        "逾期申报或缴款次数",
        {"TX_PAYMENT": _known_count("{is_overdue:flag}", _year("{period_to:date}"))},
        window=TWELVE,
    ),
    Feature(
        "invoiced_12m_amount",
        "销项发票不含税金额,扣除作废和红冲",
        {
            "TX_INVOICE": _sum(
                "{invoice_amount:amount} - coalesce({void_amount:amount}, 0)",
                f"{{direction}} = '销项' AND {_year('{ym:month}')}",
            )
        },
        window=TWELVE,
    ),
    Feature(
        "invoiced_growth",
        "销项发票净额与上一年同期相比",
        {
            "TX_INVOICE": _growth(
                "({invoice_amount:amount} - coalesce({void_amount:amount}, 0))", "{ym:month}", "{direction} = '销项'"
            )
        },
        window=TWELVE,
    ),
    Feature(
        "invoiced_months_12m",
        "开具过销项发票的月数",
        {
            "TX_INVOICE": f"CASE WHEN count(*) FILTER (WHERE {_year('{ym:month}')}) > 0 THEN count(DISTINCT {{ym}}) FILTER "
            f"(WHERE {{direction}} = '销项' AND {{invoice_count:whole}} > 0 AND {_year('{ym:month}')}) END"
        },
        window=TWELVE,
    ),
    Feature(
        "tax_arrears_amount",
        "公告的欠税余额",
        {"TX_ARREARS": _sum("{arrears_balance:amount}", _open("{clear_date:date}"))},
        ZERO,
        NOW,
    ),
    Feature(
        "tax_violation_open",
        "尚在公布的重大税收违法失信或非正常户",
        {"TX_VIOLATION": _count(_open("{remove_date:date}"))},
        ZERO,
        NOW,
    ),
    # --- 社保、公积金 ---
    Feature(
        "insured_staff",
        "最近一月养老保险参保人数",
        {"SF_INSURED": _latest("{insured_pension:whole}", "{ym}")},
        window="最近一期",
    ),
    Feature(
        "insured_growth",
        "最近十二个月平均参保人数与上一年同期相比",
        {
            "SF_INSURED": f"least(round(avg({{insured_pension:amount}}) FILTER (WHERE {_year('{ym:month}')})"
            f" / nullif(avg({{insured_pension:amount}}) FILTER (WHERE {_year_before('{ym:month}')}), 0) - 1, 4), 9999)"
        },
        window=TWELVE,
    ),
    Feature(
        "social_arrears_months",
        "社会保险费有欠缴的月数",
        {
            "SF_PAYMENT": f"CASE WHEN count(*) FILTER (WHERE {_last(24, '{period_to:date}')}) > 0 THEN "
            f"count(DISTINCT date_trunc('month', {{period_from:date}})) FILTER (WHERE {_last(24, '{period_to:date}')}"
            " AND coalesce({arrears_amount:amount}, {due_amount:amount} - {paid_amount:amount}) > 0) END"
        },
        window=LAST_24,
    ),
    Feature(
        "housing_fund_months_12m",
        "正常汇缴住房公积金的月数",
        {"SF_HOUSING_FUND": _known_count("{pay_amount:amount} > 0", _year("{ym:month}"))},
        window=TWELVE,
    ),
    # --- 进出口、水电气 ---
    Feature(
        "customs_level",
        "海关信用等级",
        {"CU_CREDIT": _latest("{credit_level}", "coalesce({credit_date}, '')")},
        window=NOW,
    ),
    Feature(
        "trade_12m_amount",
        "进出口货值",
        {"CU_TRADE": _sum("{trade_value_cny:amount}", _year("{ym:month}"))},
        window=TWELVE,
    ),
    Feature(
        "electricity_12m", "用电量(千瓦时)", {"UT_ELEC": _sum("{usage:amount}", _year("{ym:month}"))}, window=TWELVE
    ),
    Feature(
        "electricity_growth",
        "用电量与上一年同期相比",
        {"UT_ELEC": _growth("{usage:amount}", "{ym:month}")},
        window=TWELVE,
    ),
    Feature(
        "utility_arrears_periods",
        "水、电、气费有欠缴的账期数",
        {
            item: _known_count("{arrears_amount:amount} > 0", _last(12, "{ym:month}"))
            for item in ("UT_WATER", "UT_ELEC", "UT_GAS")
        },
        window=LAST_12,
        combine="CASE WHEN coalesce(UT_WATER, UT_ELEC, UT_GAS) IS NOT NULL"
        " THEN coalesce(UT_WATER, 0) + coalesce(UT_ELEC, 0) + coalesce(UT_GAS, 0) END",
    ),
    # --- 不动产、知识产权、研发 ---
    Feature("properties", "登记在名下的不动产", {"RE_OWNERSHIP": _count("{register_date:date} <= {@day}")}, window=NOW),
    Feature(
        "properties_sealed",
        "查封中的不动产单元",
        {
            "RE_ENCUMBRANCE": "count(DISTINCT {real_estate_unit_no}) FILTER (WHERE {encumbrance_kind} = '查封' AND {status} = '现势')"
        },
        window=NOW,
    ),
    Feature(
        "mortgaged_amount",
        "现势不动产抵押所担保的主债权",
        {
            "RE_ENCUMBRANCE": "coalesce(sum({secured_amount:wan}) FILTER (WHERE {encumbrance_kind} = '抵押' AND {status} = '现势'), 0)"
        },
        window=NOW,
    ),
    Feature(
        "ip_valid",
        "有效的专利、商标等知识产权",
        {"IP_RIGHT": _count(f"{{legal_status}} = '有效' AND {_valid('{valid_to:date}')}")},
        ZERO,
        NOW,
    ),
    Feature("ip_pledged", "在质的知识产权", {"IP_PLEDGE": _count(_open("{cancel_date:date}"))}, ZERO, NOW),
    Feature(
        "hitech_valid", "有效的高新技术企业等资质", {"RD_QUALIFICATION": _count(_valid("{valid_to:date}"))}, ZERO, NOW
    ),
    Feature(
        "rd_expense_amount",
        "最近一年研发费用",
        {
            "RD_PROJECT": "(array_agg({rd_expense:wan} ORDER BY {rd_year:whole} DESC, {rd_expense:amount} DESC)"
            " FILTER (WHERE {rd_expense} IS NOT NULL AND {rd_year} IS NOT NULL))[1]"
        },
        window="最近一期",
    ),
)

BY_NAME: dict[str, Feature] = {feature.name: feature for feature in FEATURES}
ITEMS: frozenset[str] = frozenset(item for feature in FEATURES for item in feature.items)


def resting_on(items: frozenset[str]) -> tuple[Feature, ...]:
    """The features that a change of ``items`` may change."""
    return tuple(feature for feature in FEATURES if feature.items & items)
