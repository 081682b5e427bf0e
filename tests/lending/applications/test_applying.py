"""What the firm does, and what is refused to it."""

import uuid
from datetime import datetime, timedelta
from decimal import Decimal as D
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from enterprises.models import RegistrationStatus
from institutions.products.states import VersionState
from institutions.states import InstitutionState
from lending.applications import actions
from lending.applications.actions import applying
from lending.applications.models import Application
from lending.applications.states import ApplicationState as S
from lending.needs.actions import FirmNotLiving
from lending.needs.states import NeedState
from portal.accounts.roles import EnterpriseRole
from portal.audit.models import AuditEvent
from portal.documents.actions import UploadNotWhatItSays
from portal.messages.models import Message
from portal.refusals import NotPermitted
from portal.transitions import IllegalMove
from tests.factories import (
    ApplicationFactory,
    AuthorizationFactory,
    DocumentRequestFactory,
    MemberFactory,
    NeedFactory,
    OfficerFactory,
    ProductVersionFactory,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def member(purposes):
    return MemberFactory()


@pytest.fixture
def need(member):
    return NeedFactory(member=member)


@pytest.fixture
def version():
    return ProductVersionFactory(criteria=[{"kind": "region", "value": ["640100"]}, {"kind": "min_grade", "value": "BBB"}])


@pytest.fixture
def consent(member, version):
    return AuthorizationFactory(member=member, institution=version.product.institution)


def apply(member, need, version, consent, at, **changes):
    asked = {
        "amount": D("500000.00"),
        "term_months": 12,
        "is_first_loan": True,
        "contact_name": "马晓燕",
        "contact_phone": "13909510001",
        "submission_key": uuid.uuid4(),
    }
    return actions.apply(
        member=member,
        need=need,
        product_version=version,
        authorization_id=consent.pk if consent else None,
        at=at,
        **{**asked, **changes},
    )


def pdf(content=b"%PDF-1.7\n1 0 obj\n%%EOF\n", name="流水.pdf"):
    return SimpleUploadedFile(name, content)


# --- apply


def test_apply_puts_the_application_before_the_institution_with_its_clocks(member, need, version, consent, now):
    application = apply(member, need, version, consent, now)

    application.refresh_from_db()
    assert application.state == S.SUBMITTED
    assert application.institution == version.product.institution
    assert application.accept_due_at == datetime(2026, 11, 23, 18, 0, tzinfo=SHANGHAI)
    assert application.decide_due_at == datetime(2026, 12, 4, 18, 0, tzinfo=SHANGHAI)
    assert application.due_at == application.accept_due_at
    assert application.authorization_id == consent.pk


def test_apply_keeps_the_verdicts_of_that_moment(member, need, version, consent, now):
    application = apply(member, need, version, consent, now, amount=D("600000.00"))

    kept = [(v["kind"], v["is_met"], v["requirement"]) for v in application.verdicts]
    assert kept == [
        ("amount", True, "额度10万元至300万元"),
        ("term", True, "期限6个月至36个月"),
        ("guarantee", True, "担保方式为信用、保证担保"),
        ("region", True, "注册地在银川市"),
        ("min_grade", None, "信用等级不低于BBB"),
    ]
    assert "需要60万元" in application.verdicts[0]["sentence"]


def test_apply_leaves_one_audit_event_and_tells_the_loan_officers(member, need, version, consent, now):
    officer = OfficerFactory(institution=version.product.institution)
    OfficerFactory()

    application = apply(member, need, version, consent, now)

    events = AuditEvent.objects.filter(verb="application.submit", subject_id=str(application.pk))
    assert events.values_list("enterprise_id", "institution_id", "actor_id").get() == (
        member.enterprise_id,
        application.institution_id,
        member.user_id,
    )
    assert list(Message.objects.values_list("recipient", "link")) == [(officer.user_id, f"/bank/applications/{application.pk}/")]


def test_apply_sent_twice_is_one_application(member, need, version, consent, now):
    key = uuid.uuid4()

    first = apply(member, need, version, consent, now, submission_key=key)
    second = apply(member, need, version, consent, now, submission_key=key)

    assert first == second
    assert Application.objects.count() == 1


def test_apply_refuses_a_key_of_another_firm(member, need, version, consent, now):
    other = ApplicationFactory()

    with pytest.raises(applying.KeyOfAnother):
        apply(member, need, version, consent, now, submission_key=other.submission_key)


def test_apply_refuses_a_member_who_may_only_look(member, need, version, consent, now):
    viewer = MemberFactory(enterprise=member.enterprise, role=EnterpriseRole.VIEWER)

    with pytest.raises(NotPermitted):
        apply(viewer, need, version, consent, now)


def test_apply_refuses_the_need_of_another_firm(member, version, consent, now):
    with pytest.raises(NotPermitted):
        apply(member, NeedFactory(), version, consent, now)


def test_apply_refuses_without_an_authorization(member, need, version, now):
    with pytest.raises(applying.NoLiveAuthorization):
        apply(member, need, version, None, now)


@pytest.mark.parametrize("state", ["requested", "paused", "revoked", "expired", "used_up", "declined"])
def test_apply_refuses_an_authorization_that_is_not_live(member, need, version, now, state):
    consent = AuthorizationFactory(member=member, institution=version.product.institution, state=state)

    with pytest.raises(applying.NoLiveAuthorization):
        apply(member, need, version, consent, now)


def test_apply_refuses_an_authorization_past_its_day(member, need, version, now):
    consent = AuthorizationFactory(
        member=member, institution=version.product.institution, ends_at=now - timedelta(minutes=1)
    )

    with pytest.raises(applying.NoLiveAuthorization):
        apply(member, need, version, consent, now)


def test_apply_refuses_an_authorization_given_to_another_institution(member, need, version, now):
    with pytest.raises(applying.NoLiveAuthorization):
        apply(member, need, version, AuthorizationFactory(member=member), now)


def test_apply_refuses_an_authorization_for_another_purpose(member, need, version, now):
    from enterprises.consent.models import Purpose

    consent = AuthorizationFactory(
        member=member, institution=version.product.institution, purpose=Purpose.objects.get(code="post_loan")
    )

    with pytest.raises(applying.NoLiveAuthorization):
        apply(member, need, version, consent, now)


@pytest.mark.parametrize("state", [s for s in VersionState.values if s != "listed"])
def test_apply_refuses_a_product_that_is_not_listed(member, need, version, consent, now, state):
    type(version).objects.filter(pk=version.pk).update(state=state)

    with pytest.raises(applying.ProductNotListed):
        apply(member, need, version, consent, now)


def test_apply_refuses_a_product_of_a_suspended_institution(member, need, version, consent, now):
    institution = version.product.institution
    type(institution).objects.filter(pk=institution.pk).update(state=InstitutionState.SUSPENDED)

    with pytest.raises(applying.ProductNotListed):
        apply(member, need, version, consent, now)


@pytest.mark.parametrize("amount", [D("99999.99"), D("3000000.01")])
def test_apply_refuses_an_amount_outside_the_product(member, need, version, consent, now, amount):
    with pytest.raises(applying.AmountOutsideProduct):
        apply(member, need, version, consent, now, amount=amount)


@pytest.mark.parametrize("months", [5, 37])
def test_apply_refuses_a_term_outside_the_product(member, need, version, consent, now, months):
    with pytest.raises(applying.TermOutsideProduct):
        apply(member, need, version, consent, now, term_months=months)


def test_apply_refuses_a_firm_that_is_not_living(member, need, version, consent, now):
    type(member.enterprise).objects.filter(pk=member.enterprise_id).update(status=RegistrationStatus.REVOKED)

    with pytest.raises(FirmNotLiving):
        apply(member, need, version, consent, now)


def test_apply_refuses_a_need_that_has_ended(member, version, consent, now):
    with pytest.raises(applying.NeedNotOpen):
        apply(member, NeedFactory(member=member, state=NeedState.WITHDRAWN), version, consent, now)


@pytest.mark.parametrize("state", ["submitted", "accepted", "waiting", "proposed", "approved"])
def test_apply_refuses_while_another_application_for_the_product_runs(member, need, version, consent, now, state):
    earlier = ProductVersionFactory(product=version.product, state=VersionState.REPLACED)
    ApplicationFactory(need=need, product_version=earlier, state=state)

    with pytest.raises(applying.ApplicationRunning):
        apply(member, need, version, consent, now)


@pytest.mark.parametrize("state", ["refused", "withdrawn", "contracted"])
def test_apply_allows_a_new_application_after_the_last_has_ended(member, need, version, consent, now, state):
    ApplicationFactory(need=need, product_version=version, state=state)

    assert apply(member, need, version, consent, now).state == S.SUBMITTED


# --- answer


@pytest.fixture
def asked(member, need):
    application = ApplicationFactory(need=need, state=S.WAITING)
    return DocumentRequestFactory(application=application)


def test_answer_hands_the_file_in_and_the_clock_runs_on(asked, member, now):
    monday = now + timedelta(days=3)

    actions.answer(document_request=asked, member=member, file=pdf(), note="已盖章", at=monday)

    application = Application.objects.get(pk=asked.application_id)
    asked.refresh_from_db()
    assert (asked.answer.name, asked.answer_note, asked.answered_by) == ("流水.pdf", "已盖章", member.user)
    assert application.state == S.ACCEPTED
    assert application.waiting_since is None
    # Asked on Friday, answered on Monday: one working day is added to 4 December.
    assert application.due_at == application.decide_due_at == datetime(2026, 12, 7, 18, 0, tzinfo=SHANGHAI)


def test_answer_waits_for_the_last_document(asked, member, now):
    other = DocumentRequestFactory(application=asked.application, title="购销合同")

    actions.answer(document_request=asked, member=member, file=pdf(), at=now)

    assert Application.objects.get(pk=asked.application_id).state == S.WAITING
    actions.answer(document_request=other, member=member, file=pdf(), at=now)
    assert Application.objects.get(pk=asked.application_id).state == S.ACCEPTED


def test_answer_refuses_a_second_answer(asked, member, now):
    DocumentRequestFactory(application=asked.application)
    actions.answer(document_request=asked, member=member, file=pdf(), at=now)

    with pytest.raises(applying.AlreadyAnswered):
        actions.answer(document_request=asked, member=member, file=pdf(), at=now)


def test_answer_refuses_a_file_that_is_not_what_it_says(asked, member, now):
    with pytest.raises(UploadNotWhatItSays):
        actions.answer(document_request=asked, member=member, file=pdf(b"MZ\x90 a program"), at=now)

    asked.refresh_from_db()
    assert asked.answered_at is None


def test_answer_refuses_a_member_of_another_firm(asked, now):
    with pytest.raises(NotPermitted):
        actions.answer(document_request=asked, member=MemberFactory(), file=pdf(), at=now)


def test_answer_refuses_when_nothing_is_waited_for(member, need, now):
    asked = DocumentRequestFactory(application=ApplicationFactory(need=need, state=S.WITHDRAWN))

    with pytest.raises(IllegalMove):
        actions.answer(document_request=asked, member=member, file=pdf(), at=now)


# --- withdraw


@pytest.mark.parametrize("state", ["submitted", "accepted", "proposed", "approved"])
def test_withdraw_takes_back_and_stops_the_clock(member, need, now, state):
    application = ApplicationFactory(need=need, state=state)

    application = actions.withdraw(application=application, member=member, at=now)

    assert (application.state, application.withdrawn_by, application.due_at) == (S.WITHDRAWN, member.user, None)


def test_withdraw_takes_back_what_waits_for_documents(asked, member, now):
    application = actions.withdraw(application=asked.application, member=member, at=now)

    assert (application.state, application.waiting_since) == (S.WITHDRAWN, None)


def test_withdraw_refuses_a_member_of_another_firm(need, now):
    with pytest.raises(NotPermitted):
        actions.withdraw(application=ApplicationFactory(need=need), member=MemberFactory(), at=now)


@pytest.mark.parametrize("state", ["refused", "contracted", "withdrawn"])
def test_withdraw_refuses_what_has_ended(member, need, now, state):
    with pytest.raises(IllegalMove):
        actions.withdraw(application=ApplicationFactory(need=need, state=state), member=member, at=now)
