"""The figures of a day equal to the rows they count; alarms; the pages of the board and of conflicts."""

import datetime as dt
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from enterprises.credit import actions as credit
from enterprises.credit.models import Batch, Conflict, Contact, CreditRecord, Department, Item, Reject, Source
from enterprises.models import Enterprise
from enterprises.quality import actions, queries, tasks
from enterprises.quality.models import Alarm, Measure
from portal import regions
from portal.accounts.models import User
from portal.accounts.roles import StaffRole
from portal.audit.models import AuditEvent
from portal.messages.models import Message
from tests.enterprises.credit import files
from tests.enterprises.credit.conftest import Deliver
from tests.factories import EnterpriseFactory, StaffPostFactory, uscc


@pytest.fixture
def steward(db: None) -> User:
    return StaffPostFactory(role=StaffRole.DATA_STEWARD, region_code="640000").user


@pytest.fixture
def firms(enterprise: Enterprise) -> list[Enterprise]:
    """Three living firms (银川 two, 宁东 one) and a closed one."""
    old = {"established_on": dt.date(2015, 4, 1)}
    return [
        enterprise,
        EnterpriseFactory(uscc=uscc(2), **old),
        EnterpriseFactory(uscc=uscc(3), county_code=regions.NINGDONG_COUNTY, **old),
        EnterpriseFactory(uscc=uscc(4), status="closed", **old),
    ]


@pytest.fixture
def delivered(deliver: Deliver, firms: list[Enterprise], today: dt.date) -> dt.date:
    """Two sources, a quarrel, a bad line, a repeated delivery."""
    rows = [files.row("TX_RATING", firm.uscc, grade="A", eval_year="2025") for firm in firms]
    deliver("TX_RATING", rows, source="TAX")
    hub = [files.row("TX_RATING", firms[2].uscc, grade="B", eval_year="2025", taxpayer_no="12")]
    hub += [files.row("TX_RATING", firms[0].uscc, grade="A", eval_year=str(year)) for year in range(2018, 2025)]
    deliver("TX_RATING", [*hub, files.row("TX_RATING", firms[0].uscc, grade="Z")], source="NATIONAL")
    deliver("TX_RATING", [*hub, files.row("TX_RATING", firms[1].uscc, grade="M", eval_year="2017")], source="NATIONAL")
    return today


def row(source: str | None = None, region: str = regions.PROVINCE, item: str = "TX_RATING") -> Measure:
    return Measure.objects.get(item_id=item, source__code=source, region=region) if source else Measure.objects.get(
        item_id=item, source=None, region=region
    )  # fmt: skip


# --- Figures --------------------------------------------------------------------------------------------------------------


def test_the_figures_equal_the_rows(delivered: dt.date, firms: list[Enterprise], now: dt.datetime) -> None:
    actions.measure(on=delivered, by=None, at=now)

    whole, tax, hub = row(), row("TAX"), row("NATIONAL")
    in_force = CreditRecord.objects.in_force().filter(item_code="TX_RATING")
    batches = Batch.objects.filter(item_id="TX_RATING")
    assert (whole.living, whole.covered, whole.records) == (3, 3, in_force.count())
    assert (tax.covered, tax.records, hub.covered, hub.records) == (3, 4, 3, 9)
    assert whole.records == tax.records + hub.records
    assert whole.rows == sum(batch.rows for batch in batches) == 22
    assert whole.rows_bad == sum(batch.rows_bad for batch in batches) == 1
    assert whole.rows_same == sum(batch.rows_same for batch in batches) == 8
    assert whole.faults == {"not_in_list": Reject.objects.count()}
    assert (whole.conflicts, tax.conflicts, hub.conflicts) == (1, 1, 1) == (Conflict.objects.count(),) * 3
    assert hub.filled["taxpayer_no"] == 1
    assert all(hub.filled[name] == 9 for name in ("uscc", "eval_year", "grade"))
    assert hub.filled_share == (Decimal(sum(hub.filled.values())) / (9 * len(hub.filled))).quantize(Decimal("0.0001"))
    assert (hub.delivered_on, hub.due_on, hub.days_late) == (delivered, delivered + dt.timedelta(days=366), 0)


def test_the_regions_are_the_parts_of_the_whole_and_ningdong_counts_once(delivered: dt.date, now: dt.datetime) -> None:
    actions.measure(on=delivered, by=None, at=now)

    whole = row()
    parts = Measure.objects.filter(item_id="TX_RATING", source=None).exclude(region=regions.PROVINCE)
    assert {part.region for part in parts} == {region.code for region in regions.RESPONSIBLE}
    for name in ("living", "covered", "records", "conflicts"):
        assert sum(getattr(part, name) for part in parts) == getattr(whole, name), name
    assert (row(region=regions.NINGDONG).covered, row(region=regions.NINGDONG).conflicts) == (1, 1)


