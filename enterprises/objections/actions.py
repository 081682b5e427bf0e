"""File, accept, decide and withdraw an objection or a repair; what is granted leaves every file at once."""

from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from enterprises.consent import actions as consent
from enterprises.consent import queries as looks
from enterprises.credit import actions as credit
from enterprises.credit.queries import RecordRow
from enterprises.evaluation import actions as evaluation
from enterprises.evaluation.models import GradeKind
from enterprises.models import Enterprise, Member
from enterprises.objections import policies, queries, rules
from enterprises.objections.models import Objection, Repair
from enterprises.objections.states import OBJECTION_MOVES, REPAIR_MOVES, ObjectionState, RepairState
from institutions.models import Officer
from portal import periods
from portal.accounts.models import User
from portal.accounts.roles import OfficerRole
from portal.audit import actions as audit
from portal.documents import actions as documents
from portal.documents.models import Upload, UploadKind
from portal.messages import actions as messages
from portal.refusals import Conflict, NotPermitted, Refusal
from portal.transitions import MoveTable, move

Remedy = TypeVar("Remedy", Objection, Repair)
EVIDENCE = frozenset({UploadKind.PDF, UploadKind.JPEG, UploadKind.PNG})
OPEN_OBJECTION = (ObjectionState.FILED, ObjectionState.ACCEPTED)
OPEN_REPAIR = (RepairState.FILED, RepairState.ACCEPTED)


class RecordNotFound(Refusal):
    code = "record_not_found"
    status = 404
    message = _("没有找到这条信息，可能已被更正或撤销。请刷新“我的档案”后重试。")


class AlreadyObjected(Conflict):
    code = "already_objected"
    message = _("这条信息已有正在处理的异议，请在“异议与修复”查看进度。")


class AlreadyInRepair(Conflict):
    code = "already_in_repair"
    message = _("这条信息已有正在办理的修复申请，请在“异议与修复”查看进度。")


class NotRepairable(Refusal):
    code = "not_repairable"
    message = _("这类信息不在平台修复范围内。司法类信息请向作出决定的法院申请；信息有误的，请提出异议。")


class DegreeUnknown(Refusal):
    code = "degree_unknown"
    message = _("数据来源单位没有标明失信程度或认定日期，暂时不能计算修复日期。请联系来源单位补充，或提出异议。")


class TooEarly(Refusal):
    code = "repair_too_early"

    def __init__(self, earliest_on: object = "") -> None:
        super().__init__(_("还没有满最短公示期，最早可以在 %(day)s 申请修复。") % {"day": earliest_on})


class CommitmentMissing(Refusal):
    code = "commitment_missing"
    message = _("请写明信用承诺（至少 10 个字），承诺将与修复结果一并公开。")


class StatementMissing(Refusal):
    code = "statement_missing"
    message = _("请说明理由（至少 4 个字）。")


# --- The firm files -----------------------------------------------------------------------------------------------------


@transaction.atomic
def file_objection(
    *,
    member: Member,
    item_code: str,
    record_id: int,
    statement: str,
    evidence: "UploadedFile[bytes] | None",
    submission_key: UUID,
    at: datetime,
) -> Objection:
    """Object to a record, or (item code ``LOOK``) to a look at the firm's file by somebody else.

    From now until the answer every file shows an objected record as under objection.
    """
    known = _known(Objection, member, submission_key)
    if known is not None:
        return known
    _require(statement, 4, StatementMissing)
    is_look = item_code == rules.LOOK
    if is_look and looks.look_by_others(member.enterprise_id, record_id) is None:
        raise RecordNotFound
    if not is_look:
        _record(member, item_code, record_id)
    if Objection.objects.filter(item_code=item_code, record_id=record_id, state__in=OPEN_OBJECTION).exists():
        raise AlreadyObjected
    objection = Objection.objects.create(
        enterprise=member.enterprise,
        item_code=item_code,
        record_id=record_id,
        statement=statement.strip(),
        evidence=_kept(evidence, member, at),
        filed_at=at,
        filed_by=member.user,
        due_on=_due(at, "OBJECTION_WORKING_DAYS", rules.OBJECTION_WORKING_DAYS),
        submission_key=submission_key,
    )
    if not is_look:
        consent.mark_disputed(enterprise_id=member.enterprise_id, item_code=item_code, record_id=record_id, at=at)
    _audit("objection.file", objection, member.user, at)
    return objection


