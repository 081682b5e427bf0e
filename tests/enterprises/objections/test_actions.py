import datetime as dt
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from enterprises.consent import gate
from enterprises.credit.models import CreditRecord, FeatureRow
from enterprises.credit.queries import records_in_force
from enterprises.evaluation import actions as evaluation
from enterprises.evaluation import queries as grades
from enterprises.models import Member
from enterprises.objections import actions
from enterprises.objections.models import Objection, Repair
from enterprises.objections.states import ObjectionState as S
from enterprises.objections.states import RepairState as R
from portal.accounts.models import User
from portal.accounts.roles import EnterpriseRole, StaffRole
from portal.audit.models import AuditEvent
from portal.documents.actions import UploadNotWhatItSays
from portal.messages.models import Message
from portal.refusals import NotPermitted, Refusal
from portal.transitions import IllegalMove
from tests.enterprises.records import keep
from tests.factories import AuthorizationFactory, MemberFactory, OfficerFactory, StaffPostFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


@pytest.fixture
def member() -> Member:
    return MemberFactory()


@pytest.fixture
def penalty(member: Member) -> int:
    """A general penalty of last winter: repairable since spring."""
    return keep(
        member.enterprise,
        "AP_PENALTY",
        doc_no="甲",
        severity="一般",
        decide_date="2026-01-05",
        occurred_on=dt.date(2026, 1, 5),
    )


@pytest.fixture
def handler() -> User:
    user: User = StaffPostFactory(role=StaffRole.REMEDY_OFFICER).user
    return user


def object_to(member: Member, record: int, now: dt.datetime, **changes: Any) -> Objection:
    filed: dict[str, Any] = {
        "item_code": "AP_PENALTY",
        "statement": "不是本企业",
        "evidence": None,
        "submission_key": uuid.uuid4(),
    }
    return actions.file_objection(member=member, record_id=record, at=now, **(filed | changes))


def ask_repair(member: Member, record: int, now: dt.datetime, **changes: Any) -> Repair:
    filed: dict[str, Any] = {
        "item_code": "AP_PENALTY",
        "statement": "罚款已缴纳",
        "commitment": "本企业承诺依法经营,不再违反。",
        "evidence": None,
        "submission_key": uuid.uuid4(),
    }
    return actions.file_repair(member=member, record_id=record, at=now, **(filed | changes))


# --- Filing -------------------------------------------------------------------------------------------------------------


def test_an_objection_is_due_after_seven_working_days(member: Member, penalty: int, now: dt.datetime) -> None:
    objection = object_to(member, penalty, now)

    assert (objection.state, objection.due_on) == (S.FILED, dt.date(2026, 12, 1))
    assert AuditEvent.objects.filter(verb="objection.file", subject_id=str(objection.pk)).count() == 1


def test_every_file_shows_the_record_as_disputed_until_the_answer(
    member: Member, penalty: int, handler: User, now: dt.datetime
) -> None:
    def is_marked() -> bool:
        row = gate.own_record(member=member, item_code="AP_PENALTY", record_id=penalty, at=now)
        return row is not None and row.has_open_objection

    objection = object_to(member, penalty, now)
    assert is_marked()

    actions.accept(remedy=objection, by=handler, at=now)
    actions.reject(objection=objection, reason="经核查信息属实", by=handler, at=now)
    assert not is_marked()


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"statement": "错"}, actions.StatementMissing),
        ({"record_id": 999_999}, actions.RecordNotFound),
        ({"item_code": "SD_LIST"}, actions.RecordNotFound),
    ],
)
def test_an_objection_is_refused_without_reason_or_record(
    changes: dict[str, Any], refusal: type[Refusal], member: Member, penalty: int, now: dt.datetime
) -> None:
    record = changes.pop("record_id", penalty)

    with pytest.raises(refusal):
        object_to(member, record, now, **changes)

    assert Objection.objects.count() == 0


def test_nobody_objects_to_the_record_of_another_firm(penalty: int, now: dt.datetime) -> None:
    with pytest.raises(actions.RecordNotFound):
        object_to(MemberFactory(), penalty, now)