def test_a_day_is_measured_as_it_ended_however_late(
    delivered: dt.date, firms: list[Enterprise], now: dt.datetime
) -> None:
    actions.measure(on=delivered - dt.timedelta(days=1), by=None, at=now)
    actions.measure(on=delivered, by=None, at=now)
    before = row_on(delivered)
    later = now + dt.timedelta(days=1)
    credit.retract(batch=Batch.objects.filter(source__code="NATIONAL").order_by("pk")[0], by=None, at=later)
    credit.refresh_features(enterprise_ids=None, at=later)

    actions.measure(on=delivered, by=None, at=later)
    actions.measure(on=delivered + dt.timedelta(days=1), by=None, at=later)

    assert row_on(delivered).records == before.records == 13
    assert row_on(delivered + dt.timedelta(days=1)).records == 5
    assert row_on(delivered - dt.timedelta(days=1)).records == 0
    assert AuditEvent.objects.filter(verb="quality.measure").count() == 4


def row_on(day: dt.date) -> Measure:
    return Measure.objects.get(on=day, item_id="TX_RATING", source=None, region=regions.PROVINCE)


def test_how_a_source_answers_stays_when_the_day_is_measured(delivered: dt.date, now: dt.datetime) -> None:
    said: dict[str, Any] = {
        "item": Item.objects.get(pk="TX_RATING"),
        "source": Source.objects.get(code="TAX"),
        "on": delivered,
    }
    actions.note_answers(**said, answers=10, answers_good=9, median_ms=120, p95_ms=900)

    actions.measure(on=delivered, by=None, at=now)
    actions.note_answers(**said, answers=20, answers_good=18, median_ms=130, p95_ms=800)

    tax = row("TAX")
    assert (tax.records, tax.answers, tax.answers_good, tax.median_ms, tax.p95_ms) == (4, 20, 18, 130, 800)


def test_the_database_keeps_figures_possible(delivered: dt.date, now: dt.datetime) -> None:
    actions.measure(on=delivered, by=None, at=now)
    found = Measure.objects.filter(pk=row().pk)

    for constraint, changes in [
        ("no_more_firms_are_covered_than_live", {"covered": 9}),
        ("no_more_rows_are_bad_than_came", {"rows_bad": 99}),
        ("no_more_answers_are_good_than_came", {"answers": 1, "answers_good": 2}),
        ("one_measure_per_day_and_place", {"region": regions.NINGDONG}),
    ]:
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            found.update(**changes)


# --- Alarms ---------------------------------------------------------------------------------------------------------------


def test_a_late_delivery_is_said_once_and_falls_silent_when_it_comes(
    deliver: Deliver, enterprise: Enterprise, now: dt.datetime, today: dt.date
) -> None:
    tax = Department.objects.get(code="TAX")
    Contact.objects.create(department=tax, name="马", address="a@tax.cn", added_at=now)
    Contact.objects.create(department=tax, name="旧", address="b@tax.cn", added_at=now, ended_at=now)
    deliver("TX_VIOLATION", [files.row("TX_VIOLATION")], source="TAX")
    later = [now + dt.timedelta(days=days) for days in (36, 37, 38)]

    rang = [actions.watch(on=at.date(), at=at) for at in later]
    deliver("TX_VIOLATION", [files.row("TX_VIOLATION", publish_date="2026-10-02")], source="TAX", at=later[2])
    came = actions.watch(on=later[2].date(), at=later[2])

    assert (rang, came) == ([(0, 0), (1, 0), (0, 0)], (0, 1))
    message = Message.objects.get()
    assert (message.address, "2026-12-21" in message.body) == ("a@tax.cn", True)
    assert (Alarm.objects.get().told, Alarm.objects.get().closed_at) == (1, later[2])


def test_what_firms_state_themselves_and_what_is_only_looked_up_never_ring(
    deliver: Deliver, enterprise: Enterprise, now: dt.datetime
) -> None:
    deliver("TX_RATING", [files.row("TX_RATING")], source="DECLARED")
    deliver("RE_OWNERSHIP", [files.row("RE_OWNERSHIP")], source="NATURAL_RESOURCES")
    later = now + dt.timedelta(days=999)

    assert actions.watch(on=later.date(), at=later) == (0, 0)


def test_one_alarm_rings_per_delivery(catalogue: None, now: dt.datetime, today: dt.date) -> None:
    said: dict[str, Any] = {
        "item_id": "TX_RATING",
        "source": Source.objects.get(code="TAX"),
        "delivered_on": today,
        "due_on": today,
    }
    Alarm.objects.create(**said, raised_at=now, closed_at=now)
    Alarm.objects.create(**said, raised_at=now)

    with pytest.raises(IntegrityError, match="one_alarm_rings_per_delivery"), transaction.atomic():
        Alarm.objects.create(**said, raised_at=now)


# --- Doors ----------------------------------------------------------------------------------------------------------------


