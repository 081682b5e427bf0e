"""What officers do: accept, ask, propose, approve, send back, refuse; two at once."""

import threading
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from institutions.models import Institution, Officer
from lending.applications import actions
from lending.applications.actions import deciding
from lending.applications.models import Application, RefusalReason
from lending.applications.states import MOVES
from lending.applications.states import ApplicationState as S
from portal.accounts.roles import EnterpriseRole, OfficerRole
from portal.audit.models import AuditEvent
from portal.messages.models import Message
from portal.refusals import NotPermitted
from portal.transitions import IllegalMove
from tests.factories import (
    ApplicationFactory,
    DocumentRequestFactory,
    InstitutionFactory,
    MemberFactory,
    OfficerFactory,
)

pytestmark = pytest.mark.django_db

TERMS = {
    "amount": Decimal("400000.00"),
    "rate": Decimal("0.045000"),
    "term_months": 12,
    "method": "interest_first",
    "guarantee": "credit",
    "conditions": "",
}


def application_at(institution: Institution, state: str, **fields: Any) -> Any:
    return ApplicationFactory(product_version__product__institution=institution, state=state, **fields)


@pytest.fixture
def bank() -> Any:
    return InstitutionFactory()


@pytest.fixture
def careful_bank() -> Any:
    return InstitutionFactory(asks_four_eyes=True)


def officer_of(institution: Institution, role: str = OfficerRole.LOAN_OFFICER) -> Any:
    return OfficerFactory(institution=institution, role=role)


# --- accept, ask


def test_accept_starts_the_clock_of_the_decision_and_tells_the_firm(bank: Institution, now: datetime) -> None:
    application, officer = application_at(bank, S.SUBMITTED), officer_of(bank)

    application = actions.accept(application=application, officer=officer, at=now)

    assert (application.state, application.accepted_at, application.accepted_by) == (S.ACCEPTED, now, officer.user)
    assert application.due_at == application.decide_due_at
    told = Message.objects.values_list("recipient", "link")
    assert list(told) == [(application.submitted_by_id, f"/enterprise/applications/{application.pk}/")]


@pytest.mark.parametrize("role", [OfficerRole.PRODUCT_MANAGER, OfficerRole.ADMINISTRATOR])
def test_accept_refuses_an_officer_of_another_post(bank: Institution, now: datetime, role: str) -> None:
    with pytest.raises(NotPermitted):
        actions.accept(application=application_at(bank, S.SUBMITTED), officer=officer_of(bank, role), at=now)


def test_every_verb_refuses_an_officer_of_another_institution(bank: Institution, now: datetime) -> None:
    stranger = OfficerFactory(role=OfficerRole.APPROVER)
    at = {"officer": stranger, "at": now}

    with pytest.raises(NotPermitted):
        actions.accept(application=application_at(bank, S.SUBMITTED), **at)
    with pytest.raises(NotPermitted):
        actions.ask(application=application_at(bank, S.ACCEPTED), title="流水", **at)
    with pytest.raises(NotPermitted):
        actions.propose(application=application_at(bank, S.ACCEPTED), **TERMS, **at)
    with pytest.raises(NotPermitted):
        actions.approve(application=application_at(bank, S.ACCEPTED), **TERMS, **at)
    with pytest.raises(NotPermitted):
        actions.send_back(application=application_at(bank, S.PROPOSED), note="再核", **at)
    with pytest.raises(NotPermitted):
        actions.refuse(application=application_at(bank, S.ACCEPTED), reason="other", note="不符", **at)


def test_ask_stops_the_clock_until_everything_is_there(bank: Institution, now: datetime) -> None:
    application, officer = application_at(bank, S.ACCEPTED), officer_of(bank)

    actions.ask(application=application, officer=officer, title="流水", at=now)
    actions.ask(application=application, officer=officer, title="合同", at=now + timedelta(hours=1))

    application.refresh_from_db()
    assert (application.state, application.due_at, application.waiting_since) == (S.WAITING, None, now)
    assert [asked.title for asked in application.document_requests.all()] == ["流水", "合同"]


