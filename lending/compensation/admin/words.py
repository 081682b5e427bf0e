"""How the scheme desk names the parameters of clauses, their units and their values."""

from enum import StrEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lending.compensation.clauses import breakers, caps, claims, eligibility, facts, layers, losses, procedure, shares
from portal import industries, regions

Word = str | Promise


class Unit(StrEnum):
    NONE = ""
    YUAN = "yuan"
    PERCENT = "percent"


TITLES: Final[dict[str, Word]] = {
    "FirmIsLiving": _("主体存续"), "FirmKind": _("主体类型"), "FirmRegion": _("登记地区"), "FirmSize": _("企业规模"),
    "FirmIndustry": _("行业排除"), "NoDishonesty": _("无失信记录"), "MatchedHere": _("平台撮合"), "LoanAmount": _("单笔金额上限"),
    "LoanTerm": _("贷款期限"), "LoanRate": _("利率上限"), "MainlyOnCredit": _("信用方式"), "EnrolledInTime": _("备案时限"),
    "Leverage": _("放大倍数"), "FirmRevenue": _("营业收入上限"), "FirmNotListed": _("非上市公司"), "FirmOnList": _("名单要求"),
    "FirmRating": _("评级要求"), "IndustryAllowed": _("行业范围"), "BorrowerAmount": _("单户贷款上限"), "LoanPurpose": _("贷款用途"),
    "CollateralKinds": _("担保方式"), "AllInPrice": _("综合融资成本"), "BanksPerBorrower": _("合作银行家数"),
    "BankAgreement": _("合作协议"), "BankQuota": _("合作额度"), "MutualDepositPaid": _("互助担保金"), "ClaimWindow": _("申报期间"),
    "LegalStepTaken": _("司法程序"), "FundRoom": _("资金池额度"), "UnpaidPrincipal": _("损失认定：未收回本金"),
    "OutstandingDebt": _("损失认定：按组成和认定日"), "ShareByCohort": _("补偿比例：按贷款类别"),
    "ShareByTier": _("补偿比例：按金额分档"), "ShareByPayers": _("分担比例：各方固定"), "ShareInOrder": _("分担顺序：依次承担"),
    "ShareByLayers": _("分层分担：按组合损失率"), "BorrowerCap": _("单户累计上限"), "LoanCap": _("单笔补偿上限"),
    "PublicMoneyCap": _("财政资金合计上限"), "PoolCap": _("资金池支出上限"), "Breaker": _("熔断"), "Procedure": _("办理程序"),
    "Appeal": _("复核申请"), "Instalments": _("分期拨付"), "Reductions": _("扣减情形"), "Stacking": _("叠加与互斥"),
    "RecoveryByPaidRatio": _("追偿返还"), "WriteOff": _("核销"), "RepurchaseOnCure": _("恢复正常后回购"),
}  # fmt: skip

