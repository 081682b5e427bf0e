"""The registry fed by MR_BASIC."""

import datetime as dt
from decimal import Decimal

from enterprises.credit import actions
from enterprises.credit.models import FeatureRow
from enterprises.digests import person_digest
from enterprises.models import Enterprise
from tests.enterprises.credit import files
from tests.enterprises.credit.conftest import Deliver
from tests.factories import uscc

CODE = uscc(7)


def test_a_new_firm_appears_with_every_derived_column(deliver: Deliver, now: dt.datetime) -> None:
    deliver("MR_BASIC", [files.firm(CODE, legal_rep_id_no="64010419900101123x")])

    firm = Enterprise.objects.values().get(uscc=CODE)
    firm.pop("id")
    assert set(firm.pop("name_pieces")) == {"宁夏", "夏贺", "贺兰", "兰食", "食品", "品有", "有限", "限公", "公司"}
    assert firm == {
        "uscc": CODE,
        "name": "宁夏贺兰食品有限公司",
        "kind": "company",
        "status": "living",
        "legal_representative": "王芳",
        "legal_representative_digest": person_digest("64010419900101123X"),
        "established_on": dt.date(2015, 4, 1),
        "registered_capital_amount": Decimal("5000000.00"),
        "county_code": "640104",
        "city_code": "640100",
        "responsible_region": "640100",
        "industry_code": "1351",
        "industry_section": "C",
        "size_class": "unknown",
        "domicile": "银川市兴庆区解放街1号",
        "business_scope": "",
        "registry_as_of": now,
        "bound_at": None,
    }
    assert FeatureRow.objects.get(enterprise__uscc=CODE).dishonest_open == 0


def test_a_firm_of_lingwu_whose_domicile_names_ningdong_is_its_responsibility(deliver: Deliver) -> None:
    deliver(
        "MR_BASIC",
        [
            files.firm(uscc(1), region_code="640181", domicile="灵武市宁东镇企业总部大楼"),
            files.firm(uscc(2), region_code="640181", domicile="灵武市嘉源路9号"),
            files.firm(uscc(3), domicile="银川市兴庆区宁东大厦"),
        ],
    )

    regions = Enterprise.objects.order_by("uscc").values_list("city_code", "responsible_region")
    assert sorted(regions) == [("640100", "640100"), ("640100", "640100"), ("640100", "NX-NINGDONG")]


def test_kinds_and_statuses_are_mapped(deliver: Deliver) -> None:
    kinds = ["企业", "个体工商户", "农民专业合作社", "分支机构"]
    statuses = ["存续", "歇业", "吊销", "注销"]

    deliver(
        "MR_BASIC",
        [
            files.firm(uscc(n), entity_type=k, reg_status=s)
            for n, (k, s) in enumerate(zip(kinds, statuses, strict=True))
        ],
    )

    assert list(Enterprise.objects.order_by("uscc").values_list("kind", "status").order_by("kind")) == [
        ("branch", "closed"),
        ("company", "living"),
        ("cooperative", "revoked"),
        ("sole_trader", "suspended"),
    ]


def test_a_change_renames_moves_and_closes_the_firm_and_keeps_the_digest_of_the_same_representative(
    deliver: Deliver, now: dt.datetime
) -> None:
    deliver("MR_BASIC", [files.firm(CODE, legal_rep_id_no="640104199001011234")])
    moved = files.firm(CODE, entity_name="宁夏贺兰乳业有限公司", region_code="640302", reg_status="注销")

    deliver("MR_BASIC", [moved], at=now + dt.timedelta(days=1))

    firm = Enterprise.objects.get()
    assert (firm.name, firm.city_code, firm.status) == ("宁夏贺兰乳业有限公司", "640300", "closed")
    assert firm.legal_representative_digest == person_digest("640104199001011234")


def test_retraction_gives_the_firm_back_what_the_registry_said_before(deliver: Deliver, now: dt.datetime) -> None:
    deliver("MR_BASIC", [files.firm(CODE)])
    wrong = deliver("MR_BASIC", [files.firm(CODE, entity_name="错误名称有限公司")])

    actions.retract(batch=wrong, by=None, at=now)

    assert Enterprise.objects.get().name == "宁夏贺兰食品有限公司"


def test_the_size_class_follows_the_annual_report(deliver: Deliver) -> None:
    deliver("MR_BASIC", [files.firm(CODE), files.firm(uscc(8), industry_code="6612")])
    deliver("MR_ANNUAL", [files.row("MR_ANNUAL", CODE, report_year="2025", employee_num="300", revenue="2000")])

    assert dict(Enterprise.objects.values_list("uscc", "size_class")) == {CODE: "medium", uscc(8): "not_applicable"}


def test_insured_staff_stand_in_for_employees_not_reported(deliver: Deliver) -> None:
    deliver("MR_BASIC", [files.firm(CODE)])
    deliver("SF_INSURED", [files.row("SF_INSURED", CODE, insured_pension="12")])

    assert Enterprise.objects.get().size_class == "micro"
