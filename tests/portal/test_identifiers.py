"""统一社会信用代码: both check characters, every legal prefix."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as peer

from portal.identifiers import USCC_ALPHABET, UsccFault, make_uscc, mask_uscc, normalise_uscc, uscc_fault

bodies = st.text(alphabet=USCC_ALPHABET, min_size=8, max_size=8)
prefixes = st.sampled_from(["91", "92", "93", "12", "51", "N1", "N2", "Y1", "A1"])


@given(prefixes, bodies)
def test_a_made_code_is_valid(prefix: str, body: str) -> None:
    assert uscc_fault(make_uscc(prefix, "640104", body)) is None


@given(st.sampled_from(["91", "92", "93"]), bodies)
def test_the_outer_check_agrees_with_another_implementation(prefix: str, body: str) -> None:
    assert peer.is_valid(make_uscc(prefix, "640104", body))


@given(prefixes, bodies, st.integers(0, 17), st.sampled_from(USCC_ALPHABET))
def test_one_wrong_character_is_found(prefix: str, body: str, position: int, character: str) -> None:
    code = make_uscc(prefix, "640104", body)
    wrong = code[:position] + character + code[position + 1 :]

    assert (uscc_fault(wrong) is None) == (wrong == code)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("9164010400000000", UsccFault("length")),
        ("91640104MA7610IX3B", UsccFault("character", 15)),
        ("9164A104MA76100X3B", UsccFault("region", 3)),
    ],
)
def test_a_fault_names_its_place(code: str, fault: UsccFault) -> None:
    assert uscc_fault(code) == fault


def test_the_inner_check_is_looked_at_too() -> None:
    """The outer character fits, the organisation code's does not: python-stdnum lets this pass."""
    good = make_uscc("91", "640104", "MA7610A1")
    inner = "0" if good[16] != "0" else "1"
    from portal.identifiers import uscc_check_character

    first = good[:16] + inner
    wrong = first + uscc_check_character(first)

    assert peer.is_valid(wrong)
    assert uscc_fault(wrong) == UsccFault("organisation_check", 17)


def test_what_people_type_is_understood() -> None:
    assert normalise_uscc(" 91640104-ma7610a1 xa\u3000") == "91640104MA7610A1XA"
    assert normalise_uscc("91640104") == "91640104"


def test_a_masked_code_keeps_region_and_end() -> None:
    assert mask_uscc("91640104MA7610A1XA") == "91640104********XA"
