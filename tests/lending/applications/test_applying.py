"""What the firm does, and what is refused to it."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from enterprises.consent.models import Authorization
from enterprises.credit.models import FeatureRow
from enterprises.evaluation.models import Grade, GradeKind, Scorecard
from enterprises.models import Member, RegistrationStatus
from institutions.products.models import ProductVersion
from institutions.products.states import VersionState
from institutions.states import InstitutionState
from lending.applications import actions
from lending.applications.actions import applying
from lending.applications.models import Application, DocumentRequest
from lending.applications.states import ApplicationState as S
from lending.matching import queries as matching
from lending.needs.actions import FirmNotLiving
from lending.needs.models import Need
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
def member(purposes: None) -> Any:
    return MemberFactory()


@pytest.fixture
def need(member: Member) -> Any:
    return NeedFactory(member=member)


@dataclass(frozen=True)
class Case:
    """A firm with a need, a product on the shelf, and a consent to its institution."""

    member: Member
    need: Need
    version: ProductVersion
    consent: Authorization

    def apply(self, at: datetime, **changes: Any) -> Application:
        case = replace(self, **{key: changes.pop(key) for key in list(changes) if hasattr(self, key)})
        asked = {
            "amount": Decimal("500000.00"),
            "term_months": 12,
            "is_first_loan": True,
            "contact_name": "马晓燕",
            "contact_phone": "13909510001",
            "submission_key": uuid.uuid4(),
        }
        return actions.apply(
            member=case.member,
            need=case.need,
            product_version=case.version,
            authorization_id=case.consent.pk if case.consent else None,
            at=at,
            **{**asked, **changes},
        )


@pytest.fixture
def case(member: Member, need: Need) -> Case:
    criteria = [{"kind": "region", "value": ["640100"]}, {"kind": "min_grade", "value": "BBB"}]
    version = ProductVersionFactory(criteria=criteria)
    return Case(member, need, version, AuthorizationFactory(member=member, institution=version.product.institution))


def pdf(content: Any = b"%PDF-1.7\n1 0 obj\n%%EOF\n", name: str = "流水.pdf") -> Any:
    return SimpleUploadedFile(name, content)


# --- apply


def test_apply_puts_the_application_before_the_institution_with_its_clocks(case: Case, now: datetime) -> None:
    application = case.apply(now)

    application.refresh_from_db()
    assert application.state == S.SUBMITTED
    assert application.institution == case.version.product.institution
    assert application.accept_due_at == datetime(2026, 11, 23, 18, 0, tzinfo=SHANGHAI)
    assert application.decide_due_at == datetime(2026, 12, 4, 18, 0, tzinfo=SHANGHAI)
    assert application.due_at == application.accept_due_at
    assert application.authorization_id == case.consent.pk


def test_apply_keeps_the_verdicts_of_that_moment(case: Case, now: datetime) -> None:
    application = case.apply(now, amount=Decimal("600000.00"))

    kept = [(v["kind"], v["is_met"], v["requirement"]) for v in application.verdicts]
    assert kept == [
        ("amount", True, "额度10万元至300万元"),
        ("term", True, "期限6个月至36个月"),
        ("guarantee", True, "担保方式为信用、保证担保"),
        ("region", True, "注册地在银川市"),
        ("min_grade", None, "信用等级不低于BBB"),
    ]
    assert "需要60万元" in application.verdicts[0]["sentence"]


@pytest.mark.parametrize(
    ("items", "is_met"), [({"MR_BASIC": "detail"}, None), ({"MR_BASIC": "detail", "TX_PAYMENT": "outcome"}, True)]
)
def test_apply_tells_the_institution_nothing_that_its_consent_does_not_cover(
    case: Case, items: dict[str, str], is_met: bool | None, now: datetime
) -> None:
    """The firm sees the whole answer on its own pages; the bank's copy knows only what the firm has opened to it."""
    FeatureRow.objects.create(enterprise=case.member.enterprise, refreshed_at=now, sales_12m_amount=Decimal(9_000_000))
    version = ProductVersionFactory(criteria=[{"kind": "min_sales", "value": "5000000"}])
    consent = AuthorizationFactory(member=case.member, institution=version.product.institution, items=items)

    application = case.apply(now, version=version, consent=consent)

    (sales,) = [verdict for verdict in application.verdicts if verdict["kind"] == "min_sales"]
    assert sales["is_met"] is is_met
    assert matching.judged(need=case.need, at=now)[0].verdicts[-1].is_met


def test_apply_judges_on_no_grade_made_under_the_consent_to_another_bank(case: Case, now: datetime) -> None:
    elsewhere = AuthorizationFactory(member=case.member)
    call_command("load_scorecards", verbosity=0)
    Grade.objects.create(
        enterprise=case.member.enterprise,
        scorecard=Scorecard.objects.filter(kind=GradeKind.FULL).order_by("pk")[0],
        kind=GradeKind.FULL,
        authorization_id=elsewhere.pk,
        valid_until=elsewhere.ends_at,
        letter="AAA",
        score=960,
        bins=[],
        knocked=[],
        missing_share=0,
        graded_at=now,
    )

    application = case.apply(now)

    assert [v["is_met"] for v in application.verdicts if v["kind"] == "min_grade"] == [None]


