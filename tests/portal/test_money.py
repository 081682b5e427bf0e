"""Money: exact to the fen, whatever is split by whatever."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal import money

amounts = st.decimals(min_value="-99999999.99", max_value="99999999.99", places=2)
weights = st.lists(st.decimals(min_value="0", max_value="1000", places=4), min_size=1, max_size=8).filter(
    lambda w: sum(w) > 0
)


@given(amounts, weights)
def test_split_loses_no_fen(amount: Decimal, shares: list[Decimal]) -> None:
    parts = money.split(amount, shares)

    assert sum(parts) == amount


@given(amounts, weights)
def test_split_strays_less_than_a_fen_from_the_exact_share(amount: Decimal, shares: list[Decimal]) -> None:
    parts = money.split(amount, shares)

    total = sum(shares)
    assert all(abs(part - amount * share / total) < money.FEN for part, share in zip(parts, shares, strict=True))


def test_split_gives_the_odd_fen_to_the_largest_remainder_then_to_the_first() -> None:
    assert money.split(Decimal("100.00"), [Decimal(1), Decimal(1), Decimal(1)]) == [
        Decimal("33.34"),
        Decimal("33.33"),
        Decimal("33.33"),
    ]


def test_split_of_the_nkd_recovery_is_four_four_two() -> None:
    """peers.md fixture 14: 40万 net shared 4:4:2."""
    shares = {"region": Decimal(4), "county": Decimal(4), "bank": Decimal(2)}

    assert money.split_by_key(Decimal("400000.00"), shares) == {
        "region": Decimal("160000.00"),
        "county": Decimal("160000.00"),
        "bank": Decimal("80000.00"),
    }


@pytest.mark.parametrize("shares", [[], [Decimal(0)], [Decimal(-1), Decimal(2)]])
def test_split_refuses_weights_that_share_nothing(shares: list[Decimal]) -> None:
    with pytest.raises(ValueError, match="weights"):
        money.split(Decimal("1.00"), shares)


@pytest.mark.parametrize("convert", [money.yuan, money.rate])
def test_a_float_is_never_money(convert: object) -> None:
    with pytest.raises(TypeError):
        convert(0.1)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [("0.005", "0.01"), ("0.004", "0.00"), ("-0.005", "-0.01"), ("2.675", "2.68"), ("1", "1.00")],
)
def test_yuan_rounds_half_up(given_value: str, expected: str) -> None:
    assert money.yuan(given_value) == Decimal(expected)


def test_wan_and_back() -> None:
    assert money.from_wan("12.3456") == Decimal("123456.00")
    assert money.to_wan(Decimal("123456.00")) == Decimal("12.35")
