import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from enterprises.consent.models import Mode
from institutions.models import Institution, Officer
from institutions.products import actions
from institutions.products.models import AskableItem, AskedMode, ProductVersion
from institutions.products.rules import Terms
from institutions.products.states import MOVES, VersionState
from institutions.states import InstitutionState
from portal.accounts.models import User
from portal.accounts.roles import OfficerRole, StaffRole
from portal.audit.models import AuditEvent
from portal.messages.models import Message
from portal.refusals import NotPermitted
from portal.transitions import IllegalMove
from tests.factories import OfficerFactory, ProductVersionFactory, StaffPostFactory

pytestmark = pytest.mark.django_db

TERMS = Terms(
    summary="凭纳税记录授信",
    min_amount=Decimal("100000.00"),
    max_amount=Decimal("2000000.00"),
    min_term_months=6,
    max_term_months=24,
    min_rate=Decimal("0.038500"),
    max_rate=Decimal("0.060000"),
    guarantees=["credit"],
    repayment_methods=["interest_first"],
    criteria=[{"kind": "min_years", "value": 2}, {"kind": "region", "value": ["640100"]}],
    asked_items={"TX_RATING": "detail"},
)


def _manager(**fields: object) -> Officer:
    return OfficerFactory(role=OfficerRole.PRODUCT_MANAGER, **fields)


def _reviewer() -> User:
    return StaffPostFactory(role=StaffRole.PRODUCT_REVIEWER).user


def _version(state: str = VersionState.LISTED, **fields: Any) -> ProductVersion:
    traits = {VersionState.DRAFT: {"draft": True}, VersionState.SUBMITTED: {"submitted": True}}.get(state, {})
    return ProductVersionFactory(**({"state": state} | traits | fields))


def _verbs() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("verb", flat=True))


def test_a_draft_keeps_the_terms_with_its_criteria_in_order(now: dt.datetime) -> None:
    manager = _manager()

    version = actions.draft(officer=manager, name="税易贷", terms=TERMS, at=now)

    version.refresh_from_db()
    assert (version.number, version.state, version.drafted_by) == (1, VersionState.DRAFT, manager.user)
    assert version.product.institution == manager.institution
    assert actions.terms_of(version) == replace(
        TERMS, criteria=[{"kind": "region", "value": ["640100"]}, {"kind": "min_years", "value": 2}]
    )
    assert _verbs() == ["product.draft"]


def test_a_draft_form_sent_twice_makes_one_product(now: dt.datetime) -> None:
    manager = _manager()
    actions.draft(officer=manager, name="税易贷", terms=TERMS, at=now)

    with pytest.raises(actions.ProductNameTaken):
        actions.draft(officer=manager, name="税易贷", terms=TERMS, at=now)


@pytest.mark.parametrize(
    "wrong",
    [
        {"min_amount": Decimal(0)},
        {"max_amount": Decimal("99999.99")},
        {"min_term_months": 0},
        {"max_term_months": 5},
        {"max_rate": Decimal("0.03")},
        {"max_rate": Decimal(1)},
        {"guarantees": []},
        {"repayment_methods": []},
        {"criteria": [{"kind": "min_years", "value": 0}]},
        {"asked_items": {"TX_RATING": "everything"}},
    ],
)
def test_unsound_terms_are_refused(wrong: dict[str, Any], now: dt.datetime) -> None:
    with pytest.raises(actions.TermsUnsound):
        actions.draft(officer=_manager(), name="税易贷", terms=replace(TERMS, **wrong), at=now)


@pytest.mark.parametrize("role", [OfficerRole.LOAN_OFFICER, OfficerRole.APPROVER, OfficerRole.ADMINISTRATOR])
def test_only_product_managers_draft(role: str, now: dt.datetime) -> None:
    with pytest.raises(NotPermitted):
        actions.draft(officer=OfficerFactory(role=role), name="税易贷", terms=TERMS, at=now)


