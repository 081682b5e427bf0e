"""The kinds of criteria (准入条件): what each means for one firm, and the same as a condition in SQL.

Facts are the plain columns of a firm. A fact that is not known (None) is never taken for a no. ``sql`` speaks of a relation
called ``facts`` whose columns are named as the facts are; it is NULL where ``is_met`` is None.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from portal import industries, regions
from portal.periods import add_months, whole_months

Facts = Mapping[str, object]
Condition = tuple[str, list[object]]

LETTERS = ("AAA", "AA", "A", "BBB", "BB", "B", "CCC", "CC", "C", "D")
TAX_GRADES = {"A": "A级", "B": "B级", "M": "M级", "C": "C级", "D": "D级"}
KINDS = {"company": "企业", "sole_trader": "个体工商户", "cooperative": "农民专业合作社", "branch": "分支机构"}
SIZES = {"large": "大型", "medium": "中型", "small": "小型", "micro": "微型", "not_applicable": "不划型"}
CERTIFICATES = {"certificates_valid": "专精特新等政策认定", "hitech_valid": "高新技术企业等资质"}


@dataclass(frozen=True)
class Terms:
    """What a product version offers, as a form or a loader has cleaned it. Amounts in yuan, rates as fractions of a year."""

    summary: str
    min_amount: Decimal
    max_amount: Decimal
    min_term_months: int
    max_term_months: int
    min_rate: Decimal
    max_rate: Decimal
    guarantees: list[str]
    repayment_methods: list[str]
    description: str = ""
    zone: str = ""
    scene: str = "general"
    criteria: list[dict[str, object]] = field(default_factory=list)
    asked_items: dict[str, str] = field(default_factory=dict)
    materials: str = ""


class CriteriaError(ValueError):
    """A criterion that cannot be judged, with a sentence for whoever wrote it."""


class Criterion(ABC):
    """What every kind can do."""

    label: str

    @abstractmethod
    def clean(self, value: object) -> object:
        """``value`` in the one form it is stored in. Raises CriteriaError."""

    @abstractmethod
    def requirement(self, value: object) -> str: ...

    @abstractmethod
    def is_met(self, value: object, facts: Facts, today: date) -> bool | None: ...

    @abstractmethod
    def standing(self, facts: Facts, today: date) -> str:
        """Where the firm stands; asked only where that is known."""

    def shortfall(self, value: object, facts: Facts, today: date) -> str:
        """How far the firm is from meeting it; asked only where it does not."""
        return ""

    @abstractmethod
    def sql(self, value: object, today: date) -> Condition: ...


# Values as they come out of JSON or a form.


def _codes(value: object, known: Collection[str], label: str) -> list[str]:
    """``value`` as known codes, each once, in the order of ``known``."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise CriteriaError(f"{label}：应为若干选项。")
    asked = {str(code) for code in value}
    if not asked or asked - set(known):
        raise CriteriaError(f"{label}：请从所列选项中选择至少一项。")
    return [code for code in known if code in asked]


def _whole(value: object, label: str, lowest: int, highest: int) -> int:
    try:
        number = int(str(value))
    except ValueError:
        raise CriteriaError(f"{label}：应为整数。") from None
    if not lowest <= number <= highest:
        raise CriteriaError(f"{label}：应在 {lowest} 到 {highest} 之间。")
    return number


def _decimal(value: object, label: str, highest: Decimal) -> Decimal:
    """A JSON text or a form's Decimal; a float is refused because it is not what was written."""
    try:
        number = Decimal(str(value)) if not isinstance(value, float) else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or not 0 < number <= highest:
        raise CriteriaError(f"{label}：应为大于 0 且不超过 {highest:f} 的数。")
    return number


def _listed(value: object) -> list[str]:
    return [str(code) for code in value] if isinstance(value, list) else []


def _either(answers: Iterable[bool | None]) -> bool | None:
    """OR as SQL has it: one yes is enough, otherwise one unknown leaves it open."""
    seen = set(answers)
    return True if True in seen else None if None in seen else False


def _span(months: int) -> str:
    years, rest = divmod(months, 12)
    return (f"{years}年" if years else "") + (f"{rest}个月" if rest or not years else "")


# The kinds.