def test_ask_refuses_before_acceptance(bank: Institution, now: datetime) -> None:
    with pytest.raises(IllegalMove):
        actions.ask(application=application_at(bank, S.SUBMITTED), officer=officer_of(bank), title="流水", at=now)


# --- approve


def test_approve_by_one_where_one_is_enough(bank: Institution, now: datetime) -> None:
    application, officer = application_at(bank, S.ACCEPTED), officer_of(bank)

    actions.approve(application=application, officer=officer, at=now, **TERMS)

    stored = Application.objects.values_list(
        "state", "approved_amount", "approved_rate", "approved_term_months", "decided_by", "due_at"
    ).get(pk=application.pk)
    assert stored == (S.APPROVED, Decimal("400000.00"), Decimal("0.045000"), 12, officer.user_id, None)
    event = AuditEvent.objects.get(verb="application.approve")
    assert event.facts == {"amount": "400000.00", "rate": "0.045000", "term_months": 12}


def test_approve_refuses_one_where_two_are_asked(careful_bank: Institution, now: datetime) -> None:
    application = application_at(careful_bank, S.ACCEPTED)

    with pytest.raises(deciding.FourEyesAsked):
        actions.approve(application=application, officer=officer_of(careful_bank), at=now, **TERMS)


def test_a_proposal_is_confirmed_as_it_stands_by_somebody_else(careful_bank: Institution, now: datetime) -> None:
    application = application_at(careful_bank, S.ACCEPTED)
    officer, approver = officer_of(careful_bank), officer_of(careful_bank, OfficerRole.APPROVER)

    actions.propose(application=application, officer=officer, at=now, **TERMS)
    approved = actions.approve(application=application, officer=approver, at=now)

    assert (approved.state, approved.approved_amount, approved.proposed_by, approved.decided_by) == (
        S.APPROVED,
        Decimal("400000.00"),
        officer.user,
        approver.user,
    )
    assert Message.objects.filter(recipient=approver.user).exists()


def test_an_approver_may_change_the_terms(careful_bank: Institution, now: datetime) -> None:
    application = application_at(careful_bank, S.PROPOSED)

    approved = actions.approve(
        application=application,
        officer=officer_of(careful_bank, OfficerRole.APPROVER),
        amount=Decimal("300000.00"),
        at=now,
    )

    assert (approved.approved_amount, approved.approved_rate) == (Decimal("300000.00"), Decimal("0.045000"))


def test_approve_refuses_the_own_proposal(careful_bank: Institution, now: datetime) -> None:
    application, approver = application_at(careful_bank, S.ACCEPTED), officer_of(careful_bank, OfficerRole.APPROVER)
    actions.propose(application=application, officer=approver, at=now, **TERMS)

    with pytest.raises(deciding.OwnProposal):
        actions.approve(application=application, officer=approver, at=now)


def test_nobody_decides_on_a_loan_to_the_own_firm(bank: Institution, careful_bank: Institution, now: datetime) -> None:
    alone, careful = application_at(bank, S.ACCEPTED), application_at(careful_bank, S.ACCEPTED)
    for application in (alone, careful):
        officer = officer_of(application.institution)
        MemberFactory(enterprise=application.enterprise, user=officer.user, role=EnterpriseRole.HANDLER)
        act = actions.propose if application.institution.asks_four_eyes else actions.approve

        with pytest.raises(deciding.OwnFirm):
            act(application=application, officer=officer, at=now, **TERMS)


def test_the_database_refuses_the_own_proposal_too(careful_bank: Institution, now: datetime) -> None:
    application = application_at(careful_bank, S.PROPOSED)

    with pytest.raises(IntegrityError, match="nobody_approves_the_own_proposal"), transaction.atomic():
        Application.objects.filter(pk=application.pk).update(state=S.APPROVED, decided_by=application.proposed_by_id)


def test_approve_refuses_a_loan_officer_on_a_proposal(careful_bank: Institution, now: datetime) -> None:
    with pytest.raises(NotPermitted):
        actions.approve(application=application_at(careful_bank, S.PROPOSED), officer=officer_of(careful_bank), at=now)