#: The label of a parameter, by its name in the clause.
LABELS: Final[dict[str, Word]] = {
    "above": _("阈值"), "action": _("措施"), "after_months": _("满几个月"), "after_trips": _("五年内已触发次数"),
    "allowed": _("允许的用途"), "areas": _("地区"), "attach": _("起赔点"), "basis": _("计算基数"), "basis_window": _("基数期间"),
    "benchmarks": _("基准利率"), "body": _("受理单位"), "bonuses": _("加成"), "by": _("按什么查比例"), "ceiling": _("比例上限"),
    "code": _("代码"), "components": _("损失组成"), "counted_from": _("期限起算"), "covers": _("约束哪些方"), "days": _("天数"),
    "deducts_costs": _("先扣费用"), "due": _("拨付条件"), "excluded_sections": _("排除的行业门类"),
    "exclusive_with": _("互斥的方案代码"), "exhaust": _("止赔点"), "faults": _("扣减情形"), "in_calendar_days": _("按自然日"),
    "in_working_days": _("按工作日"), "is_inclusive": _("达到即触发"), "is_marginal": _("超额累进"),
    "is_net_of_receipts": _("扣除此后收回"), "kinds": _("种类"), "late_rate_per_day": _("逾期缴回日利率"), "layers": _("分层"),
    "least": _("下限"), "least_share": _("最低比例"), "limits": _("上限"), "lists": _("名单"), "lock_in_from": _("锁定期起算"),
    "lock_in_months": _("锁定期（月）"), "mark": _("标记"), "may_override": _("可经两人解除"), "metric": _("指标"), "most": _("上限"),
    "most_collateral_share": _("抵质押覆盖上限"), "most_cost_share": _("费用上限（占追回额）"), "most_months": _("最长（月）"),
    "most_share": _("最高比例"), "name": _("名称"), "of": _("计算基础"), "or_months_after_judgment": _("或判决后满（月）"),
    "or_risk_classes": _("或风险分类为"), "order": _("清偿顺序"), "over_days": _("逾期超过（天）"), "payers": _("分担方"),
    "plus": _("加点"), "portions": _("各期"), "purse": _("以何为限"), "rate": _("比例"), "rates": _("比例表"),
    "refused": _("不予受理的等级"),
    "remit_within_days": _("缴回期限（自然日）"), "remit_within_working_days": _("缴回期限（工作日）"), "reset_below": _("恢复线"),
    "reset_quarters": _("连续达标季度数"), "scope": _("范围"), "sections": _("行业门类"), "side": _("类别"), "since": _("自"),
    "sizes": _("规模"), "spread": _("加点"), "stackable_with": _("可叠加的方案代码"), "steps": _("环节"), "surcharge": _("加收比例"),
    "thresholds": _("阈值与措施"), "tiers": _("分档"), "times": _("倍数"), "up_to": _("金额不超过"), "valued_on": _("认定日"),
    "warns_at": _("预警线"), "weight": _("权重"), "window": _("期间"), "window_days": _("申报期限（天）"),
    "window_months": _("申报期限（月）"), "within_days": _("期限（天）"), "within_working_days": _("期限（工作日）"),
}  # fmt: skip

PERCENT: Final = frozenset(
    {
        "above", "attach", "ceiling", "exhaust", "late_rate_per_day", "least_share", "most_collateral_share", "most_cost_share",
        "most_share", "plus", "rate", "rates", "reset_below", "spread", "surcharge", "warns_at",
    }
)  # fmt: skip
YUAN: Final = frozenset({"up_to", "limits"})
#: Parameters called "most" that count something else than yuan.
COUNTS: Final = frozenset({"Leverage", "BanksPerBorrower"})

