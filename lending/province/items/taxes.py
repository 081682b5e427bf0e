"""Items of the tax office (纳税)."""

from collections.abc import Iterator
from datetime import timedelta

from lending.province.draws import happens
from lending.province.items.world import Row, Subject, money, month_end, ym

OFFICE = "国家税务总局宁夏回族自治区税务局"


def ratings(subject: Subject) -> Iterator[Row]:
    """Companies are rated every year; of the others only those that file like one."""
    firm, rng = subject.firm, subject.rng
    if not firm.is_company and not happens(rng, 260):
        return
    for year in (subject.today.year - 2, subject.today.year - 1):
        if firm.established_on.year > year:
            continue
        yield {
            "uscc": firm.uscc,
            "taxpayer_no": firm.uscc,
            "eval_year": str(year),
            "grade": subject.fate.tax_grade,
            "eval_org": OFFICE,
            "eval_date": f"{year + 1}-04-{rng.randint(10, 28):02d}",
        }


def payments(subject: Subject) -> Iterator[Row]:
    """Value-added tax by month for companies; by quarter, and only for some, for the rest."""
    firm, rng = subject.firm, subject.rng
    if not firm.is_living or (not firm.is_company and not happens(rng, 380)):
        return
    months, sales = subject.months(), subject.monthly_sales()
    step = 1 if firm.is_company else 3
    first = 0 if step == 1 else next((i for i, month in enumerate(months) if month.month % 3 == 1), len(months))
    for place in range(first, len(months) - step + 1, step):
        sold = sum(sales[place : place + step])
        due = sold * (13 if firm.is_company else 10) // 1000
        is_late = subject.fate.is_late_filer and happens(rng, 180)
        paid_on = month_end(months[place + step - 1]) + timedelta(days=rng.randint(5, 14) + (35 if is_late else 0))
        if paid_on >= subject.today:
            continue
        yield {
            "uscc": firm.uscc,
            "tax_type": "增值税",
            "period_from": str(months[place]),
            "period_to": str(month_end(months[place + step - 1])),
            "declared_sales": money(sold),
            "tax_due": money(due),
            "tax_paid": money(due * 6 // 10 if subject.fate.has_tax_arrears and place > len(months) - 6 else due),
            "tax_relief": money(0 if firm.is_company else due // 2),
            "declare_date": str(paid_on),
            "pay_date": str(paid_on),
            "is_overdue": "true" if is_late else "false",
        }


def invoices(subject: Subject) -> Iterator[Row]:
    firm, rng = subject.firm, subject.rng
    if not firm.is_living or (not firm.is_company and not happens(rng, 250)):
        return
    for month, sold in zip(subject.months(), subject.monthly_sales(), strict=True):
        if happens(rng, max(6, 240 - firm.quality // 2)):
            continue  # a month without a sale
        for direction, amount in (("销项", sold * 94 // 100), ("进项", sold * rng.randint(55, 80) // 100)):
            if direction == "进项" and not firm.is_company:
                continue
            yield {
                "uscc": firm.uscc,
                "ym": ym(month),
                "direction": direction,
                "invoice_count": str(max(1, amount // rng.randint(8_000, 40_000))),
                "invoice_amount": money(amount),
                "invoice_tax": money(amount * 13 // 100 if firm.is_company else amount // 100),
                "void_amount": money(amount * rng.randint(0, 40) // 1000),
                "top5_ratio": f"{rng.randint(1800, 9600) // 100}.{rng.randint(0, 99):02d}",
            }


def arrears(subject: Subject) -> Iterator[Row]:
    firm, rng = subject.firm, subject.rng
    if not subject.fate.has_tax_arrears:
        return
    day = subject.day_within(420, since=60)
    owed = max(3_000, firm.revenue_wan * 10_000 * rng.randint(4, 25) // 1000)
    is_cleared = happens(rng, 250)
    yield {
        "uscc": firm.uscc,
        "taxpayer_name": firm.name,
        "tax_type": "增值税",
        "arrears_balance": money(owed),
        "arrears_new": money(owed // 3),
        "notice_date": str(day),
        "notice_org": OFFICE,
        "clear_date": str(day + timedelta(days=45)) if is_cleared else "",
    }


def violations(subject: Subject) -> Iterator[Row]:
    firm, rng = subject.firm, subject.rng
    if not subject.fate.has_tax_violation:
        return
    kind = "非正常户" if happens(rng, 700) else "重大税收违法失信主体"
    yield {
        "uscc": firm.uscc,
        "violation_kind": kind,
        "case_nature": "" if kind == "非正常户" else "虚开增值税专用发票",
        "fact": "连续三个月未按期申报" if kind == "非正常户" else "经税务机关检查认定",
        "handling": "",
        "publish_date": str(subject.day_within(600, since=60)),
        "remove_date": "",
    }
