"""The catalogue kept by staff: items, versions, departments, contacts; the pages and what they refuse."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from enterprises.credit import actions, queries
from enterprises.credit.models import Contact, CreditRecord, Department, Item, ItemVersion
from enterprises.credit.states import BatchState
from enterprises.models import Enterprise
from institutions.products.models import AskableItem
from portal.accounts.models import User
from portal.accounts.roles import StaffRole
from portal.audit.models import AuditEvent
from tests.enterprises.credit import files
from tests.enterprises.credit.conftest import Deliver
from tests.factories import StaffPostFactory

TOMORROW = dt.date(2026, 11, 21)
FIELDS: list[dict[str, Any]] = [
    {"name": "uscc", "label": "统一社会信用代码", "type": "code18", "required": True, "level": "public"},
    {"name": "year", "label": "年度", "type": "integer", "required": True, "level": "public", "minimum": 2000},
    {
        "name": "tons",
        "label": "排放量",
        "type": "decimal(12,2)",
        "required": False,
        "level": "authorized",
        "unit": "吨",
    },
    {"name": "limit", "label": "许可量", "type": "decimal(12,2)", "required": False, "level": "public", "unit": "吨"},
]


@pytest.fixture
def steward(db: None) -> User:
    return StaffPostFactory(role=StaffRole.DATA_STEWARD, region_code="640000").user


@pytest.fixture
def desk(client: Client, steward: User, catalogue: None) -> Client:
    client.force_login(steward)
    return client


def facts(**changes: Any) -> actions.ItemFacts:
    usual: dict[str, Any] = {
        "sequence": 38,
        "category_code": "MR",
        "category": "市场主体注册登记",
        "name": "碳排放信息",
        "department": Department.objects.get(code="INDUSTRY_IT"),
        "modes": ["bulk"],
        "frequency": "年",
        "fresh_days": 400,
        "sensitivity": "public",
        "bad_share_limit": Decimal("0.2"),
        "is_declarable": False,
    }
    return actions.ItemFacts(**usual | changes)


def shape(fields: list[dict[str, Any]] | None = None, **changes: Any) -> actions.Shape:
    usual = {"fields": fields or FIELDS, "natural_key": ["uscc", "year"], "uscc_field": "uscc", "occurred_field": ""}
    return actions.Shape(**usual | changes)


def with_field(name: str, **changes: Any) -> list[dict[str, Any]]:
    return [field | changes if field["name"] == name else field for field in FIELDS]


def add(steward: User, now: dt.datetime, **changes: Any) -> Item:
    usual: dict[str, Any] = {"code": "EN_CARBON", "facts": facts(), "shape": shape(), "in_force_from": now.date()}
    return actions.add_item(**usual | changes, by=steward, at=now)


# --- Items --------------------------------------------------------------------------------------------------------------


def test_item_38_takes_deliveries_at_once_into_a_table_of_its_own(
    deliver: Deliver, enterprise: Enterprise, steward: User, now: dt.datetime, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        item = add(steward, now)

    batch = deliver("EN_CARBON", [files.row("EN_CARBON", year="2024", tons="12.5"), files.row("EN_CARBON", year="1999")],
                    at=now)  # fmt: skip

    assert (batch.state, batch.rows, batch.rows_bad) == (BatchState.RETURNED, 2, 1)
    batch = deliver("EN_CARBON", [files.row("EN_CARBON", year="2024", tons="12.5")])
    assert (batch.state, CreditRecord.objects.get(item_code="EN_CARBON").payload["tons"]) == ("accepted", "12.50")
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM credit_record WHERE item_code = 'EN_CARBON'")
        assert cursor.fetchone() == ("credit_record_en_carbon",)
    assert AskableItem.objects.get(pk="EN_CARBON").needs_consent is False
    assert AuditEvent.objects.get(verb="item.add").subject_id == item.pk


def test_a_code_is_given_once(catalogue: None, steward: User, now: dt.datetime) -> None:
    with pytest.raises(actions.CodeTaken):
        add(steward, now, code="TX_RATING")


UNSOUND: list[tuple[str, dict[str, Any]]] = [
    ("枚举字段", {"fields": with_field("limit", type="enum")}),
    ("不早于", {"fields": with_field("limit", not_before="year")}),
    ("不大于", {"fields": with_field("tons", at_most="uscc")}),
    ("条件必填", {"fields": with_field("tons", required_if="year")}),
    ("正则", {"fields": with_field("limit", pattern="(")}),
    ("code18", {"fields": with_field("uscc", required=False)}),
    ("colour", {"natural_key": ["uscc", "colour"]}),
    ("nothing", {"occurred_field": "nothing"}),
]


@pytest.mark.parametrize("case", UNSOUND, ids=lambda case: case[0])
def test_a_schema_that_could_not_be_used_is_refused(
    case: tuple[str, dict[str, Any]], catalogue: None, steward: User, now: dt.datetime
) -> None:
    said, changes = case

    with pytest.raises(actions.SchemaUnsound) as refusal:
        add(steward, now, shape=shape(**changes))

    assert said in str(refusal.value)
    assert not Item.objects.filter(pk="EN_CARBON").exists()


def test_what_firms_state_themselves_is_told_apart_by_firm(catalogue: None, steward: User, now: dt.datetime) -> None:
    with pytest.raises(actions.SchemaUnsound, match="主键不含主体代码"):
        add(steward, now, facts=facts(is_declarable=True), shape=shape(natural_key=["year"]))
    patents = Item.objects.get(pk="IP_RIGHT")
    with pytest.raises(actions.SchemaUnsound, match="主键不含主体代码"):
        actions.change_item(item=patents, facts=facts(is_declarable=True), by=steward, at=now)

    assert add(steward, now, facts=facts(is_declarable=True)).is_declarable


def test_what_is_said_of_an_item_changes_at_once(
    catalogue: None, steward: User, now: dt.datetime, django_capture_on_commit_callbacks: Any
) -> None:
    item = Item.objects.get(pk="TX_RATING")

    with django_capture_on_commit_callbacks(execute=True):
        actions.change_item(item=item, facts=facts(name="新名称", fresh_days=9), by=steward, at=now)

    assert (queries.schemas()["TX_RATING"].name, queries.schemas()["TX_RATING"].fresh_days) == ("新名称", 9)
    assert AuditEvent.objects.get(verb="item.change").facts["fresh_days"] == "9"


# --- Versions -----------------------------------------------------------------------------------------------------------


def narrower(item: str, name: str, **changes: Any) -> actions.Shape:
    version = ItemVersion.objects.get(item_id=item, in_force_until=None)
    fields = [field | changes if field["name"] == name else field for field in version.fields]
    return actions.Shape(fields, version.natural_key, version.uscc_field, version.occurred_field)


def test_a_version_takes_force_on_its_day_and_not_before(
    deliver: Deliver, enterprise: Enterprise, steward: User, now: dt.datetime
) -> None:
    item = Item.objects.get(pk="TX_RATING")
    actions.revise_item(item=item, shape=narrower("TX_RATING", "grade", choices=["A", "B"]), in_force_from=TOMORROW,
                        by=steward, at=now)  # fmt: skip

    today = deliver("TX_RATING", [files.row("TX_RATING", grade="M", eval_year="2024")])
    later = deliver("TX_RATING", [files.row("TX_RATING", grade="M", eval_year="2023")], at=now + dt.timedelta(days=1))

    assert (today.state, today.item_version.number) == (BatchState.ACCEPTED, 1)
    assert (later.state, later.item_version.number, later.rows_bad) == (BatchState.RETURNED, 2, 1)
    assert list(ItemVersion.objects.filter(item=item).order_by("number").values_list("in_force_until", flat=True)) == [
        TOMORROW,
        None,
    ]


def test_a_version_comes_after_today_and_after_the_one_before(catalogue: None, steward: User, now: dt.datetime) -> None:
    item, draft = Item.objects.get(pk="TX_RATING"), narrower("TX_RATING", "grade", note="新说明")

    with pytest.raises(actions.TooEarly):
        actions.revise_item(item=item, shape=draft, in_force_from=now.date(), by=steward, at=now)
    actions.revise_item(item=item, shape=draft, in_force_from=dt.date(2027, 1, 1), by=steward, at=now)
    with pytest.raises(actions.TooEarly):
        actions.revise_item(item=item, shape=draft, in_force_from=dt.date(2027, 1, 1), by=steward, at=now)


@pytest.mark.parametrize(
    "case",
    [("主键", {"natural_key": ["uscc"]}), ("特征", {"fields": "without grade"}), ("类型", {"fields": "other key"})],
    ids=lambda case: case[0],
)
def test_a_version_keeps_its_key_and_what_features_rest_on(
    case: tuple[str, dict[str, Any]], catalogue: None, steward: User, now: dt.datetime
) -> None:
    said, change = case
    version = ItemVersion.objects.get(item_id="TX_RATING")
    fields = version.fields
    if change.get("fields") == "without grade":
        fields = [field for field in fields if field["name"] != "grade"]
    if change.get("fields") == "other key":
        fields = [field | {"type": "string(9)"} if field["name"] == "eval_year" else field for field in fields]
    draft = actions.Shape(fields, change.get("natural_key", version.natural_key), "uscc", version.occurred_field)

    with pytest.raises(actions.SchemaUnsound) as refusal:
        actions.revise_item(item=version.item, shape=draft, in_force_from=TOMORROW, by=steward, at=now)

    assert said in str(refusal.value)


def test_the_database_refuses_a_version_that_ends_before_it_begins(catalogue: None) -> None:
    versions = ItemVersion.objects.filter(item_id="TX_RATING")

    with pytest.raises(IntegrityError, match="a_version_ends_after_it_begins"), transaction.atomic():
        versions.update(in_force_until=dt.date(2000, 1, 1))
    with pytest.raises(IntegrityError, match="one_open_version_per_item"), transaction.atomic():
        ItemVersion.objects.create(item_id="TX_RATING", number=9, fields=[], natural_key=[], in_force_from=TOMORROW)


def test_two_versions_are_compared_field_by_field(catalogue: None) -> None:
    old = queries.schema_of(ItemVersion.objects.get(item_id="TX_RATING"))
    draft = narrower("TX_RATING", "grade", choices=["A", "B"], note="")
    fields = [*[f for f in draft.fields if f["name"] != "taxpayer_no"], {**FIELDS[1], "name": "score", "label": "得分"}]
    new = queries.schema_of(ItemVersion(item=Item.objects.get(pk="TX_RATING"), number=2, fields=fields,
                                        natural_key=draft.natural_key, uscc_field="uscc", in_force_from=TOMORROW))  # fmt: skip

    found = {change.field: change for change in queries.changes_between(old, new)}

    assert list(found) == ["grade", "score", "taxpayer_no"]
    assert ("choices", "、".join(old["grade"].choices), "A、B") in found["grade"].details
    assert (found["score"].is_added, found["taxpayer_no"].is_removed) == (True, True)
    assert queries.changes_between(old, old) == []


# --- Departments --------------------------------------------------------------------------------------------------------


def test_a_department_keeps_the_names_it_had(catalogue: None, steward: User, now: dt.datetime) -> None:
    department = Department.objects.get(code="TAX")
    before = department.name

    department = actions.rename_department(
        department=department, name="宁夏税务局", since=dt.date(2026, 7, 1), by=steward, at=now
    )

    names = [department.name_on(dt.date(2026, 6, 30)), department.name_on(dt.date(2026, 7, 1))]
    assert names == [before, "宁夏税务局"]
    with pytest.raises(actions.NameUnchanged):
        actions.rename_department(department=department, name="宁夏税务局", since=TOMORROW, by=steward, at=now)
    for day in (dt.date(2026, 7, 1), TOMORROW):
        with pytest.raises(actions.RenamedTooEarly):
            actions.rename_department(department=department, name="另一名称", since=day, by=steward, at=now)


def test_a_contact_is_named_once_and_ended(catalogue: None, steward: User, now: dt.datetime) -> None:
    department = Department.objects.get(code="TAX")
    contact = actions.add_contact(department=department, name="马老师", address="A@tax.cn", by=steward, at=now)

    with pytest.raises(actions.ContactKnown):
        actions.add_contact(department=department, name="马老师", address="a@tax.cn", by=steward, at=now)
    for _twice in range(2):
        actions.end_contact(contact=contact, by=steward, at=now)

    assert (Contact.objects.get().ended_by, AuditEvent.objects.filter(verb="contact.end").count()) == (steward, 1)
    assert actions.add_contact(department=department, name="马", address="a@tax.cn", by=steward, at=now).pk


# --- Pages --------------------------------------------------------------------------------------------------------------


def typed(rows: list[dict[str, Any]], blank: int = 2, **more: Any) -> dict[str, Any]:
    """A table of fields as a browser sends it."""
    data: dict[str, Any] = {"fields-TOTAL_FORMS": len(rows) + blank, "fields-INITIAL_FORMS": 0}
    for place, row in enumerate(rows):
        cells = {name: value for name, value in row.items() if value not in (False, None)}
        data |= {f"fields-{place}-{name}": "on" if value is True else value for name, value in cells.items()}
    return data | {f"fields-{place}-level": "public" for place in range(len(rows), len(rows) + blank)} | more


def new_item(**changes: Any) -> dict[str, Any]:
    given = {
        "code": "EN_CARBON",
        "name": "碳排放信息",
        "category": "MR",
        "sequence": 38,
        "department": Department.objects.get(code="INDUSTRY_IT").pk,
        "modes": ["bulk"],
        "frequency": "年",
        "fresh_days": 400,
        "sensitivity": "public",
        "bad_share_limit": "20",
        "uscc_field": "uscc",
        "natural_key": "uscc、year",
        "occurred_field": "",
        "in_force_from": timezone.localdate().isoformat(),
        "step": "save",
    }
    return typed(FIELDS, **given | changes)


def test_a_steward_adds_item_38_in_the_admin_site(desk: Client) -> None:
    answer = desk.post(reverse("admin:credit_item_add"), new_item(), follow=True)

    version = ItemVersion.objects.get(item_id="EN_CARBON")
    assert (answer.status_code, version.natural_key) == (200, ["uscc", "year"])
    assert version.fields[2] == FIELDS[2] | {"name": "tons"}
    assert "碳排放信息" in answer.content.decode()


def test_the_page_says_what_is_wrong_and_keeps_what_was_typed(desk: Client) -> None:
    rows = [*FIELDS, {"name": "Tons", "label": "", "type": "gold", "level": "public"}, FIELDS[1]]

    answer = desk.post(reverse("admin:credit_item_add"), new_item() | typed(rows) | {"code": "no", "step": "save"})

    page = answer.content.decode()
    assert answer.status_code == 422
    for said in ("代码只用大写字母", "字段名只用小写字母", "没有这种类型", "字段名重复", 'value="gold"'):
        assert said in page
    assert Item.objects.count() == 37


def test_more_rows_may_be_asked_for_without_a_script(desk: Client) -> None:
    answer = desk.post(reverse("admin:credit_item_add"), new_item(step="more"))

    assert (answer.status_code, 'name="fields-9-name"' in answer.content.decode()) == (200, True)


def test_a_version_is_tried_before_it_is_published(desk: Client, deliver: Deliver, enterprise: Enterprise) -> None:
    deliver("TX_RATING", [files.row("TX_RATING", grade="M")])
    rows = queries_rows("TX_RATING")
    rows[next(place for place, row in enumerate(rows) if row["name"] == "grade")]["choices"] = "A、B、C、D"
    day = (timezone.localdate() + dt.timedelta(days=5)).isoformat()
    url = reverse("admin:credit_item_revise", args=["TX_RATING"])
    data = typed(rows, in_force_from=day, occurred_field="eval_date") | {"fields-INITIAL_FORMS": len(rows)}

    opened = desk.get(url)
    tried = desk.post(url, data | {"step": "rehearse"}).content.decode()
    published = desk.post(url, data | {"step": "publish"}, follow=True).content.decode()

    assert opened.status_code == 200
    assert "不在允许的取值中" in tried
    assert enterprise.name in tried
    assert ItemVersion.objects.filter(item_id="TX_RATING").count() == 2
    assert f"第 2 版已发布，{day} 起生效" in published
    assert "choices" in desk.get(reverse("admin:credit_item_compare", args=["TX_RATING"])).content.decode()


def queries_rows(item: str) -> list[dict[str, Any]]:
    from enterprises.credit.forms.catalogue import initial_rows

    return [dict(row) for row in initial_rows(ItemVersion.objects.get(item_id=item).fields)]


def test_a_table_sent_back_untouched_says_the_same(desk: Client) -> None:
    for item in ("MR_BASIC", "AP_PENALTY", "TX_PAYMENT"):
        rows = queries_rows(item)
        version = ItemVersion.objects.get(item_id=item)
        day = (timezone.localdate() + dt.timedelta(days=5)).isoformat()
        data = typed(rows, in_force_from=day, occurred_field=version.occurred_field) | {
            "fields-INITIAL_FORMS": len(rows)
        }

        desk.post(reverse("admin:credit_item_revise", args=[item]), data | {"step": "publish"})

        old, new = ItemVersion.objects.filter(item_id=item).order_by("number")
        assert queries.changes_between(queries.schema_of(old), queries.schema_of(new)) == []


def test_facts_and_departments_have_their_pages(desk: Client) -> None:
    facts_url = reverse("admin:credit_item_facts", args=["TX_RATING"])
    sent = {name: value for name, value in new_item(name="评级").items() if not name.startswith("fields-")}
    tax = Department.objects.get(code="TAX")

    assert desk.get(facts_url).status_code == 200
    assert "评级" in desk.post(facts_url, sent, follow=True).content.decode()
    assert desk.post(facts_url, sent | {"fresh_days": "0"}).status_code == 422
    wrong = desk.post(
        reverse("admin:credit_department_add_contact", args=[tax.pk]), {"contact-name": "马", "contact-address": "x"}
    )
    assert wrong.status_code == 422
    desk.post(
        reverse("admin:credit_department_add_contact", args=[tax.pk]),
        {"contact-name": "马", "contact-address": "x@y.cn"},
    )
    desk.post(
        reverse("admin:credit_department_rename", args=[tax.pk]),
        {"rename-name": "税务局", "rename-since": "2026-01-01"},
    )
    page = desk.get(reverse("admin:credit_department_change", args=[tax.pk])).content.decode()
    assert ("x@y.cn" in page, "至 2025-12-31" in page) == (True, True)
    desk.post(reverse("admin:credit_department_end_contact", args=[tax.pk, Contact.objects.get().pk]))
    assert Contact.objects.get().ended_at is not None


def test_the_catalogue_is_the_stewards_alone(client: Client, catalogue: None) -> None:
    client.force_login(StaffPostFactory(role=StaffRole.CLAIM_CHECKER).user)

    for name, code in (("revise", "TX_RATING"), ("facts", "TX_RATING"), ("compare", "TX_RATING")):
        assert client.get(reverse(f"admin:credit_item_{name}", args=[code])).status_code == 404
    assert client.post(reverse("admin:credit_item_add"), new_item()).status_code in {302, 403}
    assert not Item.objects.filter(pk="EN_CARBON").exists()
