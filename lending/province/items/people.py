"""Items about staff: social insurance and housing fund (社会保险费和住房公积金缴纳)."""

from collections.abc import Iterator
from datetime import timedelta

from lending.province.draws import happens
from lending.province.items.world import Row, Subject, money, month_end, ym

BASE = 5_200


def _heads(subject: Subject) -> list[int]:
    """Insured staff of each month: a share of the real staff that drifts with how the firm does."""
    firm, rng = subject.firm, subject.shared("heads")
    share = min(1000, 380 + firm.quality // 2 + rng.randint(-80, 80))
    last, count = max(1, firm.staff * share // 1000), len(subject.months())
    return [max(1, last - last * firm.growth * (count - 1 - place) // (2000 * 12)) for place in range(count)]


def _insures(subject: Subject) -> bool:
    rng = subject.shared("insures")
    return subject.firm.is_living and happens(rng, 860 if subject.firm.is_company else 60)


def insured(subject: Subject) -> Iterator[Row]:
    if not _insures(subject):
        return
    for month, heads in zip(subject.months(), _heads(subject), strict=True):
        yield {
            "uscc": subject.firm.uscc,
            "org_no": f"S64{subject.firm.number:08d}",
            "ym": ym(month),
            "insured_pension": str(heads),
            "insured_medical": str(heads),
            "insured_unemployment": str(heads),
            "insured_injury": str(heads),
            "insure_status": "正常",
            "first_insure_date": str(subject.firm.established_on + timedelta(days=40)),
        }


def contributions(subject: Subject) -> Iterator[Row]:
    """One line a month for pensions, one for medical care; weak firms fall behind in the latest months."""
    if not _insures(subject):
        return
    months = subject.months()
    behind = subject.rng.randint(1, 6) if subject.fate.has_tax_arrears or subject.fate.is_dishonest else 0
    for place, (month, heads) in enumerate(zip(months, _heads(subject), strict=True)):
        for kind, share in (("养老", 24), ("医疗", 10)):
            due = heads * BASE * share // 100
            paid = 0 if place >= len(months) - behind else due
            yield {
                "uscc": subject.firm.uscc,
                "insurance_type": kind,
                "period_from": str(month),
                "period_to": str(month_end(month)),
                "pay_base": money(heads * BASE),
                "due_amount": money(due),
                "paid_amount": money(paid),
                "pay_date": str(month_end(month)) if paid else "",
                "arrears_amount": money(due - paid),
            }


def housing_fund(subject: Subject) -> Iterator[Row]:
    firm, rng = subject.firm, subject.rng
    if not firm.is_company or not _insures(subject) or not happens(rng, 200 + firm.quality // 2):
        return
    for month, heads in zip(subject.months(), _heads(subject), strict=True):
        if happens(rng, max(0, 90 - firm.quality // 6)):
            continue
        yield {
            "uscc": firm.uscc,
            "fund_account": f"G64{firm.number:08d}",
            "ym": ym(month),
            "payer_num": str(heads),
            "pay_base": money(heads * BASE),
            "pay_ratio_unit": "8.00",
            "pay_amount": money(heads * BASE * 16 // 100),
            "account_status": "正常",
            "pay_to_ym": ym(month),
        }