def test_approve_refuses_terms_nobody_named(bank: Institution, now: datetime) -> None:
    with pytest.raises(deciding.TermsMissing):
        actions.approve(application=application_at(bank, S.ACCEPTED), officer=officer_of(bank), at=now)


@pytest.mark.parametrize("rate", [Decimal("0.038499"), Decimal("0.060001")])
def test_approve_refuses_a_rate_outside_the_product(bank: Institution, now: datetime, rate: Decimal) -> None:
    terms = {**TERMS, "rate": rate}

    with pytest.raises(deciding.RateOutsideProduct):
        actions.approve(application=application_at(bank, S.ACCEPTED), officer=officer_of(bank), at=now, **terms)


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": Decimal("99999.99")},
        {"amount": Decimal("3000000.01")},
        {"term_months": 5},
        {"term_months": 37},
        {"method": "bullet"},
        {"guarantee": "mortgage"},
    ],
)
def test_propose_refuses_terms_outside_the_product(
    careful_bank: Institution, now: datetime, changes: dict[str, Any]
) -> None:
    application = application_at(careful_bank, S.ACCEPTED)

    with pytest.raises(deciding.ApprovalOutsideProduct):
        actions.propose(application=application, officer=officer_of(careful_bank), at=now, **{**TERMS, **changes})


def test_approve_refuses_more_than_was_asked_unless_it_is_explained(bank: Institution, now: datetime) -> None:
    application, officer = application_at(bank, S.ACCEPTED), officer_of(bank)
    more = {**TERMS, "amount": Decimal("500000.01")}

    with pytest.raises(deciding.AmountAboveAsked):
        actions.approve(application=application, officer=officer, at=now, **more)
    actions.approve(application=application, officer=officer, at=now, **{**more, "conditions": "追加订单融资"})

    application.refresh_from_db()
    assert application.approved_amount == Decimal("500000.01")


# --- send back, refuse


def test_send_back_returns_the_proposal_with_its_reason(careful_bank: Institution, now: datetime) -> None:
    application, approver = application_at(careful_bank, S.PROPOSED), officer_of(careful_bank, OfficerRole.APPROVER)

    application = actions.send_back(application=application, officer=approver, note="请补充现金流分析", at=now)

    assert (application.state, application.sent_back_by, application.sent_back_note) == (
        S.ACCEPTED,
        approver.user,
        "请补充现金流分析",
    )


def test_send_back_refuses_a_loan_officer(careful_bank: Institution, now: datetime) -> None:
    with pytest.raises(NotPermitted):
        actions.send_back(
            application=application_at(careful_bank, S.PROPOSED), officer=officer_of(careful_bank), note="x", at=now
        )


@pytest.mark.parametrize("state", [S.SUBMITTED, S.ACCEPTED])
def test_refuse_states_a_reason_the_firm_can_read(bank: Institution, now: datetime, state: str) -> None:
    application, officer = application_at(bank, state), officer_of(bank)

    application = actions.refuse(
        application=application, officer=officer, reason=RefusalReason.GUARANTEE, note="需追加保证人", at=now
    )

    assert (application.state, application.refusal_reason, application.decided_by, application.due_at) == (
        S.REFUSED,
        "guarantee",
        officer.user,
        None,
    )


def test_refuse_ends_the_waiting_for_documents(bank: Institution, now: datetime) -> None:
    asked = DocumentRequestFactory(application=application_at(bank, S.WAITING))

    application = actions.refuse(
        application=asked.application, officer=officer_of(bank), reason="information", note="逾期未补充", at=now
    )

    assert (application.state, application.waiting_since) == (S.REFUSED, None)


@pytest.mark.parametrize(("reason", "note"), [("", "不符"), ("other", "  "), ("no_such_reason", "不符")])
def test_refuse_refuses_without_reason_and_words(bank: Institution, now: datetime, reason: str, note: str) -> None:
    with pytest.raises(deciding.RefusalUnexplained):
        actions.refuse(
            application=application_at(bank, S.ACCEPTED), officer=officer_of(bank), reason=reason, note=note, at=now
        )