def test_a_viewer_files_nothing(member: Member, penalty: int, now: dt.datetime) -> None:
    viewer = MemberFactory(enterprise=member.enterprise, role=EnterpriseRole.VIEWER)

    with pytest.raises(NotPermitted):
        object_to(viewer, penalty, now)


def test_a_second_open_objection_is_refused_and_the_same_form_is_not(
    member: Member, penalty: int, now: dt.datetime
) -> None:
    key = uuid.uuid4()
    first = object_to(member, penalty, now, submission_key=key)

    assert object_to(member, penalty, now, submission_key=key) == first
    with pytest.raises(actions.AlreadyObjected):
        object_to(member, penalty, now)


def test_evidence_must_be_what_it_says(member: Member, penalty: int, now: dt.datetime) -> None:
    with pytest.raises(UploadNotWhatItSays):
        object_to(member, penalty, now, evidence=SimpleUploadedFile("证明.pdf", b"MZ not a pdf"))

    assert Objection.objects.count() == 0


def test_repair_is_asked_for_after_the_shortest_period(member: Member, penalty: int, now: dt.datetime) -> None:
    repair = ask_repair(member, penalty, now)

    assert (repair.severity, repair.earliest_on, repair.due_on) == ("一般", dt.date(2026, 4, 5), dt.date(2026, 12, 9))


def test_repair_asked_for_too_early_is_refused_with_the_day(member: Member, now: dt.datetime) -> None:
    record = keep(member.enterprise, "AP_PENALTY", severity="严重", decide_date="2026-01-05")

    with pytest.raises(actions.TooEarly) as refusal:
        ask_repair(member, record, now)

    assert "2027-01-05" in str(refusal.value)


@pytest.mark.parametrize(
    ("item", "payload", "changes", "refusal"),
    [
        ("JD_DISHONEST", {"publish_date": "2020-01-01"}, {}, actions.NotRepairable),
        ("AP_PENALTY", {"decide_date": "2020-01-01"}, {}, actions.DegreeUnknown),
        ("SD_LIST", {"include_date": "2020-01-01"}, {"commitment": "改"}, actions.CommitmentMissing),
        ("SD_LIST", {"include_date": "2020-01-01"}, {"statement": ""}, actions.StatementMissing),
    ],
)
def test_repair_is_refused_by_name(
    item: str, payload: dict[str, Any], changes: dict[str, Any], refusal: type[Refusal], member: Member
) -> None:
    moment = dt.datetime(2026, 11, 20, 2, 0, tzinfo=dt.UTC)
    record = keep(member.enterprise, item, **payload)

    with pytest.raises(refusal):
        ask_repair(member, record, moment, item_code=item, **changes)


def test_a_second_open_repair_is_refused(member: Member, penalty: int, now: dt.datetime) -> None:
    ask_repair(member, penalty, now)

    with pytest.raises(actions.AlreadyInRepair):
        ask_repair(member, penalty, now)


# --- Deciding -----------------------------------------------------------------------------------------------------------


def lost_to_penalties(member: Member) -> int:
    """The points that the penalty costs in the grade in force."""
    grade = grades.current_grades([member.enterprise_id])[member.enterprise_id]["base"]
    return next(reason.lost for reason in grade.reasons if reason.code == "penalties_general_24m")


@pytest.mark.parametrize("kind", ["objection", "repair"])
def test_what_is_granted_leaves_the_file_the_features_and_the_grade(
    kind: str, member: Member, penalty: int, handler: User, now: dt.datetime
) -> None:
    from enterprises.credit.actions import refresh_features

    refresh_features(enterprise_ids=[member.enterprise_id], at=now)
    evaluation.grade(enterprise_ids=None, kind="base", at=now)
    assert lost_to_penalties(member) == 24
    remedy = object_to(member, penalty, now) if kind == "objection" else ask_repair(member, penalty, now)
    actions.accept(remedy=remedy, by=handler, at=now)

    if isinstance(remedy, Objection):
        actions.uphold(objection=remedy, reason="查明并非该企业", by=handler, at=now)
    else:
        actions.grant(repair=remedy, reason="已纠正并作出承诺", by=handler, at=now)

    assert records_in_force(enterprise_id=member.enterprise_id, item_codes=["AP_PENALTY"]) == []
    assert FeatureRow.objects.get().penalties_general_24m == 0
    assert lost_to_penalties(member) == 0
    assert CreditRecord.objects.filter(supersedes=penalty, is_withdrawal=True).count() == 1


