"""What a firm states of itself: signed, judged, shown and marked, corrected, taken back, and never before an official source."""

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from enterprises.consent import gate
from enterprises.credit import queries as credit
from enterprises.credit.models import Batch, Conflict, CreditRecord, Item
from enterprises.declarations import actions, commitment, queries
from enterprises.declarations.models import Declaration
from enterprises.declarations.states import DeclarationState
from enterprises.models import Member
from portal.accounts.roles import EnterpriseRole
from portal.audit.models import AuditEvent
from portal.documents.models import IssuedDocument
from portal.refusals import NotPermitted
from tests.enterprises.credit import files
from tests.enterprises.credit.conftest import Deliver
from tests.factories import EnterpriseFactory, MemberFactory, uscc
from tests.pdf import text

CELLS = {"honor_name": "守合同重信用企业", "award_date": "2025-05-01", "award_org": "银川市市场监督管理局"}


@pytest.fixture
def member(catalogue: None) -> Member:
    firm = EnterpriseFactory(
        uscc=uscc(1), established_on=dt.date(2015, 4, 1), bound_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    )
    return MemberFactory(enterprise=firm)


@pytest.fixture
def state(member: Member, now: dt.datetime, django_capture_on_commit_callbacks: Any) -> Any:
    """`state(cells)`: signed, and brought in by the worker."""

    def sign(cells: dict[str, str] | None = None, **options: Any) -> Declaration:
        usual: dict[str, Any] = {
            "item": Item.objects.get(pk="HR_HONOR"),
            "member": member,
            "submission_key": uuid4(),
            "at": now,
        }
        with django_capture_on_commit_callbacks(execute=True):
            return actions.declare(cells=honour(**(cells or {})), **usual | options)

    return sign


def honour(**cells: str) -> dict[str, str]:
    """A sound honour with what the item asks for besides."""
    row = {name: cell for name, cell in files.row("HR_HONOR").items() if name != "uscc"}
    return row | {name: cell for name, cell in CELLS.items() if name in credit.schemas()["HR_HONOR"].by_name} | cells


def fate(declaration: Declaration) -> DeclarationState:
    (told,) = queries.told(Declaration.objects.filter(pk=declaration.pk))
    return told.fate


# --- Stated -------------------------------------------------------------------------------------------------------------


def test_a_signed_fact_becomes_a_record_marked_as_the_firms_own_word(
    state: Any, member: Member, now: dt.datetime
) -> None:
    declaration = state()

    (row,) = gate.own_file(member=member, item_codes=["HR_HONOR"], at=now).sections[0].rows
    assert (row.source_level, row.source_name) == ("declared", "企业自愿填报")
    assert (fate(declaration), actions.is_genuine(declaration)) == (DeclarationState.IN_FORCE, True)
    assert declaration.commitment == commitment.in_force().text
    assert AuditEvent.objects.get(verb="fact.declare").enterprise_id == member.enterprise_id


def test_until_the_worker_has_come_it_waits(member: Member, now: dt.datetime) -> None:
    item = Item.objects.get(pk="HR_HONOR")

    declaration = actions.declare(member=member, item=item, cells=honour(), submission_key=uuid4(), at=now)

    assert (fate(declaration), CreditRecord.objects.count()) == (DeclarationState.WAITING, 0)


def test_the_same_form_sent_twice_is_one_declaration(state: Any) -> None:
    key = uuid4()

    assert state(submission_key=key).pk == state(submission_key=key).pk
    assert Batch.objects.count() == 1


def test_the_key_of_another_firm_gives_nothing_away(state: Any) -> None:
    key = uuid4()
    state(submission_key=key)
    other = MemberFactory(enterprise=EnterpriseFactory(uscc=uscc(2), established_on=dt.date(2015, 4, 1)))

    with pytest.raises(actions.KeyOfAnother):
        state(submission_key=key, member=other)


def test_what_a_delivery_would_refuse_is_refused_at_once(state: Any) -> None:
    with pytest.raises(actions.FactUnsound, match="日期晚于今天"):
        state({"award_date": "2027-01-01"})
    assert not Batch.objects.exists()


