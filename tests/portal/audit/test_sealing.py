"""Chains: what is sealed, what is left for later, and what somebody with every right in the database cannot hide."""

import datetime as dt
import threading
import time
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction

from portal.accounts.models import User
from portal.audit import queries, sealing
from portal.audit.actions import record
from portal.audit.models import AuditEvent, SealedBlock
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
CHAIN = "audit.auditevent"


@pytest.fixture
def subject() -> User:
    user: User = UserFactory()
    return user


@pytest.fixture
def events(subject: User, now: dt.datetime) -> list[AuditEvent]:
    """Six events, sealed in blocks of three."""
    return [record(f"thing.do{number}", subject, by=subject, at=now, facts={"n": number}) for number in range(6)]


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BLOCK_ROWS", 3)


def tamper(statement: str, *values: object) -> None:
    """As the owner of the tables, with the triggers off."""
    tables = ("audit_auditevent", "audit_sealedblock")
    with transaction.atomic(), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, values)
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def seal(now: dt.datetime) -> int:
    """Seal once every transaction of the cluster that is older than our rows has ended; other tests run beside this one."""
    deadline = time.monotonic() + 60
    with connection.cursor() as cursor:
        while True:
            cursor.execute(f"SELECT max(txid) < {sealing._OLDEST_RUNNING} FROM audit_auditevent")
            if cursor.fetchone()[0] is not False:
                return sealing.seal(chain=CHAIN, at=now)
            assert time.monotonic() < deadline, "a transaction older than the test's rows does not end"
            time.sleep(0.05)


def faults() -> list[tuple[int, int | None, str]]:
    return [(fault.block, fault.row, fault.kind) for fault in sealing.verify(chain=CHAIN)]


def test_every_append_only_table_that_knows_its_transaction_has_a_chain() -> None:
    assert {"audit.auditevent", "consent.accessrecord", "ledger.entry"} <= set(sealing.chains())


def test_rows_are_sealed_in_blocks_that_follow_one_another(events: list[AuditEvent], now: dt.datetime) -> None:
    assert seal(now) == 6

    first, second = SealedBlock.objects.filter(chain=CHAIN).order_by("number")
    assert (first.number, first.rows, first.previous_digest) == (1, 3, sealing.GENESIS)
    assert (second.number, second.last_id, second.previous_digest) == (2, events[5].pk, first.digest)
    assert faults() == []


def test_sealing_again_seals_only_what_is_new(events: list[AuditEvent], subject: User, now: dt.datetime) -> None:
    seal(now)
    record("thing.later", subject, by=subject, at=now)

    assert [seal(now), seal(now)] == [1, 0]
    assert faults() == []


def test_nothing_younger_than_a_running_transaction_is_sealed(subject: User, now: dt.datetime) -> None:
    """Its row has the smaller number but comes later: sealed too early, it would have no place in the chain."""
    is_written, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            record("thing.slow", subject, by=subject, at=now)
            is_written.set()
            may_commit.wait(timeout=10)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert is_written.wait(timeout=10)
    record("thing.fast", subject, by=subject, at=now)

    early = sealing.seal(chain=CHAIN, at=now)
    may_commit.set()
    thread.join(timeout=10)

    assert (early, seal(now)) == (0, 2)
    assert faults() == []


def test_two_sealers_at_once_are_one(events: list[AuditEvent], now: dt.datetime) -> None:
    runs = [threading.Thread(target=lambda: (sealing.seal(chain=CHAIN, at=now), connection.close())) for _ in range(3)]
    for run in runs:
        run.start()
    for run in runs:
        run.join(timeout=10)
    seal(now)

    assert sum(SealedBlock.objects.filter(chain=CHAIN).values_list("rows", flat=True)) == 6
    assert faults() == []


def _change(events: list[AuditEvent]) -> tuple[int, int | None, str]:
    tamper("UPDATE audit_auditevent SET facts = '{\"n\": 7}' WHERE id = %s", events[1].pk)
    return 1, events[1].pk, "row changed"


def _remove(events: list[AuditEvent]) -> tuple[int, int | None, str]:
    tamper("DELETE FROM audit_auditevent WHERE id = %s", events[4].pk)
    return 2, events[4].pk, "row removed or moved"