def test_the_command_and_the_nightly_tasks_measure_and_watch(catalogue: None) -> None:
    said = StringIO()
    call_command("measure_quality", "--on", "2026-11-20", stdout=said)
    tasks.measure_yesterday()
    tasks.watch_deliveries()

    days = set(Measure.objects.values_list("on", flat=True))
    assert days == {dt.date(2026, 11, 20), timezone.localdate() - dt.timedelta(days=1)}
    assert f"{37 * 7} rows" in said.getvalue()
    with pytest.raises(CommandError, match="has not come"):
        call_command("measure_quality", "--on", "2999-01-01")


def test_the_board_shows_the_rows_and_leads_down_to_them(
    delivered: dt.date, now: dt.datetime, steward: User, client: Client
) -> None:
    for days in range(3):
        actions.measure(on=delivered - dt.timedelta(days=days), by=None, at=now)
    client.force_login(steward)

    board = client.get(reverse("admin:quality_measure_changelist")).content.decode()
    item = client.get(reverse("admin:quality_item", args=["TX_RATING"]) + f"?on={delivered}").content.decode()

    lines = queries.board(steward, on=delivered)
    assert queries.totals(lines).rows == sum(line.measure.rows for line in lines) == 22
    assert (len(lines), "<svg" in board, "22" in board) == (37, True, True)
    assert ("不在允许的取值中" in item, "宁东" in item, "<svg" in item) == (True, True, True)
    listed = reverse("admin:credit_batch_changelist") + "?item__code__exact=TX_RATING"
    assert listed in item
    assert client.get(listed).status_code == 200
    assert client.get(reverse("admin:quality_item", args=["NOPE"])).status_code == 404
    assert client.get(reverse("admin:quality_alarm_changelist")).status_code == 200


def test_a_citys_staff_see_their_own_region(delivered: dt.date, now: dt.datetime, client: Client) -> None:
    actions.measure(on=delivered, by=None, at=now)
    user = StaffPostFactory(role=StaffRole.DATA_STEWARD, region_code="640100").user

    (line,) = [line for line in queries.board(user, on=delivered) if line.measure.item_id == "TX_RATING"]

    assert (line.measure.region, line.measure.living) == ("640100", 2)
    assert {m.region for m in queries.item_on(user, item_code="TX_RATING", on=delivered)} == {"640100"}


def test_before_anything_is_measured_the_board_says_so(catalogue: None, steward: User, client: Client) -> None:
    client.force_login(steward)

    assert "还没有统计" in client.get(reverse("admin:quality_measure_changelist")).content.decode()


@pytest.mark.parametrize("role", [StaffRole.CLAIM_CHECKER, StaffRole.AUDITOR])
def test_other_posts_have_no_board(role: StaffRole, catalogue: None, client: Client) -> None:
    client.force_login(StaffPostFactory(role=role).user)

    for name in ("quality_measure", "quality_alarm", "credit_conflict"):
        assert client.get(reverse(f"admin:{name}_changelist")).status_code in {403, 404}


# --- The desk of conflicts ------------------------------------------------------------------------------------------------


def test_a_conflict_is_read_masked_and_settled_on_its_page(delivered: dt.date, steward: User, client: Client) -> None:
    client.force_login(steward)
    conflict, tax = Conflict.objects.get(), Source.objects.get(code="TAX")
    page, url = (reverse(f"admin:credit_conflict_{name}", args=[conflict.pk]) for name in ("change", "settle"))

    shown = client.get(page).content.decode()
    short = client.post(url, {"settlement": "choice", "source": tax.pk, "reason": "对"})
    client.post(url, {"settlement": "choice", "source": tax.pk, "reason": "以税务机关原件为准"})

    conflict.refresh_from_db()
    assert (short.status_code, conflict.state, conflict.chosen_source) == (422, "settled", tax)
    assert "信用级别" in shown
    assert ("B***" in shown) != ("<td" in shown and ">B<" in shown)
    assert "以税务机关原件为准" in client.get(page).content.decode()
    assert "#" in client.get(reverse("admin:credit_conflict_changelist")).content.decode()


def test_who_may_read_records_but_not_keep_the_catalogue_does_not_settle(delivered: dt.date, client: Client) -> None:
    client.force_login(StaffPostFactory(role=StaffRole.REMEDY_OFFICER, region_code="640000").user)
    conflict = Conflict.objects.get()

    page = client.get(reverse("admin:credit_conflict_change", args=[conflict.pk]))
    sent = client.post(reverse("admin:credit_conflict_settle", args=[conflict.pk]), {"settlement": "precedence"})

    assert (page.status_code, "确认处理" in page.content.decode(), sent.status_code) == (200, False, 404)


def test_a_conflict_of_another_region_does_not_exist(delivered: dt.date, client: Client) -> None:
    client.force_login(StaffPostFactory(role=StaffRole.DATA_STEWARD, region_code="640400").user)

    assert client.get(reverse("admin:credit_conflict_change", args=[Conflict.objects.get().pk])).status_code == 404