def test_a_fact_is_stated_once(state: Any) -> None:
    state()

    with pytest.raises(actions.FactStated):
        state()


def test_only_members_who_may_and_only_items_that_say_so(state: Any, member: Member) -> None:
    viewer = MemberFactory(enterprise=member.enterprise, role=EnterpriseRole.VIEWER)

    with pytest.raises(NotPermitted):
        state(member=viewer)
    with pytest.raises(NotPermitted):
        state(item=Item.objects.get(pk="TX_RATING"))


def test_a_word_changed_afterwards_is_found_out(state: Any) -> None:
    declaration = state()
    Declaration.objects.filter(pk=declaration.pk).update(cells=declaration.cells | {"honor_name": "全国百强"})

    assert actions.is_genuine(Declaration.objects.get()) is False


def test_what_the_worker_refuses_is_told_on_its_page(state: Any, member: Member, now: dt.datetime) -> None:
    item = Item.objects.get(pk="HR_HONOR")
    declaration = actions.declare(member=member, item=item, cells=honour(), submission_key=uuid4(), at=now)
    member.enterprise.established_on = dt.date(2026, 1, 1)
    member.enterprise.save()

    advance(declaration, now)

    assert fate(declaration) == DeclarationState.REFUSED
    assert any("早于主体成立" in reason for reason in queries.refusal_of(Declaration.objects.get()))


def advance(declaration: Declaration, now: dt.datetime) -> None:
    from enterprises.credit import actions as deliveries

    deliveries.advance(batch=declaration.batch, by=None, at=now)


# --- Corrected and taken back ---------------------------------------------------------------------------------------------


def test_a_correction_is_a_new_version_signed_anew(state: Any, member: Member, now: dt.datetime) -> None:
    first = state()
    second = state({"award_org": "自治区市场监督管理厅"}, corrects=first)

    record = CreditRecord.objects.in_force().get()
    assert (fate(first), fate(second), record.payload["award_org"]) == (
        DeclarationState.REPLACED,
        DeclarationState.IN_FORCE,
        "自治区市场监督管理厅",
    )
    assert record.supersedes is not None
    with pytest.raises(actions.NotInForce):
        state({"award_org": "又一个单位"}, corrects=first)


def test_a_correction_speaks_of_the_same_fact(state: Any) -> None:
    first = state()

    with pytest.raises(actions.AnotherFact):
        state({"honor_name": "另一荣誉"}, corrects=first)


def test_what_was_stated_may_be_taken_back_once(
    state: Any, member: Member, now: dt.datetime, django_capture_on_commit_callbacks: Any
) -> None:
    declaration = state()

    with django_capture_on_commit_callbacks(execute=True):
        actions.withdraw(declaration=declaration, member=member, at=now)

    assert (fate(declaration), CreditRecord.objects.in_force().exists()) == (DeclarationState.WITHDRAWN, False)
    assert CreditRecord.objects.filter(is_withdrawal=True, superseded_at=None).count() == 1
    with pytest.raises(actions.NotInForce):
        actions.withdraw(declaration=declaration, member=member, at=now)
    assert fate(state()) == DeclarationState.IN_FORCE  # and stated again


def test_nobody_takes_back_what_another_firm_has_stated(state: Any, now: dt.datetime) -> None:
    declaration = state()

    with pytest.raises(NotPermitted):
        actions.withdraw(declaration=declaration, member=MemberFactory(), at=now)


# --- Beside official sources ----------------------------------------------------------------------------------------------


def test_where_an_official_source_says_otherwise_it_counts_and_the_firm_is_told(
    state: Any, deliver: Deliver, member: Member, now: dt.datetime
) -> None:
    declaration = state()
    deliver("HR_HONOR", [files.row("HR_HONOR", **honour(award_org="自治区人民政府"))], source="DEVELOPMENT_REFORM")

    (row,) = gate.own_file(member=member, item_codes=["HR_HONOR"], at=now).sections[0].rows
    (told,) = queries.told([declaration])
    assert (row.source_level, told.is_disputed) == ("department", True)
    assert Conflict.objects.get().fields == ["award_org"]