def _slip_in(events: list[AuditEvent]) -> tuple[int, int | None, str]:
    tamper(
        "INSERT INTO audit_auditevent (id, txid, at, verb, actor_name, subject_kind, subject_id, subject_label, facts, request_id)"
        " SELECT 900000, txid, at, 'forged', '', subject_kind, subject_id, '', '{}', '' FROM audit_auditevent WHERE id = %s",
        events[1].pk,
    )
    return 1, 900000, "row slipped in"


@pytest.mark.parametrize("forge", [_change, _remove, _slip_in])
def test_a_row_changed_removed_or_slipped_in_is_named(
    forge: Callable[[list[AuditEvent]], tuple[int, int | None, str]], events: list[AuditEvent], now: dt.datetime
) -> None:
    seal(now)

    fault = forge(events)

    assert faults() == [fault]


def test_two_rows_that_change_places_are_found(events: list[AuditEvent], now: dt.datetime) -> None:
    seal(now)

    for row, verb in ((events[0], "thing.do1"), (events[1], "thing.do0")):
        tamper("UPDATE audit_auditevent SET verb = %s WHERE id = %s", verb, row.pk)

    assert faults() == [(1, events[0].pk, "row changed"), (1, events[1].pk, "row changed")]


def test_a_forged_block_is_found(events: list[AuditEvent], now: dt.datetime) -> None:
    seal(now)

    tamper("UPDATE audit_sealedblock SET digest = %s WHERE chain = %s AND number = 1", "f" * 64, CHAIN)

    assert faults() == [(1, None, "block forged")]


def test_a_removed_block_is_found(events: list[AuditEvent], now: dt.datetime) -> None:
    seal(now)

    tamper("DELETE FROM audit_sealedblock WHERE chain = %s AND number = 1", CHAIN)

    assert faults() == [(1, None, "block removed")]


def test_the_command_passes_a_whole_chain_and_names_its_head(
    events: list[AuditEvent], now: dt.datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    seal(now)
    head = next(head for head in queries.heads() if head.chain == CHAIN)

    call_command("verify_audit", "--head", f"{CHAIN}:{head.number}:{head.digest}")

    assert f"{CHAIN}:2:{head.digest} 6 rows" in capsys.readouterr().out


def test_the_command_fails_where_a_row_was_changed(events: list[AuditEvent], now: dt.datetime) -> None:
    seal(now)
    _change(events)

    with pytest.raises(CommandError, match="1 faults found"):
        call_command("verify_audit")


def test_a_chain_forged_and_sealed_anew_is_found_by_a_head_written_down_outside(
    events: list[AuditEvent], now: dt.datetime
) -> None:
    seal(now)
    head = next(head for head in queries.heads() if head.chain == CHAIN)
    _change(events)
    tamper("DELETE FROM audit_sealedblock")
    seal(now)
    assert faults() == []

    with pytest.raises(CommandError):
        call_command("verify_audit", "--head", f"{CHAIN}:{head.number}:{head.digest}")


def test_the_sealer_runs_as_a_task_over_every_chain(events: list[AuditEvent], eventually: Callable[..., None]) -> None:
    from portal.audit import tasks

    eventually(lambda: tasks.seal() >= 0 and SealedBlock.objects.filter(chain=CHAIN, last_id=events[5].pk).exists())

    assert faults() == []


@pytest.mark.parametrize("table", ["audit_auditevent", "audit_sealedblock", "consent_accessrecord"])
def test_rows_of_a_chain_refuse_change_and_deletion(table: str, now: dt.datetime, subject: User) -> None:
    from enterprises.consent.models import AccessRecord

    record("thing.do", subject, by=subject, at=now)
    AccessRecord.objects.create(
        at=now, enterprise_id=1, institution_name="", actor_id=1, actor_name="", actor_role="", purpose="",
        item_codes=[], mode="detail", is_allowed=True, door="page",
    )  # fmt: skip
    seal(now)

    for statement in (f"UPDATE {table} SET id = id + 1", f"DELETE FROM {table}"):
        with pytest.raises(ProgrammingError, match="append_only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_the_books_have_chains_and_every_chain_an_index_by_transaction() -> None:
    assert {"ledger.entry", "ledger.line"} <= set(sealing.chains())

    for chain in ("ledger.entry", "ledger.line", CHAIN, "consent.accessrecord"):
        model = sealing.chains()[chain]
        leading = [index.fields[0] for index in model._meta.indexes if index.fields]
        assert "txid" in leading, f"{chain} is read by transaction and has no index for it"
