"""Institutions of every kind with their branches, officers and products, admitted and listed by the station's own actions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from institutions import actions as institutions
from institutions.models import Branch, Institution, Officer
from institutions.products import actions as products
from institutions.products.models import ProductVersion
from institutions.products.rules import Terms
from lending.province.firms import facts
from lending.province.people import People, enter
from portal import money, regions
from portal.accounts.models import User
from portal.accounts.roles import OfficerRole
from portal.identifiers import COMPANY, make_uscc

MATERIALS = "营业执照;法定代表人身份证件;近一年财务报表或经营流水;贷款用途证明材料。"


@dataclass(frozen=True)
class House:
    """One institution with the people who act for it."""

    institution: Institution
    officers: dict[str, list[Officer]]

    def one(self, role: OfficerRole, rng: Random) -> Officer:
        return rng.choice(self.officers[role])


def make_houses(people: People, *, reviewer: User, at: datetime, count: int | None = None) -> dict[str, House]:
    """The institutions, or the first ``count`` of them, by code."""
    houses: dict[str, House] = {}
    for place, entry in enumerate(facts("institutions")[:count], start=1):
        institution = _institution(entry, place, reviewer, at)
        houses[entry["code"]] = House(institution, _officers(institution, people, reviewer, at, is_first=place == 1))
    return houses


def _institution(entry: dict[str, Any], place: int, reviewer: User, at: datetime) -> Institution:
    institution = Institution(
        kind=entry["kind"],
        code=entry["code"],
        name=entry["name"],
        short_name=entry["short_name"],
        uscc=make_uscc(COMPANY, regions.PROVINCE, f"71500{place:03d}"),
        region_code=entry["region_code"],
        introduction=entry["introduction"],
        service_phone=f"0951-5000{place:03d}",
        asks_four_eyes=bool(entry["asks_four_eyes"]),
    )
    institutions.register(institution=institution, by=reviewer, at=at)
    reviewed = (at - timedelta(days=20)).date()
    return institutions.admit(
        institution=institution,
        security_reviewed_on=reviewed,
        security_valid_until=reviewed + timedelta(days=365 * 4),
        by=reviewer,
        at=at,
    )


def _officers(
    institution: Institution, people: People, reviewer: User, at: datetime, *, is_first: bool
) -> dict[str, list[Officer]]:
    """Two loan officers, two approvers, a product manager and an administrator; the first bank's have short names to log in by."""
    branches = _branches(institution, reviewer, at)
    code = institution.code.lower()
    wanted = [
        ("officer", OfficerRole.LOAN_OFFICER),
        ("officer2", OfficerRole.LOAN_OFFICER),
        ("approver", OfficerRole.APPROVER),
        ("approver2", OfficerRole.APPROVER),
        ("pm", OfficerRole.PRODUCT_MANAGER),
        ("bankadmin", OfficerRole.ADMINISTRATOR),
    ]
    users = [people.make(name if is_first else f"{code}-{name}", at=at) for name, _role in wanted]
    enter(users)
    found: dict[str, list[Officer]] = {role: [] for role in OfficerRole.values}
    for (_name, role), user, branch in zip(wanted, users, branches * 6, strict=False):
        officer = institutions.appoint(
            institution=institution, address=user.email, role=role, branch=branch, by=reviewer, at=at
        )
        found[role].append(officer)
    return found


def _branches(institution: Institution, reviewer: User, at: datetime) -> list[Branch]:
    home = institution.region_code
    cities = [city for city in regions.CITIES if home in {regions.PROVINCE, city.code}]
    return [
        institutions.open_branch(
            institution=institution,
            name=f"{institution.short_name}{city.name}分支机构",
            region_code=city.code,
            address=f"{city.name}解放街{10 + place}号",
            phone=f"095{place}-6000{place:03d}",
            by=reviewer,
            at=at,
        )
        for place, city in enumerate(cities, start=1)
    ]


def make_products(houses: dict[str, House], *, reviewer: User, at: datetime) -> list[ProductVersion]:
    """Every product drafted, submitted and listed."""
    versions = []
    for place, entry in enumerate(facts("products")):
        house = houses[entry["institution"]]
        manager = house.officers[OfficerRole.PRODUCT_MANAGER][0]
        moment = at + timedelta(hours=place)
        version = products.draft(officer=manager, name=entry["name"], terms=_terms(entry), at=moment)
        version = products.submit(version=version, officer=manager, at=moment + timedelta(minutes=30))
        versions.append(products.list_version(version=version, by=reviewer, at=moment + timedelta(hours=3)))
    return versions


def draft_waiting(houses: dict[str, House], *, at: datetime) -> ProductVersion:
    """One more product that a reviewer finds in the queue."""
    entry = facts("products")[1] | {"name": "滩羊仓单贷", "summary": "以冷库仓单为依据的短期周转贷款"}
    manager = houses[entry["institution"]].officers[OfficerRole.PRODUCT_MANAGER][0]
    version = products.draft(officer=manager, name=entry["name"], terms=_terms(entry), at=at)
    return products.submit(version=version, officer=manager, at=at + timedelta(minutes=20))


def _terms(entry: dict[str, Any]) -> Terms:
    low, high = entry["amount_wan"]
    shortest, longest = entry["term_months"]
    return Terms(
        summary=entry["summary"],
        description=f"{entry['summary']}。额度{low}至{high}万元,期限{shortest}至{longest}个月,随借随还。",
        min_amount=money.from_wan(low),
        max_amount=money.from_wan(high),
        min_term_months=shortest,
        max_term_months=longest,
        min_rate=Decimal(entry["rate"][0]),
        max_rate=Decimal(entry["rate"][1]),
        guarantees=entry["guarantees"],
        repayment_methods=entry["repayment_methods"],
        zone=entry["zone"],
        scene=entry["scene"],
        criteria=entry["criteria"],
        asked_items=entry["asked_items"],
        materials=MATERIALS,
    )
