"""A delivery from the door to the record store."""

import datetime as dt
import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal

import pytest
from django.conf import settings
from django.db import connection, connections, transaction

from enterprises.credit import actions, queries, tasks
from enterprises.credit.actions.deliveries import UnknownItemOrSource
from enterprises.credit.models import Batch, CreditRecord, Item, Reject, StagedRow
from enterprises.credit.states import BatchState
from enterprises.models import Enterprise
from portal.audit.models import AuditEvent
from tests.enterprises.credit import files
from tests.enterprises.credit.conftest import Deliver
from tests.factories import uscc

LATER = dt.timedelta(days=1)


def in_force(item: str) -> list[dict[str, object]]:
    return [record.payload for record in CreditRecord.objects.in_force().filter(item_code=item).order_by("id")]


def rating(grade: str, year: str = "2025") -> dict[str, str]:
    return files.row("TX_RATING", eval_year=year, grade=grade)


def receive(now: dt.datetime, rows: list[dict[str, str]], item: str = "TX_RATING") -> Batch:
    file = files.as_csv(item, rows)
    return actions.receive(item_code=item, source_code="TAX", file=file, file_name="a.csv", by=None, at=now)


@contextmanager
def killed_at(monkeypatch: pytest.MonkeyPatch, step: str) -> Iterator[None]:
    """The process dies as it begins ``step``."""

    def die(**_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as broken, suppress(SystemExit):
        broken.setattr(step, die)
        yield


# --- Acceptance ---------------------------------------------------------------------------------------------------------


def test_every_item_accepts_a_row_with_its_required_cells(deliver: Deliver, enterprise: Enterprise) -> None:
    batches = {item: deliver(item, [files.row(item)]) for item in queries.schemas()}

    assert list(Reject.objects.values_list("batch__item", "field", "reason")) == []
    assert {batch.state for batch in batches.values()} == {BatchState.ACCEPTED}
    assert CreditRecord.objects.in_force().count() == 37


def test_acceptance_writes_the_record_and_one_audit_event_per_step(
    deliver: Deliver, enterprise: Enterprise, now: dt.datetime
) -> None:
    batch = deliver("TX_PAYMENT", [files.row("TX_PAYMENT", tax_paid="1200", is_overdue="否", pay_date="2026/7/8")])

    record = CreditRecord.objects.get(item_code="TX_PAYMENT")
    assert (record.enterprise_id, record.occurred_on, record.received_at) == (enterprise.pk, dt.date(2026, 6, 30), now)
    assert record.payload == {
        "uscc": enterprise.uscc,
        "tax_type": "增值税",
        "period_from": "2026-06-30",
        "period_to": "2026-06-30",
        "tax_paid": "1200.00",
        "pay_date": "2026-07-08",
        "is_overdue": False,
    }
    assert (batch.rows, batch.rows_new, batch.rows_bad, batch.stored_path) == (1, 1, 0, "")
    verbs = AuditEvent.objects.filter(subject_kind="credit.batch").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["batch.receive", "batch.check", "batch.accept"]


def test_a_correction_is_a_new_row_and_the_old_one_stays(
    deliver: Deliver, enterprise: Enterprise, now: dt.datetime
) -> None:
    deliver("TX_RATING", [rating("B")])
    batch = deliver("TX_RATING", [rating("A"), rating("B", "2024")], at=now + LATER)

    old, new = CreditRecord.objects.filter(payload__eval_year=2025).order_by("id")
    assert (batch.rows_new, batch.rows_changed, batch.rows_same) == (1, 1, 0)
    assert (old.payload["grade"], old.superseded_at, new.payload["grade"], new.supersedes) == (
        "B",
        now + LATER,
        "A",
        old.id,
    )


def test_an_unchanged_row_is_not_stored_again(deliver: Deliver, enterprise: Enterprise) -> None:
    deliver("TX_PAYMENT", [files.row("TX_PAYMENT", tax_paid="100")])
    batch = deliver("TX_PAYMENT", [files.row("TX_PAYMENT", tax_paid="100.00", period_to="2026/06/30")])

    assert (batch.rows_new, batch.rows_changed, batch.rows_same) == (0, 0, 1)
    assert CreditRecord.objects.count() == 1


def test_a_delivered_withdrawal_takes_the_record_out_of_force_and_keeps_its_content(
    deliver: Deliver, enterprise: Enterprise
) -> None:
    deliver("TX_RATING", [rating("D")])
    batch = deliver("TX_RATING", [{"uscc": uscc(1), "eval_year": "2025", "op_type": "D"}])

    withdrawal = CreditRecord.objects.get(is_withdrawal=True)
    assert (in_force("TX_RATING"), batch.rows_withdrawn, withdrawal.payload["grade"]) == ([], 1, "D")


def test_a_repeated_key_in_a_file_is_refused_on_its_later_line(deliver: Deliver, enterprise: Enterprise) -> None:
    rows = [rating("A", str(year)) for year in range(2016, 2026)]

    batch = deliver("TX_RATING", [*rows, rating("B", "2020")])

    assert list(Reject.objects.values_list("line", "field", "reason")) == [(12, "eval_year", "duplicate_in_file")]
    assert (batch.state, batch.rows_new, batch.rows_bad) == (BatchState.ACCEPTED, 10, 1)


def test_over_a_fifth_of_bad_rows_returns_the_batch_whole(deliver: Deliver, enterprise: Enterprise) -> None:
    at_limit = [rating("A", str(2010 + n)) for n in range(4)] + [rating("?", "2020")]

    accepted = deliver("TX_RATING", at_limit)
    returned = deliver("TX_RATING", [*at_limit[1:], rating("?", "2021")])

    assert (accepted.state, returned.state) == (BatchState.ACCEPTED, BatchState.RETURNED)
    assert "40.0 %" in returned.return_reason
    assert len(in_force("TX_RATING")) == 4
    assert not StagedRow.objects.exists()


def test_the_limit_is_the_items_own(deliver: Deliver, enterprise: Enterprise) -> None:
    Item.objects.filter(pk="TX_RATING").update(bad_share_limit=Decimal("0.5"))

    batch = deliver("TX_RATING", [rating("A"), rating("?", "2021")])

    assert batch.state == BatchState.ACCEPTED


def test_the_same_file_is_refused_a_second_time(deliver: Deliver, enterprise: Enterprise) -> None:
    deliver("TX_RATING", [rating("A")])

    with pytest.raises(actions.AlreadyDelivered):
        deliver("TX_RATING", [rating("A")])

    assert Batch.objects.count() == 1
    assert len([path for path in settings.DELIVERY_ROOT.rglob("*") if path.is_file()]) == 1


def test_the_same_request_sent_twice_opens_one_batch(deliver: Deliver, enterprise: Enterprise) -> None:
    first = deliver("TX_RATING", [rating("A")], idempotency_key="k1")
    second = deliver("TX_RATING", [rating("A")], idempotency_key="k1")

    assert first == second


def test_a_returned_file_may_come_again(deliver: Deliver) -> None:
    returned = deliver("TX_RATING", [rating("A")])

    again = deliver("TX_RATING", [rating("A")])

    assert (returned.state, again.state) == (BatchState.RETURNED, BatchState.RETURNED)
    assert returned != again


def test_two_sources_hold_the_same_fact_and_the_better_one_is_shown(deliver: Deliver, enterprise: Enterprise) -> None:
    deliver("TX_RATING", [rating("B")], source="TAX")
    deliver("TX_RATING", [rating("A")], source="NATIONAL")

    (shown,) = queries.records_in_force(enterprise_id=enterprise.pk, item_codes=["TX_RATING"])
    assert (shown.payload["grade"], shown.source_name) == ("A", "国家平台省级节点")
    assert queries.feature_facts([enterprise.pk])[enterprise.pk]["tax_grade"] == "A"


def test_a_record_is_as_fresh_as_the_last_delivery_of_its_source(
    deliver: Deliver, enterprise: Enterprise, now: dt.datetime
) -> None:
    deliver("CU_CREDIT", [files.row("CU_CREDIT")], at=now - dt.timedelta(days=100))
    (before,) = queries.records_in_force(enterprise_id=enterprise.pk, item_codes=["CU_CREDIT"])
    deliver("CU_CREDIT", files.as_jsonl([files.row("CU_CREDIT")]), name="b.jsonl", at=now)
    (after,) = queries.records_in_force(enterprise_id=enterprise.pk, item_codes=["CU_CREDIT"])

    assert (before.is_stale_on(now.date()), after.is_stale_on(now.date())) == (True, False)
    assert before.record_id == after.record_id


# --- Steps and crashes --------------------------------------------------------------------------------------------------


def test_a_batch_killed_before_acceptance_goes_on_from_there(
    catalogue: None, enterprise: Enterprise, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = receive(now, [rating("A")])
    with killed_at(monkeypatch, "enterprises.credit.loading.acceptance.accept"):
        actions.advance(batch=batch, by=None, at=now)
    batch.refresh_from_db()
    assert (batch.state, StagedRow.objects.count()) == (BatchState.CHECKED, 1)

    actions.advance(batch=batch, by=None, at=now)

    assert (batch.state, in_force("TX_RATING")[0]["grade"]) == (BatchState.ACCEPTED, "A")


def test_a_batch_killed_in_the_middle_of_acceptance_leaves_nothing_half_done(
    catalogue: None, enterprise: Enterprise, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = receive(now, [rating("A")])
    with killed_at(monkeypatch, "enterprises.credit.loading.refreshing.refresh"):
        actions.advance(batch=batch, by=None, at=now)
    assert in_force("TX_RATING") == []

    actions.advance(batch=batch, by=None, at=now)

    assert (batch.state, len(in_force("TX_RATING"))) == (BatchState.ACCEPTED, 1)


def test_rows_lost_by_a_crash_of_the_server_are_read_again_from_the_file(
    catalogue: None, enterprise: Enterprise, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = receive(now, [rating("A"), rating("B", "2024")])
    with killed_at(monkeypatch, "enterprises.credit.loading.acceptance.accept"):
        actions.advance(batch=batch, by=None, at=now)
    StagedRow.objects.all().delete()  # what the server does to unlogged tables when it comes up again

    actions.advance(batch=batch, by=None, at=now)

    assert (batch.state, batch.rows_new) == (BatchState.ACCEPTED, 2)


def test_the_worker_picks_up_what_waits(catalogue: None, enterprise: Enterprise, now: dt.datetime) -> None:
    batch = receive(now - LATER, [rating("A")])

    tasks.resume_batches()

    batch.refresh_from_db()
    assert batch.state == BatchState.ACCEPTED


def test_a_batch_whose_file_is_lost_is_returned(catalogue: None, enterprise: Enterprise, now: dt.datetime) -> None:
    batch = receive(now, [rating("A")])
    (settings.DELIVERY_ROOT / batch.stored_path).unlink()

    actions.advance(batch=batch, by=None, at=now)

    assert (batch.state, batch.return_reason) == (BatchState.RETURNED, "存放的文件已丢失，请重新报送。")


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_somebody_advances_is_left_to_them(now: dt.datetime) -> None:
    actions.load_catalogue(by=None, at=now)
    batch = receive(now, [rating("A")])
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT 1 FROM credit_batch WHERE id = %s FOR UPDATE", [batch.pk])

            actions.advance(batch=batch, by=None, at=now)
    finally:
        other.close()

    assert batch.state == BatchState.RECEIVED


# --- Retraction and withdrawal ------------------------------------------------------------------------------------------


def test_a_retracted_batch_leaves_force_and_what_it_replaced_returns(
    deliver: Deliver, enterprise: Enterprise, now: dt.datetime
) -> None:
    deliver("TX_RATING", [rating("B")])
    wrong = deliver("TX_RATING", [rating("D"), rating("A", "2024")])

    actions.retract(batch=wrong, by=None, at=now + LATER)

    assert [record["grade"] for record in in_force("TX_RATING")] == ["B"]
    assert queries.feature_facts([enterprise.pk])[enterprise.pk]["tax_grade"] == "B"


def test_only_an_accepted_batch_can_be_retracted_and_only_once(
    deliver: Deliver, enterprise: Enterprise, now: dt.datetime
) -> None:
    batch = deliver("TX_RATING", [rating("B")])
    actions.retract(batch=batch, by=None, at=now)

    with pytest.raises(actions.NotRetractable):
        actions.retract(batch=batch, by=None, at=now)


def test_a_retracted_file_can_be_delivered_again(deliver: Deliver, enterprise: Enterprise, now: dt.datetime) -> None:
    actions.retract(batch=deliver("TX_RATING", [rating("B")]), by=None, at=now)

    batch = deliver("TX_RATING", [rating("B")])

    assert (batch.rows_changed, len(in_force("TX_RATING"))) == (1, 1)


def test_a_record_withdrawn_by_the_station_stays_withdrawn_when_delivered_unchanged(
    deliver: Deliver, enterprise: Enterprise, now: dt.datetime
) -> None:
    deliver("JD_DISHONEST", [files.row("JD_DISHONEST")])
    record = CreditRecord.objects.get(item_code="JD_DISHONEST")
    assert queries.feature_facts([enterprise.pk])[enterprise.pk]["dishonest_open"] == 1

    actions.withdraw_record(item_code="JD_DISHONEST", record_id=record.id, reason="异议成立", by=None, at=now)
    again = deliver("JD_DISHONEST", files.as_jsonl([files.row("JD_DISHONEST")]), name="again.jsonl", at=now + LATER)

    assert (again.rows_same, in_force("JD_DISHONEST")) == (1, [])
    assert queries.feature_facts([enterprise.pk])[enterprise.pk]["dishonest_open"] == 0


def test_a_record_that_is_gone_cannot_be_withdrawn(deliver: Deliver, enterprise: Enterprise, now: dt.datetime) -> None:
    deliver("TX_RATING", [rating("B")])
    record = CreditRecord.objects.get()
    actions.withdraw_record(item_code="TX_RATING", record_id=record.id, reason="异议成立", by=None, at=now)

    with pytest.raises(actions.NoSuchRecord):
        actions.withdraw_record(item_code="TX_RATING", record_id=record.id, reason="异议成立", by=None, at=now)


def test_a_stored_record_cannot_be_changed_or_removed_even_from_sql(deliver: Deliver, enterprise: Enterprise) -> None:
    deliver("TX_RATING", [rating("B")])

    for statement in ("UPDATE credit_record SET payload = '{}'", "DELETE FROM credit_record"):
        with pytest.raises(Exception, match="never changed or removed"), transaction.atomic():
            connection.cursor().execute(statement)


def test_an_unknown_item_or_source_is_refused(catalogue: None, now: dt.datetime) -> None:
    with pytest.raises(UnknownItemOrSource):
        actions.receive(item_code="NOPE", source_code="TAX", file=io.BytesIO(b"x"), file_name="a.csv", by=None, at=now)
