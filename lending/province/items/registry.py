"""Items of the market regulator (市场主体注册登记)."""

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta

from lending.province.draws import around, happens
from lending.province.items.world import Row, Subject, office, wan

ENTITY_TYPES = {"company": "企业", "sole_trader": "个体工商户", "cooperative": "农民专业合作社"}
LISTS = {
    "company": "企业经营异常名录",
    "sole_trader": "个体户经营异常状态",
    "cooperative": "农专社经营异常名录",
}
REASONS = ("未按规定期限公示年度报告", "通过登记的住所或者经营场所无法联系", "公示企业信息隐瞒真实情况、弄虚作假")


def basic(subject: Subject) -> Iterator[Row]:
    firm = subject.firm
    yield {
        "uscc": firm.uscc,
        "reg_no": "",
        "entity_name": firm.name,
        "entity_type": ENTITY_TYPES[firm.kind],
        "legal_rep_name": firm.person,
        "legal_rep_id_no": firm.id_number,
        "reg_capital": f"{firm.capital_wan}.000000" if firm.capital_wan else "",
        "currency": "CNY" if firm.capital_wan else "",
        "establish_date": str(firm.established_on),
        "approve_date": str(max(firm.established_on, subject.day_within(900))),
        "valid_from": str(firm.established_on),
        "valid_to": "9999-12-31",
        "reg_status": firm.status,
        "reg_org": office("市场监督管理局", firm.county)[0],
        "domicile": firm.domicile,
        "region_code": firm.county,
        "industry_code": firm.industry,
        "biz_scope": firm.scope,
    }


def changes(subject: Subject) -> Iterator[Row]:
    rng = subject.rng
    if not happens(rng, 240 if subject.firm.is_company else 70):
        return
    for number in range(1, rng.choice((1, 1, 1, 2, 3)) + 1):
        kind = rng.choice(("法定代表人", "住所", "注册资本", "经营范围", "股东"))
        yield {
            "uscc": subject.firm.uscc,
            "change_item": kind,
            "before_content": f"原登记{kind}",
            "after_content": f"变更后{kind}",
            "change_date": str(subject.day_within(900)),
            "seq_no": str(number),
        }


def shareholders(subject: Subject) -> Iterator[Row]:
    firm, rng = subject.firm, subject.rng
    if not firm.is_company:
        return
    share = rng.choice((10_000, 6_000, 5_100, 7_000, 9_000))
    holders = [(firm.person, share)]
    if share < 10_000:
        holders.append(
            (f"{firm.person[0]}{rng.choice('建志国文明晓永海')}{rng.choice('军华平强林峰')}", 10_000 - share)
        )
    paid_in = min(1000, rng.randint(150, 700) + firm.quality // 2)
    for name, part in holders:
        subscribed = firm.capital_wan * part  # in 元, since a part of 10,000 of 万元 is 元
        yield {
            "uscc": firm.uscc,
            "shareholder_name": name,
            "shareholder_type": "自然人",
            "shareholder_uscc": "",
            "shareholder_cert_hash": hashlib.sha256(f"{firm.id_number}{name}".encode()).hexdigest(),
            "subscribed_amount": wan(subscribed),
            "subscribed_date": str(firm.established_on),
            "paid_amount": wan(subscribed * paid_in // 1000),
            "paid_date": str(firm.established_on + timedelta(days=90)),
            "share_ratio": f"{part // 100}.{part % 100:02d}",
        }


def key_people(subject: Subject) -> Iterator[Row]:
    firm = subject.firm
    if not firm.is_company:
        return
    positions = ("执行董事", "经理") if firm.staff < 50 else ("董事", "经理", "监事", "财务负责人")
    for place, position in enumerate(positions):
        name = firm.person if place < 2 else f"{subject.rng.choice('马王李张杨陈')}{subject.rng.choice('建志国文明')}"
        yield {
            "uscc": firm.uscc,
            "person_name": name,
            "position": position,
            "cert_no": firm.id_number if place < 2 else "",
            "mobile": firm.phone,
            "is_legal_rep": "true" if place < 2 else "false",
        }


def annual_reports(subject: Subject) -> Iterator[Row]:
    """Reports of the last two years; weak firms forget theirs, sole traders give few figures."""
    firm, rng = subject.firm, subject.rng
    for year in (subject.today.year - 2, subject.today.year - 1):
        if firm.established_on.year > year or happens(rng, max(20, 380 - firm.quality)):
            continue
        revenue = around(rng, firm.revenue_wan, 120) * (100 if year == subject.today.year - 2 else 104) // 100
        assets = around(rng, revenue * 9 // 10 + firm.capital_wan // 2 + 5, 250)
        debts = assets * max(60, min(1150, 980 - firm.quality + rng.randint(-180, 180))) // 1000
        profit = revenue * (firm.quality - 360) // 5000
        is_open = firm.is_company or happens(rng, 300)
        figures = {
            "total_assets": assets,
            "total_liabilities": debts,
            "owner_equity": assets - debts,
            "revenue": revenue,
            "main_revenue": revenue * 96 // 100,
            "total_profit": profit,
            "net_profit": profit * 3 // 4 if profit > 0 else profit,
            "tax_total": revenue * 3 // 100,
            "external_guarantee_amount": assets // 10 if happens(rng, 90) else 0,
        }
        yield {
            "uscc": firm.uscc,
            "report_year": str(year),
            "submit_date": str(date(year + 1, rng.randint(1, 6), rng.randint(1, 28))),
            "employee_num": str(firm.staff),
            **{name: f"{value}.00" if is_open else "" for name, value in figures.items()},
            "pub_flags": "",
        }


def pledges(subject: Subject) -> Iterator[Row]:
    firm, rng = subject.firm, subject.rng
    if firm.kind == "sole_trader" or not happens(rng, 45):
        return
    day = subject.day_within(1100, since=60)
    is_over = happens(rng, 350)
    yield {
        "register_no": f"DY{day:%Y%m%d}{firm.number:06d}",
        "pledge_kind": rng.choice(("动产抵押", "股权出质")),
        "uscc": firm.uscc,
        "pledgee_name": "宁夏示范农村商业银行股份有限公司",
        "secured_amount": f"{max(10, firm.revenue_wan // 6)}.00",
        "equity_amount": "",
        "register_date": str(day),
        "cancel_date": str(day + timedelta(days=30)) if is_over else "",
        "status": "注销" if is_over else "有效",
    }


def abnormal(subject: Subject) -> Iterator[Row]:
    firm, rng = subject.firm, subject.rng
    if not subject.fate.is_abnormal:
        return
    day = subject.day_within(800, since=120)
    is_removed = happens(rng, 450)
    organ = office("市场监督管理局", firm.county)[0]
    yield {
        "uscc": firm.uscc,
        "list_kind": LISTS[firm.kind],
        "include_reason": rng.choice(REASONS),
        "include_date": str(day),
        "include_org": organ,
        "remove_reason": "补报并公示年度报告后申请移出" if is_removed else "",
        "remove_date": str(day + timedelta(days=rng.randint(20, 110))) if is_removed else "",
        "remove_org": organ if is_removed else "",
    }
