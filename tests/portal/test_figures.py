import importlib
from decimal import Decimal
from pathlib import Path

import pytest
from django.db.models import TextChoices
from hypothesis import given
from hypothesis import strategies as st

from portal import figures
from portal.figures import Figure

ROOT = Path(__file__).resolve().parents[2]
STATE_FILES = sorted(
    file.relative_to(ROOT)
    for room in ("portal", "institutions", "enterprises", "lending")
    for file in (ROOT / room).rglob("states.py")
)


@pytest.mark.parametrize(
    ("amount", "unit", "written"),
    [
        ("500000.00", "auto", ("50", "万元")),
        ("1234500.00", "auto", ("123.45", "万元")),
        ("1234567.89", "auto", ("1,234,567.89", "元")),
        ("9999.00", "auto", ("9,999", "元")),
        ("-20000.00", "auto", ("-2", "万元")),
        ("0.00", "auto", ("0", "元")),
        ("1234567.89", "wan", ("123.46", "万元")),
        ("50234000000.00", "yi", ("502.34", "亿元")),
        ("500000.00", "yuan", ("500,000", "元")),
        ("321.50", "yuan", ("321.50", "元")),
    ],
)
def test_money_is_written_with_its_unit(amount: str, unit: str, written: tuple[str, str]) -> None:
    figure = figures.money(Decimal(amount), unit)

    assert (figure.figure, figure.unit) == written
    assert figure.exact == amount


def test_no_amount_is_not_zero() -> None:
    assert figures.money(None) == Figure()


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_the_automatic_form_never_loses_a_fen(amount: Decimal) -> None:
    written = figures.money(amount)

    factor = {"元": 1, "万元": 10_000}[written.unit]
    assert Decimal(written.figure.replace(",", "")) * factor == amount


def test_percent_is_exact() -> None:
    assert [figures.percent(Decimal("0.0435")), figures.percent(Decimal("0.8"), 0)] == ["4.35%", "80%"]


def test_a_state_code_has_one_tone() -> None:
    codes = [code for states in figures.TONES.values() for code in states]

    assert sorted(codes) == sorted(set(codes))


@pytest.mark.parametrize("file", STATE_FILES, ids=str)
def test_every_state_of_every_noun_has_its_tone(file: Path) -> None:
    module = importlib.import_module(".".join(file.with_suffix("").parts))
    nouns = [
        thing
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, TextChoices) and thing.__name__.endswith("State")
    ]

    known = {code for states in figures.TONES.values() for code in states}
    assert nouns
    assert {f"{noun.__name__}.{code}" for noun in nouns for code in noun.values if code not in known} == set()


def test_one_code_may_mean_something_else_of_another_noun() -> None:
    assert [figures.tone("accepted"), figures.tone("accepted", "application"), figures.tone("accepted", "batch")] == [
        "active",
        "active",
        "good",
    ]
