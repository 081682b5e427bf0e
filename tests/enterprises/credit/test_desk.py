"""The data centre's desk in the admin site, the public catalogue, and the commands."""

import csv
import datetime as dt
import io
import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from enterprises.credit import actions, queries
from enterprises.credit.models import Batch, CreditRecord, Item, ItemVersion, Source
from enterprises.credit.schemas import SchemaFault
from enterprises.credit.states import BatchState
from enterprises.models import Enterprise
from portal.accounts.roles import StaffRole
from portal.audit.models import AuditEvent
from tests.enterprises.credit import files
from tests.enterprises.credit.conftest import Deliver
from tests.factories import StaffPostFactory, uscc


def staff(client: Client, role: StaffRole = StaffRole.DATA_STEWARD, region: str = "640000") -> Client:
    client.force_login(StaffPostFactory(role=role, region_code=region).user)
    return client


def bad_and_good() -> list[dict[str, str]]:
    good = [files.row("TX_RATING", eval_year=str(year)) for year in range(2015, 2025)]
    return [*good, files.row("TX_RATING", eval_year="2025", grade="E", eval_org="=cmd|' /C calc'!A0")]


# --- The catalogue ------------------------------------------------------------------------------------------------------


def test_the_catalogue_is_loaded_once_and_what_staff_changed_stays(catalogue: None, now: dt.datetime) -> None:
    Item.objects.filter(pk="TX_RATING").update(fresh_days=1)

    new = actions.load_catalogue(by=None, at=now)

    assert (new, Item.objects.count(), Item.objects.get(pk="TX_RATING").fresh_days) == ([], 37, 1)
    assert len({item.category for item in Item.objects.all()}) == 14
    assert Source.objects.filter(level="local").count() == 6
    assert sum(len(schema.fields) for schema in queries.schemas().values()) == 351


def test_a_schema_that_names_what_it_does_not_have_is_refused(catalogue: None) -> None:
    version = ItemVersion.objects.get(item_id="TX_RATING")
    version.natural_key = ["uscc", "colour"]

    with pytest.raises(SchemaFault, match="colour"):
        queries.schema_of(version)


def test_a_changed_catalogue_is_read_anew(
    catalogue: None, django_capture_on_commit_callbacks: object, now: dt.datetime
) -> None:
    assert queries.schemas()["TX_RATING"].fresh_days == 400
    Item.objects.filter(pk="TX_RATING").update(fresh_days=1)

    with django_capture_on_commit_callbacks(execute=True):
        actions.load_catalogue(by=None, at=now)

    assert queries.schemas()["TX_RATING"].fresh_days == 1


def test_anybody_reads_the_catalogue_and_no_internal_field_is_in_it(catalogue: None, client: Client) -> None:
    listed = client.get(reverse("public_catalogue")).content.decode()
    item = client.get(reverse("public_item", args=["MR_BASIC"])).content.decode()

    assert listed.count('href="/catalogue/') >= 37
    assert "法定代表人（负责人/经营者）姓名" in item
    assert "法定代表人证件号码" not in item
    assert "附件" not in listed
    assert client.get(reverse("public_item", args=["NOPE"])).status_code == 404


def test_the_template_of_an_item_can_be_delivered_back_as_it_is_headed(catalogue: None, client: Client) -> None:
    head = client.get(reverse("public_item_template", args=["TX_RATING"])).content.decode("utf-8-sig").strip()

    assert head.split(",") == [field.label for field in queries.schemas()["TX_RATING"].fields]


# --- The desk -----------------------------------------------------------------------------------------------------------