@dataclass(frozen=True)
class InRegion(Criterion):
    """The firm is registered in, or answered for by, one of the regions."""

    label: str = "经营区域"
    columns: tuple[str, ...] = ("county_code", "city_code", "responsible_region")

    def clean(self, value: object) -> list[str]:
        return _codes(value, regions.REGIONS, self.label)

    def requirement(self, value: object) -> str:
        return f"注册地在{'、'.join(regions.name_of(code) for code in _listed(value))}"

    def is_met(self, value: object, facts: Facts, today: date) -> bool | None:
        asked = set(_listed(value))
        if regions.PROVINCE in asked:
            return True
        return _either(None if facts.get(column) is None else facts[column] in asked for column in self.columns)

    def standing(self, facts: Facts, today: date) -> str:
        return f"注册在{regions.name_of(str(facts.get('county_code')))}"

    def sql(self, value: object, today: date) -> Condition:
        asked = _listed(value)
        if regions.PROVINCE in asked:
            return "TRUE", []
        return " OR ".join(f"facts.{column} = ANY(%s)" for column in self.columns), [asked] * len(self.columns)


@dataclass(frozen=True)
class InIndustry(Criterion):
    """The firm's industry lies in one of the scopes (a section's letter or the first digits of a code), or in none of them."""

    label: str
    is_excluded: bool = False

    def clean(self, value: object) -> list[str]:
        return _codes(value, industries.INDUSTRIES, self.label)

    def requirement(self, value: object) -> str:
        names = "、".join(industries.name_of(code) for code in _listed(value))
        return f"行业不属于{names}" if self.is_excluded else f"行业属于{names}"

    def is_met(self, value: object, facts: Facts, today: date) -> bool | None:
        code = facts.get("industry_code")
        if not code:
            return None
        return any(industries.covers(scope, str(code)) for scope in _listed(value)) is not self.is_excluded

    def standing(self, facts: Facts, today: date) -> str:
        return f"属于{industries.name_of(str(facts.get('industry_code')))}"

    def sql(self, value: object, today: date) -> Condition:
        scopes = _listed(value)
        divisions = [i.code for i in industries.INDUSTRIES.values() if i.parent in scopes] + [
            scope for scope in scopes if not scope.isalpha()
        ]
        condition = "left(NULLIF(facts.industry_code, ''), 2) = ANY(%s)"
        return (f"NOT {condition}" if self.is_excluded else condition), [divisions]


@dataclass(frozen=True)
class Among(Criterion):
    """A coded fact is one of those accepted; ``blank`` codes say that it is not known."""

    label: str
    fact: str
    known: Mapping[str, str]
    blank: str = ""

    def clean(self, value: object) -> list[str]:
        return _codes(value, self.known, self.label)

    def requirement(self, value: object) -> str:
        return f"{self.label}为{'、'.join(self.known[code] for code in _listed(value))}"

    def is_met(self, value: object, facts: Facts, today: date) -> bool | None:
        code = facts.get(self.fact)
        return None if code is None or code == self.blank else code in _listed(value)

    def standing(self, facts: Facts, today: date) -> str:
        code = str(facts.get(self.fact))
        return f"{self.label}为{self.known.get(code, code)}"

    def sql(self, value: object, today: date) -> Condition:
        return f"NULLIF(facts.{self.fact}, %s) = ANY(%s)", [self.blank, _listed(value)]


@dataclass(frozen=True)
class InOperation(Criterion):
    """Whole years since the firm was established."""

    label: str = "成立年限"

    def clean(self, value: object) -> int:
        return _whole(value, self.label, 1, 50)

    def requirement(self, value: object) -> str:
        return f"成立满{value}年"

    def is_met(self, value: object, facts: Facts, today: date) -> bool | None:
        start = facts.get("established_on")
        return None if not isinstance(start, date) else self._due(start, value) <= today

    def standing(self, facts: Facts, today: date) -> str:
        start = facts.get("established_on")
        return f"已成立{_span(max(0, whole_months(start, today)))}" if isinstance(start, date) else ""

    def shortfall(self, value: object, facts: Facts, today: date) -> str:
        start = facts.get("established_on")
        if not isinstance(start, date):
            return ""
        due = self._due(start, value)
        months = whole_months(today, due)
        return f"{self.requirement(value)}还差{_span(months if add_months(today, months) >= due else months + 1)}"

    def sql(self, value: object, today: date) -> Condition:
        return "facts.established_on + make_interval(years => %s) <= %s", [value, today]

    @staticmethod
    def _due(start: date, value: object) -> date:
        return add_months(start, 12 * int(str(value)))