def test_institutions_that_had_read_the_item_are_told_and_others_are_not(
    member: Member, penalty: int, handler: User, now: dt.datetime
) -> None:
    reader, stranger = OfficerFactory(), OfficerFactory()
    authorization = AuthorizationFactory(member=member, institution=reader.institution, items={"AP_PENALTY": "detail"})
    gate.open_file(authorization_id=authorization.pk, officer=reader, door="page", at=now)
    objection = object_to(member, penalty, now)
    actions.accept(remedy=objection, by=handler, at=now)

    actions.uphold(objection=objection, reason="查明并非该企业", by=handler, at=now)

    assert "有一条信息已撤销" in Message.objects.get(recipient=reader.user).subject
    assert not Message.objects.filter(recipient=stranger.user).exists()


def test_the_firm_hears_of_every_answer(member: Member, penalty: int, handler: User, now: dt.datetime) -> None:
    repair = ask_repair(member, penalty, now)
    actions.accept(remedy=repair, by=handler, at=now)
    actions.refuse(repair=repair, reason="罚款尚未缴清", by=handler, at=now)

    subjects = list(Message.objects.filter(recipient=member.user).order_by("pk").values_list("subject", flat=True))
    assert ["已受理" in subjects[0], "不予修复:罚款尚未缴清" in subjects[1]] == [True, True]
    assert repair.__class__.objects.get().state == R.REFUSED


def test_a_decision_needs_a_reason(member: Member, penalty: int, handler: User, now: dt.datetime) -> None:
    objection = object_to(member, penalty, now)
    actions.accept(remedy=objection, by=handler, at=now)

    with pytest.raises(actions.StatementMissing):
        actions.uphold(objection=objection, reason=" ", by=handler, at=now)


def test_two_officers_deciding_at_once_are_one_decision(
    member: Member, penalty: int, handler: User, now: dt.datetime
) -> None:
    objection = object_to(member, penalty, now)
    actions.accept(remedy=objection, by=handler, at=now)
    actions.reject(objection=objection, reason="经核查信息属实", by=handler, at=now)

    with pytest.raises(IllegalMove):
        actions.uphold(objection=objection, reason="查明并非该企业", by=handler, at=now)

    assert len(records_in_force(enterprise_id=member.enterprise_id, item_codes=["AP_PENALTY"])) == 1


@pytest.mark.parametrize(
    "post", [{"role": StaffRole.AUDITOR}, {"role": StaffRole.REMEDY_OFFICER, "region_code": "640300"}]
)
def test_staff_of_another_office_or_region_decide_nothing(
    post: dict[str, Any], member: Member, penalty: int, now: dt.datetime
) -> None:
    objection = object_to(member, penalty, now)

    with pytest.raises(NotPermitted):
        actions.accept(remedy=objection, by=StaffPostFactory(**post).user, at=now)


def test_nobody_handles_a_remedy_of_the_own_firm(member: Member, penalty: int, handler: User, now: dt.datetime) -> None:
    MemberFactory(user=handler, enterprise=member.enterprise, role=EnterpriseRole.HANDLER)
    objection = object_to(member, penalty, now)

    with pytest.raises(NotPermitted):
        actions.accept(remedy=objection, by=handler, at=now)


def test_the_firm_takes_its_objection_back(member: Member, penalty: int, now: dt.datetime) -> None:
    objection = object_to(member, penalty, now)

    withdrawn = actions.withdraw(remedy=objection, member=member, at=now)

    assert (withdrawn.state, withdrawn.resolved_by) == (S.WITHDRAWN, member.user)
    with pytest.raises(NotPermitted):
        actions.withdraw(remedy=objection, member=MemberFactory(), at=now)
