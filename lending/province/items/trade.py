"""Items of the customs (进出口)."""

from collections.abc import Iterator

from lending.province.draws import happens
from lending.province.firms import facts
from lending.province.items.world import Row, Subject, money, ym

TRADES = frozenset(
    {"枸杞", "葡萄酒庄", "羊绒制品", "炭素", "化工", "新材料", "铁合金", "光伏科技", "仪表阀门", "商贸", "电子商务"}
)
COUNTRIES: list[str] = facts("words")["countries"]


def _trades_abroad(subject: Subject) -> bool:
    firm = subject.firm
    return firm.is_company and firm.is_living and firm.trade in TRADES and happens(subject.shared("abroad"), 330)


def customs_files(subject: Subject) -> Iterator[Row]:
    if not _trades_abroad(subject):
        return
    firm, rng = subject.firm, subject.rng
    is_advanced = firm.quality > 680 and happens(rng, 400)
    day = subject.day_within(1800, since=200)
    yield {
        "uscc": firm.uscc,
        "customs_code": f"64{firm.number:08d}",
        "biz_category": "进出口货物收发货人",
        "register_date": str(day),
        "status": "正常",
        "credit_level": "高级认证企业" if is_advanced else "失信企业" if firm.quality < 180 else "常规企业",
        "credit_date": str(day),
    }


def declarations(subject: Subject) -> Iterator[Row]:
    if not _trades_abroad(subject):
        return
    rng = subject.rng
    for month, sold in zip(subject.months(), subject.monthly_sales(), strict=True):
        if happens(rng, 180):
            continue
        value = sold * rng.randint(80, 320) // 1000
        yield {
            "uscc": subject.firm.uscc,
            "ym": ym(month),
            "direction": "出口" if happens(rng, 850) else "进口",
            "declaration_count": str(rng.randint(1, 12)),
            "trade_value_cny": money(max(1_000, value)),
            "top_country": rng.choice(COUNTRIES),
        }
