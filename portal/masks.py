"""Masks by kind: what of a name, a number, an address or an amount may be shown to whoever may not see all of it.

Pure: plain values in, words out. A mask never shows more than half of what it hides.
"""

import re
from decimal import Decimal, InvalidOperation
from typing import Final

#: Characters kept at the front and at the back.
KEPT: Final = {
    "phone": (3, 4),
    "id": (4, 2),
    "name": (1, 0),
    "account": (0, 4),
    "uscc": (4, 4),
    "text": (1, 1),
}
#: Upper ends of the bands in which an amount is told, in yuan.
BANDS: Final = (
    (Decimal(100_000), "10 万元以下"),
    (Decimal(500_000), "10 万元至 50 万元"),
    (Decimal(1_000_000), "50 万元至 100 万元"),
    (Decimal(5_000_000), "100 万元至 500 万元"),
    (Decimal(10_000_000), "500 万元至 1000 万元"),
    (Decimal(50_000_000), "1000 万元至 5000 万元"),
    (Decimal(100_000_000), "5000 万元至 1 亿元"),
)
LARGEST: Final = "1 亿元以上"
#: How far an address is told: as far as the county or district.
AREA: Final = re.compile(r"^(?:.{2,6}?(?:自治区|省))?(?:.{2,8}?(?:市|自治州|盟|地区))?.{1,8}?(?:区|县|旗|市)")

_PHONE: Final = re.compile(r"(?<![0-9A-Za-z])((?:\+?86[ -]?)?1[3-9]\d)\d{4}(\d{4})(?![0-9A-Za-z])")
_ID_NUMBER: Final = re.compile(
    r"(?<![0-9A-Za-z])([1-8]\d{3})\d{2}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{2}(\d[\dXx])(?![0-9A-Za-z])"
)


def masked(value: object, kind: str = "text") -> str:
    """``value`` with what matters hidden, in the manner of its kind: text, name, id, phone, account, email, uscc, address, amount."""
    text = str(value if value is not None else "").strip()
    if kind == "amount":
        return band(text)
    if kind == "address":
        return _address(text)
    if kind == "email" and "@" in text:
        local, domain = text.split("@", 1)
        return f"{local[:1]}***@{domain}"
    if kind == "name":
        return _name(text)
    text = text.removeprefix("+86") if kind == "phone" else text
    front, back = KEPT.get(kind, KEPT["text"])
    if (len(text) < 2 * (front + back) and kind != "phone") or len(text) <= front + back:
        return "*" * max(len(text), 3)
    hidden = "*" * min(len(text) - front - back, 8)
    return text[:front] + hidden + (text[-back:] if back else "")


def band(amount: object) -> str:
    """The band in which an amount of yuan lies; nothing of what is no amount."""
    try:
        value = abs(Decimal(str(amount)))
    except InvalidOperation:
        return "***"
    if not value.is_finite():
        return "***"
    return next((words for end, words in BANDS if value < end), LARGEST)


def in_text(text: str) -> str:
    """``text`` with every resident's number and mobile number masked: for log lines, into which they may slip."""
    return _PHONE.sub(r"\1****\2", _ID_NUMBER.sub(r"\1************\2", text))


def _name(text: str) -> str:
    """张三 is 张*, 张小三 is 张*三, longer names keep their first and last letters."""
    if len(text) < 3:
        return f"{text[0]}*" if len(text) == 2 else "***"
    return text[0] + "*" * min(len(text) - 2, 8) + text[-1]


def _address(text: str) -> str:
    area = AREA.match(text)
    return f"{area[0]}***" if area and len(area[0]) < len(text) else "***"
