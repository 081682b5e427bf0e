from decimal import Decimal

import pytest

from lending.matching.rules import indicative_amount


@pytest.mark.parametrize(
    ("asked", "sales", "expected"),
    [
        # asked, product 10 to 300 万元, sales
        ("500000.00", None, "500000.00"),
        ("5000000.00", None, "3000000.00"),
        ("500000.00", "1000000.00", "300000.00"),
        ("500000.00", "1234567.89", "370000.00"),
        ("505000.00", None, "500000.00"),
        ("500000.00", "333333.30", None),
        ("50000.00", None, None),
    ],
)
def test_the_indicative_amount_is_the_least_of_wish_product_and_sales(
    asked: str, sales: str | None, expected: str | None
) -> None:
    found = indicative_amount(
        asked=Decimal(asked),
        lowest=Decimal("100000.00"),
        highest=Decimal("3000000.00"),
        sales=Decimal(sales) if sales else None,
    )

    assert found == (Decimal(expected) if expected else None)


def test_a_small_wish_is_kept_as_it_is() -> None:
    found = indicative_amount(
        asked=Decimal("9500.00"), lowest=Decimal("1000.00"), highest=Decimal("50000.00"), sales=None
    )

    assert found == Decimal("9500.00")
