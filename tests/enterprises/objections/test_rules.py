import datetime as dt
from typing import Any

import pytest

from enterprises.objections import rules


@pytest.mark.parametrize(
    ("item", "payload", "severity", "earliest", "ends"),
    [
        ("AP_PENALTY", {"severity": "轻微", "decide_date": "2026-08-31"}, "轻微", "2026-08-31", "2026-11-30"),
        ("AP_PENALTY", {"severity": "一般", "decide_date": "2026-08-31"}, "一般", "2026-11-30", "2027-08-31"),
        ("AP_PENALTY", {"severity": "严重", "decide_date": "2026-02-28"}, "严重", "2027-02-28", "2029-02-28"),
        ("SD_LIST", {"include_date": "2025-11-20"}, "严重", "2026-11-20", "2028-11-20"),
        ("TX_VIOLATION", {"publish_date": "2025-11-21"}, "严重", "2026-11-21", "2028-11-21"),
        ("MR_ABNORMAL", {"include_date": "2026-07-01"}, "轻微", "2026-07-01", "2026-10-01"),
        ("TX_ARREARS", {"notice_date": "2026-07-01"}, "轻微", "2026-07-01", "2026-10-01"),
    ],
)
def test_repair_opens_after_the_shortest_period_from_the_decision(
    item: str, payload: dict[str, Any], severity: str, earliest: str, ends: str
) -> None:
    terms = rules.repair_terms(item, payload)

    assert (terms.severity, terms.earliest_on, terms.ends_on) == (
        severity,
        dt.date.fromisoformat(earliest),
        dt.date.fromisoformat(ends),
    )


@pytest.mark.parametrize("item", ["JD_DISHONEST", "JD_EXECUTED", "MR_BASIC"])
def test_lists_of_courts_and_plain_facts_are_not_repaired_here(item: str) -> None:
    with pytest.raises(rules.NotRepairable):
        rules.repair_terms(item, {"publish_date": "2026-01-01"})


@pytest.mark.parametrize(
    "payload", [{"decide_date": "2026-01-01"}, {"severity": "一般"}, {"severity": "很重", "decide_date": "2026-01-01"}]
)
def test_the_station_does_not_judge_the_degree_itself(payload: dict[str, Any]) -> None:
    with pytest.raises(rules.DegreeUnknown):
        rules.repair_terms("AP_PENALTY", payload)