def test_the_database_refuses_an_unsigned_declaration(state: Any, now: dt.datetime) -> None:
    row = Declaration.objects.filter(pk=state().pk)

    for constraint, changes in [
        ("a_declaration_is_signed", {"signature": ""}),
        ("a_withdrawn_declaration_says_when_and_by_whom", {"withdrawn_at": now}),
    ]:
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            row.update(**changes)


# --- Pages --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client: Client, member: Member) -> Client:
    """Signed in a moment ago, so that nothing asks for the password again."""
    member.user.set_password("correct horse")
    member.user.save()
    client.force_login(member.user)
    client.post("/accounts/reauthenticate/", {"password": "correct horse"})
    return client


def typed(**more: Any) -> dict[str, Any]:
    cells = {f"cell_{name}": cell for name, cell in honour().items()}
    return cells | {"has_read": "on", "submission_key": str(uuid4())} | more


def test_a_member_signs_sees_the_commitment_and_takes_the_letter(
    desk: Client, member: Member, django_capture_on_commit_callbacks: Any
) -> None:
    opened = desk.get(reverse("enterprise_declare", args=["HR_HONOR"])).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(reverse("enterprise_declare", args=["HR_HONOR"]), typed())
    declaration = Declaration.objects.get()
    page = desk.get(reverse("enterprise_declaration", args=[declaration.pk])).content.decode()
    letter = b"".join(desk.get(reverse("enterprise_declaration_letter", args=[declaration.pk])).streaming_content)
    listed = desk.get(reverse("enterprise_declarations")).content.decode()
    own = desk.get(reverse("enterprise_file")).content.decode()

    assert all(clause in opened and clause in page for clause in commitment.in_force().clauses)
    assert ("有效" in page, "自愿填报" in own, "守合同重信用企业" in page, declaration.item.name in listed) == (
        True,
    ) * 4
    assert "信用承诺书" in text(letter)
    desk.get(reverse("enterprise_declaration_letter", args=[declaration.pk]))
    assert IssuedDocument.objects.count() == 1


def test_the_form_says_by_field_what_a_delivery_would_refuse(desk: Client) -> None:
    answer = desk.post(reverse("enterprise_declare", args=["HR_HONOR"]), typed(cell_award_date="2027-01-01"))

    assert (answer.status_code, "日期晚于今天" in answer.content.decode()) == (422, True)
    assert not Declaration.objects.exists()


def test_a_page_corrects_and_takes_back(desk: Client, state: Any, django_capture_on_commit_callbacks: Any) -> None:
    first = state()
    url = reverse("enterprise_declaration_correct", args=[first.pk])
    opened = desk.get(url).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(url, typed(cell_award_org="自治区市场监督管理厅"))
    second = Declaration.objects.get(corrects=first)
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(reverse("enterprise_declaration_withdraw", args=[second.pk]))

    assert ("cell_honor_name" in opened, "守合同重信用企业" in opened) == (False, True)
    assert (fate(first), fate(second)) == (DeclarationState.REPLACED, DeclarationState.WITHDRAWN)
    assert desk.post(reverse("enterprise_declaration_withdraw", args=[second.pk])).status_code == 409


def test_another_firms_declarations_do_not_exist(desk: Client, state: Any, client: Client) -> None:
    declaration = state()
    stranger = MemberFactory()
    client.force_login(stranger.user)

    for name in ("enterprise_declaration", "enterprise_declaration_letter"):
        assert client.get(reverse(name, args=[declaration.pk])).status_code == 404
    assert client.post(reverse("enterprise_declaration_withdraw", args=[declaration.pk])).status_code == 404
    assert client.get(reverse("enterprise_declare", args=["TX_RATING"])).status_code in {302, 404}


def test_signing_asks_for_a_fresh_proof(client: Client, member: Member) -> None:
    client.force_login(member.user)

    answer = client.get(reverse("enterprise_declare", args=["HR_HONOR"]))

    assert (answer.status_code, "reauthenticate" in answer["Location"]) == (302, True)
