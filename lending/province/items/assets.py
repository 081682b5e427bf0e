"""Items about property: real estate and intellectual property (不动产, 知识产权)."""

from collections.abc import Iterator
from datetime import timedelta

from lending.province.draws import happens
from lending.province.items.permits import TECHNICAL
from lending.province.items.world import Row, Subject, wan
from portal import regions


def _units(subject: Subject) -> list[str]:
    """Unit numbers of what the firm owns, the same for the deed and for what lies on it."""
    firm, rng = subject.firm, subject.shared("units")
    if firm.kind == "sole_trader" or not happens(rng, 120 + min(500, firm.revenue_wan // 12)):
        return []
    return [
        f"{firm.county}001001GB{firm.number:05d}F{place:04d}0001"[:28]
        for place in range(1, rng.choice((1, 1, 2, 3)) + 1)
    ]


def real_estate(subject: Subject) -> Iterator[Row]:
    firm, rng = subject.firm, subject.rng
    for place, unit in enumerate(_units(subject), start=1):
        day = subject.day_within(3000, since=150)
        county = regions.name_of(firm.county)
        yield {
            "uscc": firm.uscc,
            "real_estate_unit_no": unit,
            "cert_no": f"宁({day.year}){county}不动产权第{firm.number:05d}{place:02d}号",
            "location": firm.domicile,
            "right_type": "国有建设用地使用权及房屋所有权",
            "right_nature": "出让",
            "usage": rng.choice(("工业用地/厂房", "商业服务/商铺", "仓储用地/仓库")),
            "area": f"{rng.randint(80, 12_000)}.00",
            "co_ownership": "单独所有",
            "register_date": str(day),
            "valid_to": str(day + timedelta(days=365 * 40)),
        }


def encumbrances(subject: Subject) -> Iterator[Row]:
    firm, rng = subject.firm, subject.rng
    for place, unit in enumerate(_units(subject), start=1):
        is_sealed = subject.fate.is_executed and happens(rng, 500)
        if not is_sealed and not happens(rng, 380):
            continue
        day = subject.day_within(900, since=30)
        yield {
            "uscc": firm.uscc,
            "real_estate_unit_no": unit,
            "encumbrance_kind": "查封" if is_sealed else "抵押",
            "encumbrance_no": f"宁({day.year})证明第{firm.number:05d}{place:02d}号",
            "holder": "人民法院" if is_sealed else "宁夏示范农村商业银行股份有限公司",
            "secured_amount": "" if is_sealed else wan(max(200_000, firm.revenue_wan * 10_000 // 5)),
            "from_date": str(day),
            "to_date": str(day + timedelta(days=1095)),
            "rank": "1",
            "status": "现势",
        }


def _patents(subject: Subject) -> list[str]:
    firm, rng = subject.firm, subject.shared("patents")
    if not firm.is_company or firm.trade not in TECHNICAL | {"枸杞", "葡萄酒庄", "乳业"} or firm.quality < 400:
        return []
    return [
        f"ZL{20}{rng.randint(18, 25)}2{firm.number:05d}{place:02d}.X" for place in range(rng.choice((0, 0, 1, 2, 4, 7)))
    ]


def intellectual_property(subject: Subject) -> Iterator[Row]:
    firm, rng = subject.firm, subject.rng
    for number in _patents(subject):
        applied = subject.day_within(1800, since=500)
        granted = min(applied + timedelta(days=300), subject.today - timedelta(days=1))
        yield {
            "uscc": firm.uscc,
            "ip_kind": "实用新型",
            "reg_no": number,
            "ip_name": f"一种{firm.trade}用{rng.choice(('分选', '干燥', '检测', '输送', '控制', '清洗'))}装置",
            "apply_date": str(applied),
            "grant_date": str(granted),
            "valid_to": str(applied + timedelta(days=3650)),
            "legal_status": "有效" if happens(rng, 900) else "失效",
        }
    if firm.quality > 450 and happens(rng, 60):
        day = subject.day_within(1800, since=100)
        yield {
            "uscc": firm.uscc,
            "ip_kind": "商标",
            "reg_no": f"{60_000_000 + firm.number}",
            "ip_name": firm.name[2:4],
            "apply_date": str(day),
            "grant_date": str(day),
            "valid_to": str(day + timedelta(days=3650)),
            "legal_status": "有效",
        }


def ip_pledges(subject: Subject) -> Iterator[Row]:
    patents = _patents(subject)
    if not patents or not happens(subject.rng, 150):
        return
    day = subject.day_within(700, since=60)
    yield {
        "register_no": f"Y{day.year}64{subject.firm.number:07d}",
        "ip_kind": "实用新型",
        "ip_reg_no": patents[0],
        "uscc": subject.firm.uscc,
        "pledgee_name": "宁夏示范农村商业银行股份有限公司",
        "pledge_amount": wan(max(300_000, subject.firm.revenue_wan * 10_000 // 8)),
        "register_date": str(day),
        "cancel_date": "",
    }