def test_apply_leaves_one_audit_event_and_tells_the_loan_officers(case: Case, now: datetime) -> None:
    officer = OfficerFactory(institution=case.version.product.institution)
    OfficerFactory()

    application = case.apply(now)

    events = AuditEvent.objects.filter(verb="application.submit", subject_id=str(application.pk))
    assert events.values_list("enterprise_id", "institution_id", "actor_id").get() == (
        case.member.enterprise_id,
        application.institution_id,
        case.member.user_id,
    )
    assert list(Message.objects.values_list("recipient", "link")) == [
        (officer.user_id, f"/bank/applications/{application.pk}/")
    ]


def test_apply_sent_twice_is_one_application(case: Case, now: datetime) -> None:
    key = uuid.uuid4()

    first = case.apply(now, submission_key=key)
    second = case.apply(now, submission_key=key)

    assert first == second
    assert Application.objects.count() == 1


def test_apply_refuses_a_key_of_another_firm(case: Case, now: datetime) -> None:
    other = ApplicationFactory()

    with pytest.raises(applying.KeyOfAnother):
        case.apply(now, submission_key=other.submission_key)


def test_apply_refuses_a_member_who_may_only_look(case: Case, now: datetime) -> None:
    viewer = MemberFactory(enterprise=case.member.enterprise, role=EnterpriseRole.VIEWER)

    with pytest.raises(NotPermitted):
        case.apply(now, member=viewer)


def test_apply_refuses_the_need_of_another_firm(case: Case, now: datetime) -> None:
    with pytest.raises(NotPermitted):
        case.apply(now, need=NeedFactory())


def test_apply_refuses_without_an_authorization(case: Case, now: datetime) -> None:
    with pytest.raises(applying.NoLiveAuthorization):
        case.apply(now, consent=None)


@pytest.mark.parametrize("state", ["requested", "paused", "revoked", "expired", "used_up", "declined"])
def test_apply_refuses_an_authorization_that_is_not_live(case: Case, now: datetime, state: str) -> None:
    consent = AuthorizationFactory(member=case.member, institution=case.version.product.institution, state=state)

    with pytest.raises(applying.NoLiveAuthorization):
        case.apply(now, consent=consent)


def test_apply_refuses_an_authorization_past_its_day(case: Case, now: datetime) -> None:
    consent = AuthorizationFactory(
        member=case.member, institution=case.version.product.institution, ends_at=now - timedelta(minutes=1)
    )

    with pytest.raises(applying.NoLiveAuthorization):
        case.apply(now, consent=consent)


def test_apply_refuses_an_authorization_given_to_another_institution(case: Case, now: datetime) -> None:
    with pytest.raises(applying.NoLiveAuthorization):
        case.apply(now, consent=AuthorizationFactory(member=case.member))


def test_apply_refuses_an_authorization_for_another_purpose(case: Case, now: datetime) -> None:
    from enterprises.consent.models import Purpose

    consent = AuthorizationFactory(
        member=case.member, institution=case.version.product.institution, purpose=Purpose.objects.get(code="post_loan")
    )

    with pytest.raises(applying.NoLiveAuthorization):
        case.apply(now, consent=consent)


@pytest.mark.parametrize("state", [s for s in VersionState.values if s != "listed"])
def test_apply_refuses_a_product_that_is_not_listed(case: Case, now: datetime, state: str) -> None:
    type(case.version).objects.filter(pk=case.version.pk).update(state=state)

    with pytest.raises(applying.ProductNotListed):
        case.apply(now)


def test_apply_refuses_a_product_of_a_suspended_institution(case: Case, now: datetime) -> None:
    institution = case.version.product.institution
    type(institution).objects.filter(pk=institution.pk).update(state=InstitutionState.SUSPENDED)

    with pytest.raises(applying.ProductNotListed):
        case.apply(now)


@pytest.mark.parametrize("amount", [Decimal("99999.99"), Decimal("3000000.01")])
def test_apply_refuses_an_amount_outside_the_product(case: Case, now: datetime, amount: Decimal) -> None:
    with pytest.raises(applying.AmountOutsideProduct):
        case.apply(now, amount=amount)


@pytest.mark.parametrize("months", [5, 37])
def test_apply_refuses_a_term_outside_the_product(case: Case, now: datetime, months: int) -> None:
    with pytest.raises(applying.TermOutsideProduct):
        case.apply(now, term_months=months)


def test_apply_refuses_a_firm_that_is_not_living(case: Case, now: datetime) -> None:
    type(case.member.enterprise).objects.filter(pk=case.member.enterprise_id).update(status=RegistrationStatus.REVOKED)

    with pytest.raises(FirmNotLiving):
        case.apply(now)


