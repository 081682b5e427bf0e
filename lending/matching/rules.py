"""The indicative amount (参考额度): what a firm may expect of a product before any bank has looked. Pure.

No bank is bound by it, and no page shows it without the word 参考.
"""

from decimal import Decimal
from typing import Final

from portal.money import WAN, part

#: Default of the station: a year's loan should not exceed this share of a year's declared sales.
SALES_SHARE: Final = Decimal("0.30")


def indicative_amount(*, asked: Decimal, lowest: Decimal, highest: Decimal, sales: Decimal | None) -> Decimal | None:
    """The least of what is asked, what the product gives at most, and the share of sales where they are known, in whole 万元.

    None where that is less than the product's lowest amount. An amount asked below 1 万元 is kept as it is.
    """
    reach = min(asked, highest) if sales is None else min(asked, highest, part(sales, SALES_SHARE))
    whole = reach if reach < WAN else reach // WAN * WAN
    return whole if whole >= lowest else None
