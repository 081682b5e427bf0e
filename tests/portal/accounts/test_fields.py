import pytest
from django.core.exceptions import ValidationError

from portal.accounts.fields import MainlandPhoneField, e164


@pytest.mark.parametrize(
    "typed",
    ["13895012345", "138 9501 2345", "+86 138-9501-2345", "008613895012345", "8613895012345", "１３８９５０１２３４５"],
)
def test_a_number_is_kept_in_one_way_however_it_is_typed(typed: str) -> None:
    assert MainlandPhoneField().clean(typed) == "+8613895012345"


@pytest.mark.parametrize("typed", ["1389501234", "138950123456", "12895012345", "0951-5012345", "+14155550100", "abc"])
def test_a_number_that_is_not_a_mainland_mobile_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError, match="请输入 11 位中国大陆手机号"):
        MainlandPhoneField().clean(typed)


def test_what_cannot_be_read_as_a_number_comes_back_for_the_validator() -> None:
    assert e164("not a number") == "notanumber"