def test_a_manager_of_another_institution_neither_revises_nor_submits_nor_keeps(now: dt.datetime) -> None:
    version, stranger = _version(VersionState.DRAFT), _manager()

    with pytest.raises(NotPermitted):
        actions.revise(version=version, officer=stranger, terms=TERMS, at=now)
    with pytest.raises(NotPermitted):
        actions.submit(version=version, officer=stranger, at=now)
    with pytest.raises(NotPermitted):
        actions.pause(version=_version(), by=stranger.user, at=now)


# Submitting and reviewing


def test_the_whole_way_from_draft_to_shelf(now: dt.datetime) -> None:
    manager, reviewer = _manager(), _reviewer()

    version = actions.draft(officer=manager, name="税易贷", terms=TERMS, at=now)
    actions.submit(version=version, officer=manager, at=now)
    version = actions.list_version(version=version, by=reviewer, at=now)

    assert (version.state, version.reviewed_at, version.reviewed_by) == (VersionState.LISTED, now, reviewer)
    assert list(ProductVersion.objects.on_shelf()) == [version]
    assert _verbs() == ["product.draft", "product.submit", "product.list"]
    assert Message.objects.get().recipient == manager.user


def test_a_suspended_institution_submits_nothing(now: dt.datetime) -> None:
    manager = _manager()
    version = actions.draft(officer=manager, name="税易贷", terms=TERMS, at=now)
    Institution.objects.update(state=InstitutionState.SUSPENDED)

    with pytest.raises(actions.InstitutionNotAdmitted):
        actions.submit(version=version, officer=manager, at=now)
    with pytest.raises(NotPermitted):
        actions.submit(version=version, officer=Officer.objects.get(pk=manager.pk), at=now)


def test_a_returned_version_is_revised_and_submitted_again(now: dt.datetime) -> None:
    version, reviewer = _version(VersionState.SUBMITTED), _reviewer()
    manager = _manager(institution=version.product.institution)

    returned = actions.return_version(version=version, note="利率上限偏高", by=reviewer, at=now)
    assert (returned.state, returned.review_note) == (VersionState.RETURNED, "利率上限偏高")

    actions.revise(version=version, officer=manager, terms=TERMS, at=now)
    resubmitted = actions.submit(version=version, officer=manager, at=now)
    assert (resubmitted.state, resubmitted.review_note, resubmitted.reviewed_by) == (VersionState.SUBMITTED, "", None)
    assert resubmitted.drafted_by == manager.user


def test_a_return_without_a_note_is_refused(now: dt.datetime) -> None:
    with pytest.raises(actions.NoteMissing):
        actions.return_version(version=_version(VersionState.SUBMITTED), note="  ", by=_reviewer(), at=now)


@pytest.mark.parametrize("part", ["drafted_by", "submitted_by"])
def test_nobody_lists_or_returns_what_they_drafted_or_submitted(part: str, now: dt.datetime) -> None:
    reviewer = _reviewer()
    version = _version(VersionState.SUBMITTED, **{part: reviewer})

    with pytest.raises(actions.OwnDraft):
        actions.list_version(version=version, by=reviewer, at=now)
    with pytest.raises(actions.OwnDraft):
        actions.return_version(version=version, note="x", by=reviewer, at=now)


def test_a_reviewer_who_serves_the_bank_does_not_review_it(now: dt.datetime) -> None:
    version, reviewer = _version(VersionState.SUBMITTED), _reviewer()
    OfficerFactory(user=reviewer, institution=version.product.institution)

    with pytest.raises(actions.OwnDraft):
        actions.list_version(version=version, by=reviewer, at=now)


def test_the_database_itself_refuses_a_reviewer_who_drafted() -> None:
    version = _version(VersionState.SUBMITTED)

    with pytest.raises(IntegrityError, match="nobody_reviews_the_own_draft"), transaction.atomic():
        ProductVersion.objects.filter(pk=version.pk).update(reviewed_by=version.submitted_by)


