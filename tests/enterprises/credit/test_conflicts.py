"""Where sources disagree: found at acceptance, settled with a reason, respected by reads and features until news comes."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from enterprises.credit import actions, queries
from enterprises.credit.models import Conflict, Contact, CreditRecord, Department, FeatureRow, Settlement, Source
from enterprises.models import Enterprise
from portal.accounts.models import User
from portal.accounts.roles import StaffRole
from portal.audit.models import AuditEvent
from portal.messages.models import Message
from tests.enterprises.credit import files
from tests.enterprises.credit.conftest import Deliver
from tests.factories import EnterpriseFactory, StaffPostFactory, uscc

YEAR = {"eval_year": "2025"}


@pytest.fixture
def steward(db: None) -> User:
    return StaffPostFactory(role=StaffRole.DATA_STEWARD, region_code="640000").user


@pytest.fixture
def conflict(deliver: Deliver, enterprise: Enterprise) -> Conflict:
    """The national platform says A, the tax authority says B."""
    deliver("TX_RATING", [files.row("TX_RATING", grade="A", **YEAR)], source="NATIONAL")
    deliver("TX_RATING", [files.row("TX_RATING", grade="B", **YEAR)], source="TAX")
    return Conflict.objects.get()


def source(code: str) -> Source:
    return Source.objects.get(code=code)


def grade_of(enterprise: Enterprise) -> tuple[str, str]:
    """What the file says, and what the feature says."""
    (record,) = queries.records_in_force(enterprise_id=enterprise.pk, item_codes=["TX_RATING"])
    return str(record.payload["grade"]), str(FeatureRow.objects.get(pk=enterprise.pk).tax_grade)


def settle(conflict: Conflict, steward: User, now: dt.datetime, **how: Any) -> Conflict:
    usual: dict[str, Any] = {"settlement": Settlement.CHOICE, "source": source("TAX"), "reason": "以税务机关原件为准"}
    return actions.settle_conflict(conflict=conflict, **usual | how, by=steward, at=now)


# --- Found --------------------------------------------------------------------------------------------------------------


def test_two_sources_that_say_different_things_are_a_conflict_by_precedence(
    conflict: Conflict, enterprise: Enterprise
) -> None:
    assert conflict.source_ids == [source("NATIONAL").pk, source("TAX").pk]
    assert (conflict.fields, conflict.enterprise_id, conflict.state) == (["grade"], enterprise.pk, "disputed")
    assert grade_of(enterprise) == ("A", "A")


def test_a_field_only_one_source_fills_is_no_quarrel(deliver: Deliver, enterprise: Enterprise) -> None:
    deliver("TX_RATING", [files.row("TX_RATING", grade="A", taxpayer_no="123", **YEAR)], source="NATIONAL")
    deliver("TX_RATING", [files.row("TX_RATING", grade="A", **YEAR)], source="TAX")

    assert not Conflict.objects.exists()


def test_the_same_disagreement_delivered_again_is_the_same_conflict(deliver: Deliver, conflict: Conflict) -> None:
    deliver("TX_RATING", [files.row("TX_RATING", grade="C", **YEAR)], source="TAX")

    assert Conflict.objects.get().pk == conflict.pk


def test_a_correction_that_agrees_ends_the_conflict(deliver: Deliver, conflict: Conflict, now: dt.datetime) -> None:
    deliver("TX_RATING", [files.row("TX_RATING", grade="A", **YEAR)], source="TAX")

    conflict.refresh_from_db()
    assert (conflict.ended_at, conflict.state) == (now, "disputed")


def test_retracting_the_batch_ends_the_conflict_and_withdrawing_a_record_does(
    deliver: Deliver, conflict: Conflict, steward: User, now: dt.datetime
) -> None:
    batch = deliver("TX_RATING", [files.row("TX_RATING", grade="D", **YEAR)], source="HUB_640100")
    record = CreditRecord.objects.in_force().get(source_id=source("TAX").pk)

    actions.withdraw_record(item_code="TX_RATING", record_id=record.id, reason="异议成立", by=steward, at=now)
    still = Conflict.objects.standing().get()
    actions.retract(batch=batch, by=steward, at=now)

    assert still.source_ids == [source("NATIONAL").pk, source("HUB_640100").pk]
    assert not Conflict.objects.standing().exists()


def test_two_firms_under_one_key_are_both_concerned(deliver: Deliver, enterprise: Enterprise, now: dt.datetime) -> None:
    other = EnterpriseFactory(uscc=uscc(2), established_on=dt.date(2015, 4, 1))
    key = {"ip_kind": files.row("IP_RIGHT")["ip_kind"], "reg_no": "ZL1"}
    deliver("IP_RIGHT", [files.row("IP_RIGHT", **key)], source="MARKET_REGULATION")

    deliver("IP_RIGHT", [files.row("IP_RIGHT", uscc(2), **key)], source="NATIONAL")

    conflict = Conflict.objects.get()
    valid = dict(FeatureRow.objects.values_list("pk", "ip_valid"))
    assert (conflict.enterprise_id, conflict.fields) == (other.pk, ["uscc"])
    assert (valid[enterprise.pk], valid[other.pk]) == (0, 1)


# --- Settled ------------------------------------------------------------------------------------------------------------


def test_a_chosen_source_is_read_and_scored(
    conflict: Conflict, enterprise: Enterprise, steward: User, now: dt.datetime
) -> None:
    settle(conflict, steward, now)
    by_hand = grade_of(enterprise)
    actions.refresh_features(enterprise_ids=None, at=now)

    assert (by_hand, grade_of(enterprise)) == (("B", "B"), ("B", "B"))
    assert AuditEvent.objects.get(verb="conflict.settle").facts == {
        "settlement": "choice",
        "source": "TAX",
        "reason": "以税务机关原件为准",
    }


@pytest.mark.parametrize("speaker", ["TAX", "NATIONAL"])
def test_a_choice_stands_until_either_source_says_something_new(
    speaker: str, deliver: Deliver, conflict: Conflict, steward: User, now: dt.datetime
) -> None:
    enterprise = Enterprise.objects.get(pk=conflict.enterprise_id)
    settle(conflict, steward, now)
    deliver("TX_RATING", [files.row("TX_RATING", grade="B", eval_year="2024")], source="TAX")
    kept = grade_of_year(enterprise, 2025)

    deliver("TX_RATING", [files.row("TX_RATING", grade="C", **YEAR)], source=speaker)

    old, new = Conflict.objects.order_by("pk")
    assert (kept, old.ended_at is not None, new.state) == ("B", True, "disputed")
    assert grade_of_year(enterprise, 2025) == ("A" if speaker == "TAX" else "C")


def grade_of_year(enterprise: Enterprise, year: int) -> str:
    found = queries.records_in_force(enterprise_id=enterprise.pk, item_codes=["TX_RATING"])
    (record,) = [record for record in found if record.payload["eval_year"] == year]
    return str(record.payload["grade"])


def test_returned_to_the_departments_their_contacts_are_written_to_without_content(
    conflict: Conflict, enterprise: Enterprise, steward: User, now: dt.datetime
) -> None:
    for code, address in (("TAX", "a@tax.cn"), ("HIGH_COURT", "b@court.cn")):
        department = Department.objects.get(code=code)
        Contact.objects.create(department=department, name="马", address=address, added_at=now)

    settle(conflict, steward, now, settlement=Settlement.RETURNED, source=None)

    message = Message.objects.get()
    assert (message.address, enterprise.name in message.body, "1 个字段" in message.body) == ("a@tax.cn", False, True)
    assert grade_of(enterprise) == ("A", "A")


def test_settled_by_precedence_nothing_changes_but_the_conflict(
    conflict: Conflict, enterprise: Enterprise, steward: User, now: dt.datetime
) -> None:
    settled = settle(conflict, steward, now, settlement=Settlement.PRECEDENCE)

    assert (settled.state, settled.chosen_source, settled.settled_by) == ("settled", None, steward)
    assert grade_of(enterprise) == ("A", "A")


def test_a_settlement_needs_a_reason_and_a_source_that_holds_the_fact(
    deliver: Deliver, conflict: Conflict, steward: User, now: dt.datetime
) -> None:
    deliver("TX_RATING", [files.row("TX_RATING", grade="M", **YEAR)], source="DECLARED")

    for how, refusal in [
        ({"reason": "  对 "}, actions.ReasonTooShort),
        ({"source": source("HIGH_COURT")}, actions.NotAClaimant),
        ({"source": None}, actions.NotAClaimant),
        ({"source": source("DECLARED")}, actions.DeclaredNeverWins),
    ]:
        with pytest.raises(refusal):
            settle(conflict, steward, now, **how)
    assert Conflict.objects.get().state == "disputed"


def test_a_conflict_that_is_gone_needs_no_settling(
    deliver: Deliver, conflict: Conflict, steward: User, now: dt.datetime
) -> None:
    deliver("TX_RATING", [files.row("TX_RATING", grade="A", **YEAR)], source="TAX")

    with pytest.raises(actions.ConflictGone):
        settle(conflict, steward, now)


def test_what_a_firm_states_itself_is_shown_where_nobody_else_speaks_and_never_scored(
    deliver: Deliver, enterprise: Enterprise
) -> None:
    deliver("TX_RATING", [files.row("TX_RATING", grade="A", **YEAR)], source="DECLARED")

    (record,) = queries.records_in_force(enterprise_id=enterprise.pk, item_codes=["TX_RATING"])

    assert (record.payload["grade"], record.source_level) == ("A", "declared")
    assert FeatureRow.objects.get(pk=enterprise.pk).tax_grade is None


def test_the_database_keeps_conflicts_sound(conflict: Conflict, steward: User) -> None:
    row = Conflict.objects.filter(pk=conflict.pk)
    for constraint, changes in [
        ("a_settled_conflict_says_how_and_why", {"state": "settled"}),
        ("a_choice_names_its_source", {"chosen_source": source("TAX")}),
    ]:
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            row.update(**changes)
    with pytest.raises(IntegrityError, match="one_standing_conflict_per_fact"), transaction.atomic():
        Conflict.objects.create(item_id="TX_RATING", enterprise_id=1, natural_key=conflict.natural_key, source_ids=[],
                                fields=[], found_at=conflict.found_at)  # fmt: skip