def test_a_steward_uploads_a_file_and_sees_it_accepted(catalogue: None, enterprise: Enterprise, client: Client) -> None:
    file = files.as_csv("TX_RATING", [files.row("TX_RATING")])
    file.name = "评价.csv"
    source = Source.objects.get(code="TAX")

    response = staff(client).post(
        reverse("admin:credit_batch_add"), {"item": "TX_RATING", "source": source.pk, "file": file}, follow=True
    )

    batch = Batch.objects.get()
    assert (batch.state, batch.file_name, batch.received_by is not None) == (BatchState.ACCEPTED, "评价.csv", True)
    assert "已入库" in response.content.decode()


@pytest.mark.parametrize(("name", "said"), [("a.exe", "只接受"), ("a.xlsx", "内容与扩展名不符")])
def test_the_upload_page_says_why_a_file_is_refused(name: str, said: str, catalogue: None, client: Client) -> None:
    file = io.BytesIO(b"MZ")
    file.name = name

    response = staff(client).post(
        reverse("admin:credit_batch_add"),
        {"item": "TX_RATING", "source": Source.objects.get(code="TAX").pk, "file": file},
    )

    assert (response.status_code, said in response.content.decode()) == (422, True)


def test_a_citys_staff_deliver_for_their_own_hub_and_see_its_batches_only(
    deliver: Deliver, enterprise: Enterprise, client: Client
) -> None:
    province = deliver("TX_RATING", [files.row("TX_RATING")])
    hub = deliver("UT_WATER", [files.row("UT_WATER")], source="HUB_640100")
    city = staff(client, region="640100")

    page = city.get(reverse("admin:credit_batch_add"))

    assert [source.code for source in page.context["form"].fields["source"].queryset] == ["HUB_640100"]
    assert city.get(reverse("admin:credit_batch_change", args=[hub.pk])).status_code == 200
    assert city.get(reverse("admin:credit_batch_change", args=[province.pk])).status_code == 404
    assert city.get(reverse("admin:credit_batch_rejects", args=[province.pk])).status_code == 404


@pytest.mark.parametrize("role", [StaffRole.CLAIM_CHECKER, StaffRole.AUDITOR])
def test_other_posts_have_no_data_desk(
    role: StaffRole, deliver: Deliver, enterprise: Enterprise, client: Client
) -> None:
    batch = deliver("TX_RATING", [files.row("TX_RATING")])
    other = staff(client, role)

    for url in (
        reverse("admin:credit_batch_change", args=[batch.pk]),
        reverse("admin:credit_batch_rejects", args=[batch.pk]),
        reverse("admin:credit_batch_progress", args=[batch.pk]),
    ):
        assert other.get(url).status_code in {403, 404}
    assert other.post(reverse("admin:credit_batch_retract", args=[batch.pk])).status_code == 404
    batch.refresh_from_db()
    assert batch.state == BatchState.ACCEPTED


def test_the_batch_page_lists_the_faults_masked(deliver: Deliver, enterprise: Enterprise, client: Client) -> None:
    batch = deliver("TX_RATING", bad_and_good())

    page = staff(client).get(reverse("admin:credit_batch_change", args=[batch.pk])).content.decode()

    assert "不在允许的取值中" in page
    assert "E***" in page


def test_the_refused_lines_come_back_mended_and_are_accepted(
    deliver: Deliver, enterprise: Enterprise, client: Client
) -> None:
    batch = deliver("TX_RATING", bad_and_good())

    response = staff(client).get(reverse("admin:credit_batch_rejects", args=[batch.pk]))
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    head, line = list(csv.reader(io.StringIO(text)))
    mended = deliver("TX_RATING", io.BytesIO(text.replace(",E,", ",B,").encode()))

    assert line[head.index("评价机关")].startswith("'=")
    assert line[0] == "12"
    assert (mended.state, mended.rows_new, mended.rows_bad) == (BatchState.ACCEPTED, 1, 0)
    assert CreditRecord.objects.get(payload__eval_year=2025).payload["eval_org"] == "=cmd|' /C calc'!A0"
    assert AuditEvent.objects.filter(verb="batch.rejects_download").count() == 1