@transaction.atomic
def file_repair(
    *,
    member: Member,
    item_code: str,
    record_id: int,
    statement: str,
    commitment: str,
    evidence: "UploadedFile[bytes] | None",
    submission_key: UUID,
    at: datetime,
) -> Repair:
    """Ask for repair: not before the shortest period of publication, and with a commitment made in public."""
    known = _known(Repair, member, submission_key)
    if known is not None:
        return known
    _require(statement, 4, StatementMissing)
    _require(commitment, 10, CommitmentMissing)
    terms = terms_of(_record(member, item_code, record_id))
    if timezone.localtime(at).date() < terms.earliest_on:
        raise TooEarly(terms.earliest_on)
    if Repair.objects.filter(item_code=item_code, record_id=record_id, state__in=OPEN_REPAIR).exists():
        raise AlreadyInRepair
    repair = Repair.objects.create(
        enterprise=member.enterprise,
        item_code=item_code,
        record_id=record_id,
        statement=statement.strip(),
        commitment=commitment.strip(),
        evidence=_kept(evidence, member, at),
        severity=terms.severity,
        earliest_on=terms.earliest_on,
        filed_at=at,
        filed_by=member.user,
        due_on=_due(at, "REPAIR_WORKING_DAYS", rules.REPAIR_WORKING_DAYS),
        submission_key=submission_key,
    )
    _audit("repair.file", repair, member.user, at)
    return repair


def terms_of(record: RecordRow) -> rules.RepairTerms:
    """From when ``record`` may be repaired, or the refusal that says why it may not."""
    try:
        return rules.repair_terms(record.item_code, record.payload)
    except rules.NotRepairable as error:
        raise NotRepairable from error
    except rules.DegreeUnknown as error:
        raise DegreeUnknown from error


@transaction.atomic
def withdraw(*, remedy: Remedy, member: Member, at: datetime) -> Remedy:
    """The firm takes its objection or repair back."""
    remedy = _lock(remedy)
    if not policies.may_withdraw(member, remedy):
        raise NotPermitted
    move(remedy, "withdraw", table=_table(remedy), by=member.user, at=at)
    _lift(remedy, at)
    _audit(f"{remedy._meta.model_name}.withdraw", remedy, member.user, at)
    return remedy


# --- Staff decide -------------------------------------------------------------------------------------------------------


@transaction.atomic
def accept(*, remedy: Remedy, by: User, at: datetime) -> Remedy:
    remedy = _handled(remedy, by)
    move(remedy, "accept", table=_table(remedy), by=by, at=at)
    _audit(f"{remedy._meta.model_name}.accept", remedy, by, at)
    _tell_firm(
        remedy, _now("%(kind)s已受理,最晚 %(day)s 答复") % {"kind": remedy._meta.verbose_name, "day": remedy.due_on}, at
    )
    return remedy


@transaction.atomic
def uphold(*, objection: Objection, reason: str, by: User, at: datetime) -> Objection:
    """The record is wrong: it leaves every file, features and grades are made anew, and those who had read it are told."""
    if objection.item_code == rules.LOOK:
        return _grant(objection, "uphold", reason=reason, by=by, at=at, sentence=_now("异议成立，已要求查询机构整改"))
    return _grant(objection, "uphold", reason=reason, by=by, at=at, sentence=_now("异议成立,有关信息已撤销"))


@transaction.atomic
def reject(*, objection: Objection, reason: str, by: User, at: datetime) -> Objection:
    return _refuse(objection, "reject", reason=reason, by=by, at=at, sentence=_now("异议不成立"))


@transaction.atomic
def grant(*, repair: Repair, reason: str, by: User, at: datetime) -> Repair:
    """Repaired: publication, sharing and use of the record end."""
    return _grant(repair, "grant", reason=reason, by=by, at=at, sentence=_now("信用修复已完成,有关信息停止共享和使用"))


@transaction.atomic
def refuse(*, repair: Repair, reason: str, by: User, at: datetime) -> Repair:
    return _refuse(repair, "refuse", reason=reason, by=by, at=at, sentence=_now("不予修复"))


# --- Inside -------------------------------------------------------------------------------------------------------------


def _known(model: type[Remedy], member: Member, submission_key: UUID) -> Remedy | None:
    """What the same form has already filed; two forms of one firm at once come one after the other."""
    if not policies.may_file(member):
        raise NotPermitted
    Enterprise.objects.select_for_update(of=("self",), no_key=True).get(pk=member.enterprise_id)
    return model.objects.filter(submission_key=submission_key, enterprise_id=member.enterprise_id).first()


def _require(text: str, length: int, refusal: type[Refusal]) -> None:
    if len(text.strip()) < length:
        raise refusal


def _record(member: Member, item_code: str, record_id: int) -> RecordRow:
    record = queries.record_of(enterprise_id=member.enterprise_id, item_code=item_code, record_id=record_id)
    if record is None:
        raise RecordNotFound
    return record