def test_refuse_leaves_a_proposal_to_an_approver(careful_bank: Institution, now: datetime) -> None:
    application = application_at(careful_bank, S.PROPOSED)
    words = {"reason": "exposure", "note": "负债过高", "at": now}

    with pytest.raises(NotPermitted):
        actions.refuse(application=application, officer=officer_of(careful_bank), **words)
    approver = officer_of(careful_bank, OfficerRole.APPROVER)
    assert actions.refuse(application=application, officer=approver, **words).state == S.REFUSED


# --- every move that is not in the table


VERBS = {
    "accept": lambda a, o, at: actions.accept(application=a, officer=o, at=at),
    "ask": lambda a, o, at: actions.ask(application=a, officer=o, title="流水", at=at),
    "propose": lambda a, o, at: actions.propose(application=a, officer=o, at=at, **TERMS),
    "send_back": lambda a, o, at: actions.send_back(application=a, officer=o, note="x", at=at),
    "approve": lambda a, o, at: actions.approve(application=a, officer=o, at=at, **TERMS),
    "refuse": lambda a, o, at: actions.refuse(application=a, officer=o, reason="other", note="x", at=at),
    "contract": lambda a, o, at: actions.contract(application=a, officer=o, at=at),
}
ILLEGAL = [(verb, state) for verb in VERBS for state in S.values if not MOVES.allows(verb, state)]


@pytest.mark.parametrize(("verb", "state"), ILLEGAL)
def test_a_move_outside_the_table_is_refused(bank: Institution, now: datetime, verb: str, state: str) -> None:
    application = application_at(bank, state)

    with pytest.raises(IllegalMove):
        VERBS[verb](application, officer_of(bank, OfficerRole.APPROVER), now)

    assert Application.objects.get(pk=application.pk).state == state


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"state": "refused", "decided_at": None}, "a_refusal_states_its_reason"),
        ({"state": "approved"}, "an_approval_states_amount_rate_and_term"),
        ({"state": "waiting"}, "an_application_knows_since_when_it_waits"),
    ],
)
def test_the_database_refuses(bank: Institution, fields: dict[str, Any], name: str) -> None:
    application = application_at(bank, S.ACCEPTED)

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Application.objects.filter(pk=application.pk).update(**fields)


def test_the_database_refuses_two_running_applications_for_a_product(bank: Institution) -> None:
    application = application_at(bank, S.SUBMITTED)

    with pytest.raises(IntegrityError, match="one_running_application_per_firm_and_product"), transaction.atomic():
        ApplicationFactory(need=application.need, product_version=application.product_version)


def test_the_database_refuses_half_an_answer(now: datetime) -> None:
    asked = DocumentRequestFactory()

    with pytest.raises(IntegrityError, match="a_document_is_answered_at_and_by_together"), transaction.atomic():
        type(asked).objects.filter(pk=asked.pk).update(answered_at=now)


# --- two at once


@pytest.mark.django_db(transaction=True)
def test_of_two_officers_deciding_at_once_one_wins_and_the_other_is_told(now: datetime) -> None:
    bank = InstitutionFactory()
    application = application_at(bank, S.ACCEPTED)
    first, second = officer_of(bank), officer_of(bank)
    start, outcomes = threading.Barrier(2), []

    def decide(officer: Officer, act: Any) -> Any:
        try:
            start.wait(timeout=10)
            act(officer)
            outcomes.append("done")
        except IllegalMove:
            outcomes.append("told")
        finally:
            connection.close()

    def approve(officer: Officer) -> Any:
        actions.approve(application=application, officer=officer, at=now, **TERMS)

    def refuse(officer: Officer) -> Any:
        actions.refuse(application=application, officer=officer, reason="other", note="不符", at=now)

    threads = [threading.Thread(target=decide, args=pair) for pair in ((first, approve), (second, refuse))]
    [thread.start() for thread in threads]
    [thread.join(timeout=30) for thread in threads]

    assert sorted(outcomes) == ["done", "told"]
    application.refresh_from_db()
    assert application.state in {S.APPROVED, S.REFUSED}
    assert AuditEvent.objects.filter(verb__in=["application.approve", "application.refuse"]).count() == 1