def test_a_waiting_batch_shows_progress_that_ends_by_itself(
    catalogue: None, enterprise: Enterprise, client: Client, now: dt.datetime
) -> None:
    file = files.as_csv("TX_RATING", [files.row("TX_RATING")])
    batch = actions.receive(item_code="TX_RATING", source_code="TAX", file=file, file_name="a.csv", by=None, at=now)
    url = reverse("admin:credit_batch_progress", args=[batch.pk])
    page = staff(client).get(reverse("admin:credit_batch_change", args=[batch.pk])).content.decode()
    waiting = client.get(url)
    actions.advance(batch=batch, by=None, at=now)
    ended = client.get(url)

    assert f'hx-get="{url}"' in page
    assert "<noscript><a href=" in page
    assert "等待后台校验" in waiting.content.decode()
    assert ended.headers["HX-Refresh"] == "true"


def test_a_steward_retracts_a_batch_once(deliver: Deliver, enterprise: Enterprise, client: Client) -> None:
    batch = deliver("TX_RATING", [files.row("TX_RATING")])
    url = reverse("admin:credit_batch_retract", args=[batch.pk])

    staff(client).post(url)
    again = client.post(url, follow=True)

    batch.refresh_from_db()
    assert (batch.state, client.get(url).status_code) == (BatchState.RETRACTED, 405)
    assert "只有已入库的批次可以撤回" in again.content.decode()


def test_the_items_page_shows_its_fields_and_batches(deliver: Deliver, enterprise: Enterprise, client: Client) -> None:
    batch = deliver("TX_RATING", [files.row("TX_RATING")])

    page = staff(client).get(reverse("admin:credit_item_change", args=["TX_RATING"])).content.decode()

    assert "信用级别" in page
    assert reverse("admin:credit_batch_change", args=[batch.pk]) in page
    assert client.get(reverse("admin:credit_source_changelist")).status_code == 200
    assert "TX_RATING" in client.get(reverse("admin:credit_item_changelist")).content.decode()
    assert f"#{batch.pk}" in client.get(reverse("admin:credit_batch_changelist")).content.decode()


# --- Commands -----------------------------------------------------------------------------------------------------------


def test_the_commands_load_ingest_and_refresh(
    db: None, enterprise: Enterprise, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("load_catalogue")
    path = tmp_path / "ratings.csv"
    path.write_bytes(files.as_csv("TX_RATING", bad_and_good()).read())

    call_command("ingest", "TX_RATING", str(path))
    call_command("refresh_features", uscc(1))
    said = capsys.readouterr().out

    assert "37 items (37 new)" in said
    assert "11 rows: 10 new, 0 changed, 0 same, 0 withdrawn, 1 bad" in said
    assert "信用级别" in said or "grade" in said
    assert "Feature rows of 1 firms" in said
    assert Batch.objects.get().source.code == "TAX"


def test_ingest_fails_aloud(catalogue: None, tmp_path: Path) -> None:
    path = tmp_path / "ratings.csv"
    path.write_bytes(files.as_csv("TX_RATING", [files.row("TX_RATING")]).read())

    with pytest.raises(CommandError, match="There is no item"):
        call_command("ingest", "NOPE", str(path))
    with pytest.raises(CommandError, match="100"):
        call_command("ingest", "TX_RATING", str(path))  # no firm is known: every row is bad
    with pytest.raises(CommandError, match="No such file"):
        call_command("ingest", "TX_RATING", str(tmp_path / "nothing.csv"))


def test_an_item_whose_code_has_an_underscore_opens_from_its_list(client: Client, catalogue: None) -> None:
    desk = staff(client)
    listed = desk.get(reverse("admin:credit_item_changelist")).content.decode()

    links = re.findall(r'href="(/admin/credit/item/[^"]*/change/)', listed)

    assert len(links) >= 37
    assert "TX_RATING" in desk.get(next(link for link in links if "RATING" in link)).content.decode()