def test_other_posts_do_not_review(now: dt.datetime) -> None:
    with pytest.raises(NotPermitted):
        actions.list_version(
            version=_version(VersionState.SUBMITTED), by=StaffPostFactory(role=StaffRole.SUPERVISOR).user, at=now
        )


# Versions


def test_a_new_version_replaces_the_one_on_offer_when_it_is_listed_and_not_before(now: dt.datetime) -> None:
    listed = _version(number=1)
    manager = _manager(institution=listed.product.institution)

    draft = actions.draft_next(product=listed.product, officer=manager, at=now)
    assert (draft.number, actions.terms_of(draft)) == (2, actions.terms_of(listed))
    assert list(ProductVersion.objects.on_shelf()) == [listed]

    actions.submit(version=draft, officer=manager, at=now)
    actions.list_version(version=draft, by=_reviewer(), at=now)
    listed.refresh_from_db()
    assert listed.state == VersionState.REPLACED
    assert list(ProductVersion.objects.on_shelf()) == [draft]


def test_one_version_at_a_time_is_in_the_making(now: dt.datetime) -> None:
    listed = _version(number=1)
    manager = _manager(institution=listed.product.institution)
    actions.draft_next(product=listed.product, officer=manager, at=now)

    with pytest.raises(actions.AlreadyInTheMaking):
        actions.draft_next(product=listed.product, officer=manager, at=now)


@pytest.mark.parametrize(
    "state", [VersionState.SUBMITTED, VersionState.LISTED, VersionState.PAUSED, VersionState.REPLACED]
)
def test_terms_are_fixed_from_submission_on_even_for_the_database(state: str, now: dt.datetime) -> None:
    version = _version(state)
    manager = _manager(institution=version.product.institution)

    with pytest.raises(IllegalMove):
        actions.revise(version=version, officer=manager, terms=TERMS, at=now)
    with pytest.raises(ProgrammingError, match="Cannot update rows"), transaction.atomic():
        ProductVersion.objects.filter(pk=version.pk).update(max_rate=Decimal("0.2"))


# Every move


VERBS = {
    "pause": lambda version, manager, reviewer, at: actions.pause(version=version, by=manager.user, at=at),
    "resume": lambda version, manager, reviewer, at: actions.resume(version=version, by=manager.user, at=at),
    "withdraw": lambda version, manager, reviewer, at: actions.withdraw(version=version, by=reviewer, at=at),
    "submit": lambda version, manager, reviewer, at: actions.submit(version=version, officer=manager, at=at),
    "list": lambda version, manager, reviewer, at: actions.list_version(version=version, by=reviewer, at=at),
    "return": lambda version, manager, reviewer, at: actions.return_version(
        version=version, note="请修改", by=reviewer, at=at
    ),
}


def test_every_move_has_its_verb() -> None:
    assert {move.verb for move in MOVES} - VERBS.keys() == {"replace"}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", VersionState.values)
def test_a_move_is_made_from_its_states_and_refused_from_all_others(state: str, verb: str, now: dt.datetime) -> None:
    version, reviewer = _version(state), _reviewer()
    manager = _manager(institution=version.product.institution)

    if MOVES.allows(verb, state):
        assert VERBS[verb](version, manager, reviewer, now).state == MOVES[verb].target
        assert _verbs() == [f"product.{verb}"]
    else:
        with pytest.raises(IllegalMove):
            VERBS[verb](version, manager, reviewer, now)


# Items published down


def test_published_items_follow_the_catalogue(now: dt.datetime) -> None:
    def row(code: str, name: str) -> AskableItem:
        return AskableItem(code=code, sequence=1, category="纳税", name=name, needs_consent=True)

    actions.publish_items(items=[row("A", "甲"), row("B", "乙")], at=now)
    actions.publish_items(items=[row("B", "乙二"), row("C", "丙")], at=now)

    assert dict(AskableItem.objects.values_list("code", "name")) == {"B": "乙二", "C": "丙"}


def test_modes_are_those_of_an_authorization() -> None:
    assert AskedMode.choices == Mode.choices