def test_apply_refuses_a_need_that_has_ended(case: Case, now: datetime) -> None:
    with pytest.raises(applying.NeedNotOpen):
        case.apply(now, need=NeedFactory(member=case.member, state=NeedState.WITHDRAWN))


@pytest.mark.parametrize("state", ["submitted", "accepted", "waiting", "proposed", "approved"])
def test_apply_refuses_while_another_application_for_the_product_runs(case: Case, now: datetime, state: str) -> None:
    earlier = ProductVersionFactory(product=case.version.product, state=VersionState.REPLACED)
    ApplicationFactory(need=case.need, product_version=earlier, state=state)

    with pytest.raises(applying.ApplicationRunning):
        case.apply(now)


@pytest.mark.parametrize("state", ["refused", "withdrawn", "contracted"])
def test_apply_allows_a_new_application_after_the_last_has_ended(case: Case, now: datetime, state: str) -> None:
    ApplicationFactory(need=case.need, product_version=case.version, state=state)

    assert case.apply(now).state == S.SUBMITTED


# --- answer


@pytest.fixture
def asked(member: Member, need: Need) -> Any:
    application = ApplicationFactory(need=need, state=S.WAITING)
    return DocumentRequestFactory(application=application)


def test_answer_hands_the_file_in_and_the_clock_runs_on(asked: DocumentRequest, member: Member, now: datetime) -> None:
    monday = now + timedelta(days=3)

    actions.answer(document_request=asked, member=member, file=pdf(), note="已盖章", at=monday)

    application = Application.objects.get(pk=asked.application_id)
    asked.refresh_from_db()
    assert (asked.answer.name, asked.answer_note, asked.answered_by) == ("流水.pdf", "已盖章", member.user)
    assert application.state == S.ACCEPTED
    assert application.waiting_since is None
    # Asked on Friday, answered on Monday: one working day is added to 4 December.
    assert application.due_at == application.decide_due_at == datetime(2026, 12, 7, 18, 0, tzinfo=SHANGHAI)


def test_answer_waits_for_the_last_document(asked: DocumentRequest, member: Member, now: datetime) -> None:
    other = DocumentRequestFactory(application=asked.application, title="购销合同")

    actions.answer(document_request=asked, member=member, file=pdf(), at=now)

    assert Application.objects.get(pk=asked.application_id).state == S.WAITING
    actions.answer(document_request=other, member=member, file=pdf(), at=now)
    assert Application.objects.get(pk=asked.application_id).state == S.ACCEPTED


def test_answer_refuses_a_second_answer(asked: DocumentRequest, member: Member, now: datetime) -> None:
    DocumentRequestFactory(application=asked.application)
    actions.answer(document_request=asked, member=member, file=pdf(), at=now)

    with pytest.raises(applying.AlreadyAnswered):
        actions.answer(document_request=asked, member=member, file=pdf(), at=now)


def test_answer_refuses_a_file_that_is_not_what_it_says(asked: DocumentRequest, member: Member, now: datetime) -> None:
    with pytest.raises(UploadNotWhatItSays):
        actions.answer(document_request=asked, member=member, file=pdf(b"MZ\x90 a program"), at=now)

    asked.refresh_from_db()
    assert asked.answered_at is None


def test_answer_refuses_a_member_of_another_firm(asked: DocumentRequest, now: datetime) -> None:
    with pytest.raises(NotPermitted):
        actions.answer(document_request=asked, member=MemberFactory(), file=pdf(), at=now)


def test_answer_refuses_when_nothing_is_waited_for(member: Member, need: Need, now: datetime) -> None:
    asked = DocumentRequestFactory(application=ApplicationFactory(need=need, state=S.WITHDRAWN))

    with pytest.raises(IllegalMove):
        actions.answer(document_request=asked, member=member, file=pdf(), at=now)


# --- withdraw


@pytest.mark.parametrize("state", ["submitted", "accepted", "proposed", "approved"])
def test_withdraw_takes_back_and_stops_the_clock(member: Member, need: Need, now: datetime, state: str) -> None:
    application = ApplicationFactory(need=need, state=state)

    application = actions.withdraw(application=application, member=member, at=now)

    assert (application.state, application.withdrawn_by, application.due_at) == (S.WITHDRAWN, member.user, None)


def test_withdraw_takes_back_what_waits_for_documents(asked: DocumentRequest, member: Member, now: datetime) -> None:
    application = actions.withdraw(application=asked.application, member=member, at=now)

    assert (application.state, application.waiting_since) == (S.WITHDRAWN, None)


def test_withdraw_refuses_a_member_of_another_firm(need: Need, now: datetime) -> None:
    with pytest.raises(NotPermitted):
        actions.withdraw(application=ApplicationFactory(need=need), member=MemberFactory(), at=now)


@pytest.mark.parametrize("state", ["refused", "contracted", "withdrawn"])
def test_withdraw_refuses_what_has_ended(member: Member, need: Need, now: datetime, state: str) -> None:
    with pytest.raises(IllegalMove):
        actions.withdraw(application=ApplicationFactory(need=need, state=state), member=member, at=now)