@dataclass(frozen=True)
class GradeAtLeast(Criterion):
    """The firm's grade is this letter or a better one."""

    label: str = "信用等级"

    def clean(self, value: object) -> str:
        return _codes([value], LETTERS, self.label)[0]

    def requirement(self, value: object) -> str:
        return f"信用等级不低于{value}"

    def is_met(self, value: object, facts: Facts, today: date) -> bool | None:
        letter = facts.get("grade")
        return LETTERS.index(str(letter)) <= LETTERS.index(str(value)) if letter in LETTERS else None

    def standing(self, facts: Facts, today: date) -> str:
        return f"当前等级为{facts.get('grade')}"

    def shortfall(self, value: object, facts: Facts, today: date) -> str:
        return f"还需提升{LETTERS.index(str(facts['grade'])) - LETTERS.index(str(value))}级"

    def sql(self, value: object, today: date) -> Condition:
        return "array_position(%s::text[], facts.grade::text) <= %s", [list(LETTERS), LETTERS.index(str(value)) + 1]


@dataclass(frozen=True)
class NoneOpen(Criterion):
    """A switch: the firm has no open entry of this sort."""

    label: str
    fact: str

    def clean(self, value: object) -> bool:
        if value is not True:
            raise CriteriaError(f"{self.label}：只能为“要求”。")
        return True

    def requirement(self, value: object) -> str:
        return f"没有{self.label}记录"

    def is_met(self, value: object, facts: Facts, today: date) -> bool | None:
        count = facts.get(self.fact)
        return None if count is None else count == 0

    def standing(self, facts: Facts, today: date) -> str:
        count = facts.get(self.fact)
        return "没有此类记录" if count == 0 else f"有{count}条尚未解除"

    def shortfall(self, value: object, facts: Facts, today: date) -> str:
        return "解除后可再申请；如记录有误，可提出异议"

    def sql(self, value: object, today: date) -> Condition:
        return f"facts.{self.fact} = 0", []


@dataclass(frozen=True)
class Bound(Criterion):
    """A figure of the firm is at least, or at most, so much. ``unit`` is how people say it, ``scale`` yuan or ones per unit."""

    label: str
    fact: str
    unit: str
    scale: Decimal
    highest: Decimal
    is_floor: bool = True

    def clean(self, value: object) -> str:
        return f"{_decimal(value, self.label, self.highest).normalize():f}"

    def requirement(self, value: object) -> str:
        return f"{self.label}{'不低于' if self.is_floor else '不高于'}{self._say(Decimal(str(value)))}"

    def is_met(self, value: object, facts: Facts, today: date) -> bool | None:
        figure = self._figure(facts)
        if figure is None:
            return None
        bound = Decimal(str(value))
        return figure >= bound if self.is_floor else figure <= bound

    def standing(self, facts: Facts, today: date) -> str:
        return f"为{self._say(self._figure(facts) or Decimal(0))}"

    def shortfall(self, value: object, facts: Facts, today: date) -> str:
        gap = abs(Decimal(str(value)) - (self._figure(facts) or Decimal(0)))
        return f"还差{self._say(gap)}" if self.is_floor else f"高出{self._say(gap)}"

    def sql(self, value: object, today: date) -> Condition:
        return f"facts.{self.fact} {'>=' if self.is_floor else '<='} %s", [Decimal(str(value))]

    def _figure(self, facts: Facts) -> Decimal | None:
        figure = facts.get(self.fact)
        return None if figure is None else Decimal(str(figure))

    def _say(self, figure: Decimal) -> str:
        said = f"{figure / self.scale:,.2f}".rstrip("0").rstrip(".")
        return f"{said}{self.unit}"


@dataclass(frozen=True)
class AnyCertificate(Criterion):
    """The firm holds at least one valid certificate of the sorts named."""

    label: str = "资质认定"

    def clean(self, value: object) -> list[str]:
        return _codes(value, CERTIFICATES, self.label)

    def requirement(self, value: object) -> str:
        return f"持有有效的{'或'.join(CERTIFICATES[code] for code in _listed(value))}"

    def is_met(self, value: object, facts: Facts, today: date) -> bool | None:
        counts = [facts.get(code) for code in _listed(value)]
        return _either(None if count is None else Decimal(str(count)) > 0 for count in counts)

    def standing(self, facts: Facts, today: date) -> str:
        held = [name for code, name in CERTIFICATES.items() if facts.get(code)]
        return f"持有{'、'.join(held)}" if held else "没有有效的认定"

    def shortfall(self, value: object, facts: Facts, today: date) -> str:
        return "取得认定并归集到平台后可再申请"

    def sql(self, value: object, today: date) -> Condition:
        return " OR ".join(f"facts.{code} > 0" for code in _listed(value)), []
