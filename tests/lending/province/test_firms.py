"""The firms that are made up: sound codes, names given once, every county, and the same ones every time."""

import datetime as dt
from collections import Counter

import pytest

from lending.province.firms import Firm, make_firms
from portal import regions
from portal.identifiers import is_resident_number, uscc_fault
from portal.industries import section_of

TODAY = dt.date(2026, 11, 20)


@pytest.fixture(scope="module")
def firms() -> list[Firm]:
    return make_firms(1200, seed=640000, today=TODAY)


def test_every_code_is_valid_and_given_once(firms: list[Firm]) -> None:
    assert [firm.uscc for firm in firms if uscc_fault(firm.uscc)] == []
    assert len({firm.uscc for firm in firms}) == len({firm.name for firm in firms}) == len(firms)


def test_they_cover_every_county_and_ningdong(firms: list[Firm]) -> None:
    assert {firm.county for firm in firms} == {county.code for county in regions.COUNTIES}
    assert {firm.county for firm in firms if firm.is_ningdong} == {regions.NINGDONG_COUNTY}


def test_kinds_come_in_the_proportions_of_the_region(firms: list[Firm]) -> None:
    kinds = Counter(firm.kind for firm in firms)

    assert 500 <= kinds["sole_trader"] * 1000 // len(firms) <= 600
    assert 70 <= kinds["cooperative"] * 1000 // len(firms) <= 130


def test_nobody_real_carries_their_numbers(firms: list[Firm]) -> None:
    assert all(is_resident_number(firm.id_number) for firm in firms)
    assert {firm.id_number[:6] for firm in firms} == {regions.PROVINCE}


def test_industries_are_known(firms: list[Firm]) -> None:
    assert all(section_of(firm.industry) for firm in firms)


def test_the_same_seed_makes_the_same_firms_and_another_makes_others() -> None:
    again = make_firms(50, seed=1, today=TODAY)

    assert again == make_firms(50, seed=1, today=TODAY)
    assert {firm.uscc for firm in again}.isdisjoint(firm.uscc for firm in make_firms(50, seed=2, today=TODAY))