ENUMS: Final[dict[type[StrEnum], dict[str, Word]]] = {
    facts.Side: {
        "fund": _("资金池"), "bank": _("银行"), "guarantor": _("担保机构"), "insurer": _("保险公司"), "mutual": _("互助担保金"),
    },
    facts.Component: {"principal": _("本金"), "interest": _("利息"), "penalty": _("罚息"), "costs": _("合理费用")},
    facts.Scope: {"bank": _("一家银行"), "product": _("一个产品"), "guarantor": _("一家担保机构"), "fund": _("整个资金池")},
    facts.Window: {"year": _("本年"), "last_year": _("上年"), "five_years": _("近五年"), "all": _("累计")},
    losses.Valuation: {
        "today": _("计算日"), "npa": _("不良认定日"), "claim": _("申报日"), "lower": _("不良认定日与申报日孰低"),
    },
    layers.Key: {
        "cohort": _("贷款类别"), "size": _("企业规模"), "rating": _("评级"), "mode": _("业务模式"), "guarantee": _("担保方式"),
        "purpose": _("用途"), "risk_class": _("风险分类"),
    },
    layers.Basis: {"loss": _("全部损失"), "rest": _("余下损失")},
    layers.Purse: {"": _("不设限"), "mutual_deposit": _("已缴互助担保金"), "insured_amount": _("保险金额")},
    caps.Basis: {
        "": _("不按基数"), "registered": _("备案贷款本金"), "fees": _("保费收入"), "fees_and_recoveries": _("保费与追偿收入"),
        "opening": _("年初余额"), "budget": _("年度预算"), "deposited": _("累计注资"),
    },
    breakers.Metric: {
        "loss_rate": _("不良损失率"), "loss_rate_higher_of": _("不良率（户数与金额孰高）"), "overdue_rate": _("逾期率"),
        "paid_rate": _("代偿率"), "budget_use": _("预算使用率"),
    },
    breakers.BreakerAction: {
        "warn": _("预警"), "surcharge": _("加收费率"), "defer": _("暂缓补偿"), "stop_new": _("暂停新增备案"),
        "end_agreement": _("终止合作协议"),
    },
    procedure.StepCode: {
        "supplement": _("补正材料"), "formal_check": _("形式审查"), "expert_review": _("专家评审"), "site_review": _("现场核查"),
        "finance_opinion": _("财政意见"), "joint_meeting": _("联席会议"), "publicity": _("公示"), "approval": _("审定"),
        "payment": _("拨付"),
    },
    procedure.Due: {"at_once": _("审定后"), "recovery_concluded": _("追偿终结后")},
    claims.LockIn: {"drawdown": _("首次放款"), "last_drawdown": _("末次放款")},
    claims.CountedFrom: {
        "arrears": _("逾期满日"), "npa": _("不良认定日"), "lock_in": _("锁定期满"), "maturity": _("到期日"),
    },
}  # fmt: skip


def vocabulary(clause: str, name: str) -> dict[str, Word]:
    """The codes a list or a table of rates may hold, with their words; empty where anything may be typed."""
    known: dict[tuple[str, str], dict[str, Word]] = {
        ("FirmKind", "kinds"): {**eligibility.KINDS},
        ("CollateralKinds", "kinds"): {**eligibility.GUARANTEES},
        ("FirmSize", "sizes"): {**eligibility.SIZES},
        ("LoanAmount", "limits"): {**eligibility.SIZES, **eligibility.KINDS},
        ("ShareByCohort", "rates"): {**shares.COHORTS},
        ("ClaimWindow", "or_risk_classes"): {**claims.RISK_CLASSES},
    }
    if name == "areas":
        return {regions.PROVINCE: regions.name_of(regions.PROVINCE), **dict(regions.region_choices())}
    if name in {"excluded_sections", "sections"}:
        return dict(industries.section_choices())
    if name == "steps" and clause in {"LegalStepTaken", "WriteOff"}:
        return {**claims.LEGAL_STEPS}
    return known.get((clause, name), {})


def unit_of(clause: str, name: str, *, is_decimal: bool = True) -> Unit:
    if not is_decimal:
        return Unit.NONE
    if name in PERCENT:
        return Unit.PERCENT
    return Unit.YUAN if name in YUAN or (name == "most" and clause not in COUNTS) else Unit.NONE


#: What a clause says of itself when it cannot be made, for whoever drafts.
REASONS: Final[dict[str, Word]] = {
    "the bank bears no part": _("须有银行一方，且权重大于零。"),
    "no tier": _("请至少填写一档。"),
    "no payer": _("请至少填写一个分担方。"),
    "a payer without a rate": _("每个分担方须有固定比例、比例表或分档之一。"),
    "a layer ends above its beginning": _("每层的止赔点须高于起赔点，且至少有一层。"),
    "a basis and its multiple come together": _("计算基数和倍数须同时填写或同时不填。"),
    "a cap without an amount": _("请填写上限金额，或计算基数和倍数。"),
    "no threshold": _("请至少填写一个阈值。"),
    "no portion": _("请至少填写一期。"),
}