def _kept(file: "UploadedFile[bytes] | None", member: Member, at: datetime) -> Upload | None:
    if file is None:
        return None
    return documents.store_upload(
        file=file, allowed=EVIDENCE, by=member.user, at=at, enterprise_id=member.enterprise_id
    )


def _due(at: datetime, setting: str, default: int) -> date:
    return periods.add_working_days(timezone.localtime(at).date(), getattr(settings, setting, default))


def _lock(remedy: Remedy) -> Remedy:
    rows = type(remedy).objects.select_for_update(of=("self",)).select_related("enterprise")
    return rows.get(pk=remedy.pk)


def _handled(remedy: Remedy, by: User) -> Remedy:
    remedy = _lock(remedy)
    if not policies.may_handle(by, remedy):
        raise NotPermitted
    return remedy


def _table(remedy: Objection | Repair) -> MoveTable:
    return OBJECTION_MOVES if isinstance(remedy, Objection) else REPAIR_MOVES


def _grant(remedy: Remedy, verb: str, *, reason: str, by: User, at: datetime, sentence: str) -> Remedy:
    remedy = _handled(remedy, by)
    _require(reason, 4, StatementMissing)
    move(remedy, verb, table=_table(remedy), by=by, at=at, resolution=reason.strip()[:300])
    _lift(remedy, at)
    if remedy.item_code != rules.LOOK:
        _withdraw_record(remedy, by, at)
    _audit(f"{remedy._meta.model_name}.{verb}", remedy, by, at)
    _tell_firm(remedy, sentence, at)
    _tell_readers(remedy, at)
    return remedy


def _withdraw_record(remedy: Objection | Repair, by: User, at: datetime) -> None:
    """What is wrong or repaired leaves every file, and the grades are made anew."""
    credit.withdraw_record(
        item_code=remedy.item_code, record_id=remedy.record_id, reason=remedy.resolution, by=by, at=at
    )
    evaluation.grade(enterprise_ids=[remedy.enterprise_id], kind=GradeKind.BASE, at=at)
    consent.regrade(enterprise_id=remedy.enterprise_id, at=at)


def _refuse(remedy: Remedy, verb: str, *, reason: str, by: User, at: datetime, sentence: str) -> Remedy:
    remedy = _handled(remedy, by)
    _require(reason, 4, StatementMissing)
    move(remedy, verb, table=_table(remedy), by=by, at=at, resolution=reason.strip()[:300])
    _lift(remedy, at)
    _audit(f"{remedy._meta.model_name}.{verb}", remedy, by, at)
    _tell_firm(remedy, f"{sentence}:{remedy.resolution}", at)
    return remedy


def _lift(remedy: Objection | Repair, at: datetime) -> None:
    if isinstance(remedy, Objection):
        consent.lift_mark(item_code=remedy.item_code, record_id=remedy.record_id, at=at)


def _audit(verb: str, remedy: Objection | Repair, by: User, at: datetime) -> None:
    facts = {"item": remedy.item_code, "record": remedy.record_id, "resolution": remedy.resolution}
    audit.record(verb, remedy, by=by, at=at, enterprise_id=remedy.enterprise_id, facts=facts)


def _tell_firm(remedy: Objection | Repair, sentence: str, at: datetime) -> None:
    members = Member.objects.acting().filter(enterprise_id=remedy.enterprise_id).select_related("user")
    subject = f"{queries.item_name(remedy.item_code)}:{sentence}"
    messages.notify(users=[m.user for m in members], subject=subject, link=reverse("enterprise_remedies"), at=at)


def _tell_readers(remedy: Objection | Repair, at: datetime) -> None:
    """Institutions that were shown the item must stop using what is no longer so; whose look it was must answer for it."""
    if remedy.item_code == rules.LOOK:
        look = looks.look_by_others(remedy.enterprise_id, remedy.record_id)
        readers = {look.record.institution_id} - {None} if look else set()
        sentence = _now("%(firm)s 对贵机构的一次查询提出异议并已成立，请停止使用并整改：%(item)s")
    else:
        readers = looks.readers_of(enterprise_id=remedy.enterprise_id, item_code=remedy.item_code)
        sentence = _now("%(firm)s 的“%(item)s”有一条信息已撤销,请停止使用并重新查询")
    officers = Officer.objects.serving().filter(
        institution_id__in=readers, role__in=[OfficerRole.LOAN_OFFICER, OfficerRole.APPROVER]
    )
    item = remedy.resolution if remedy.item_code == rules.LOOK else queries.item_name(remedy.item_code)
    subject = sentence % {"firm": remedy.enterprise, "item": item}
    messages.notify(users=[officer.user for officer in officers.select_related("user")], subject=subject, at=at)
