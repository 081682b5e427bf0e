"""Admission of institutions, and the posts of their officers."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from institutions import policies
from institutions.models import Branch, Institution, Officer
from institutions.queries import person_at
from institutions.states import MOVES
from portal.accounts.models import User
from portal.accounts.roles import OfficerRole
from portal.audit.actions import record
from portal.messages.actions import notify
from portal.refusals import Conflict, NotPermitted, Refusal
from portal.transitions import move


class SecurityReviewMissing(Refusal):
    code = "security_review_missing"
    message = _("准入须先通过安全评估：请填写评估日期和有效期，且有效期不早于今天。")


class ReasonMissing(Refusal):
    code = "reason_missing"
    message = _("请写明原因，机构将收到通知。")


class NobodyAtAddress(Refusal):
    code = "nobody_at_address"
    message = _("没有找到使用该手机号或邮箱的账户。请先请对方在平台注册并完成验证，再添加。")


class AlreadyInPost(Conflict):
    code = "already_in_post"
    message = _("该人员已在某接入机构任职，一人同一时间只能有一个岗位。请先结束原岗位。")


class StaffCannotServe(Refusal):
    code = "staff_cannot_serve"
    message = _("政府工作人员账户不能兼任机构岗位。")


class PostEnded(Conflict):
    code = "post_ended"
    message = _("该岗位已结束，请刷新页面。")


class LastAdministrator(Refusal):
    code = "last_administrator"
    message = _("这是本机构唯一的管理员，请先任命另一位管理员。")


class BranchNameTaken(Conflict):
    code = "branch_name_taken"
    message = _("已有同名网点，请换一个名称。")


class BranchElsewhere(Refusal):
    code = "branch_elsewhere"
    message = _("所选网点不属于该机构。")


# Admission


@transaction.atomic
def register(*, institution: Institution, by: User, at: datetime) -> Institution:
    """An institution, as a form has cleaned it, waits for admission."""
    if not policies.may_admit(by):
        raise NotPermitted
    institution.applied_at = at
    institution.save(force_insert=True)
    record("institution.register", institution, by=by, at=at, institution_id=institution.pk)
    return institution


@transaction.atomic
def correct(*, institution: Institution, by: User, at: datetime) -> Institution:
    """Names, contacts and regions as a form has cleaned them. The state moves by its own verbs only."""
    if not policies.may_admit(by):
        raise NotPermitted
    stored = Institution.objects.select_for_update(of=("self",)).get(pk=institution.pk)
    columns = [
        "kind",
        "code",
        "name",
        "short_name",
        "uscc",
        "region_code",
        "introduction",
        "service_phone",
        "asks_four_eyes",
    ]
    changed = [name for name in columns if getattr(stored, name) != getattr(institution, name)]
    institution.save(update_fields=changed)
    record("institution.correct", institution, by=by, at=at, institution_id=institution.pk, facts={"columns": changed})
    return institution


@transaction.atomic
def admit(
    *, institution: Institution, security_reviewed_on: date, security_valid_until: date, by: User, at: datetime
) -> Institution:
    """Let an institution in for the first time, on the strength of its security review."""
    return _let_in("admit", institution, security_reviewed_on, security_valid_until, by, at)


@transaction.atomic
def readmit(
    *, institution: Institution, security_reviewed_on: date, security_valid_until: date, by: User, at: datetime
) -> Institution:
    """End a suspension, on the strength of a review that is still valid."""
    return _let_in("readmit", institution, security_reviewed_on, security_valid_until, by, at)


def _let_in(  # noqa: PLR0917 - two verbs, one body
    verb: str, institution: Institution, reviewed_on: date, valid_until: date, by: User, at: datetime
) -> Institution:
    institution = _locked(institution, by)
    today = timezone.localdate(at)
    if not reviewed_on <= today <= valid_until:
        raise SecurityReviewMissing
    move(
        institution,
        verb,
        table=MOVES,
        by=by,
        at=at,
        security_reviewed_on=reviewed_on,
        security_valid_until=valid_until,
    )
    facts = {"reviewed_on": reviewed_on, "valid_until": valid_until}
    record(f"institution.{verb}", institution, by=by, at=at, institution_id=institution.pk, facts=facts)
    _tell_officers(institution, gettext("%(name)s 已准入平台"), at=at)
    return institution


@transaction.atomic
def suspend(*, institution: Institution, reason: str, by: User, at: datetime) -> Institution:
    """Its officers may do nothing and its products leave the shelf until it is readmitted."""
    return _put_out("suspend", institution, reason, by, at)


@transaction.atomic
def withdraw(*, institution: Institution, reason: str, by: User, at: datetime) -> Institution:
    """The institution leaves the station for good."""
    return _put_out("withdraw", institution, reason, by, at)


def _put_out(verb: str, institution: Institution, reason: str, by: User, at: datetime) -> Institution:
    institution = _locked(institution, by)
    if not reason.strip():
        raise ReasonMissing
    move(institution, verb, table=MOVES, by=by, at=at)
    record(
        f"institution.{verb}",
        institution,
        by=by,
        at=at,
        institution_id=institution.pk,
        facts={"reason": reason.strip()},
    )
    _tell_officers(institution, gettext("%(name)s 的平台服务已停止"), body=reason.strip(), at=at)
    return institution


def _locked(institution: Institution, by: User) -> Institution:
    if not policies.may_admit(by):
        raise NotPermitted
    return Institution.objects.select_for_update(of=("self",)).get(pk=institution.pk)


def _tell_officers(institution: Institution, subject: str, *, body: str = "", at: datetime) -> None:
    people = User.objects.filter(officer_posts__institution=institution, officer_posts__ended_at=None)
    notify(users=people, subject=subject % {"name": institution}, body=body, link="/bank/", at=at)


# Branches and posts


@transaction.atomic
def open_branch(
    *, institution: Institution, name: str, region_code: str, address: str, phone: str, by: User, at: datetime
) -> Branch:
    institution = Institution.objects.select_for_update(of=("self",), no_key=True).get(pk=institution.pk)
    if not policies.may_staff(by, institution):
        raise NotPermitted
    if Branch.objects.filter(institution=institution, name=name).exists():
        raise BranchNameTaken
    branch = Branch.objects.create(
        institution=institution, name=name, region_code=region_code, address=address, phone=phone
    )
    record("branch.open", branch, by=by, at=at, institution_id=institution.pk)
    return branch


@transaction.atomic
def appoint(
    *, institution: Institution, address: str, role: OfficerRole, branch: Branch | None, by: User, at: datetime
) -> Officer:
    """Put the person with this phone number or e-mail address into a post. One post in force per person."""
    if not policies.may_staff(by, institution):
        raise NotPermitted
    if branch is not None and branch.institution_id != institution.pk:
        raise BranchElsewhere
    person = person_at(address)
    if person is None:
        raise NobodyAtAddress
    person = User.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)
    if person.is_staff:
        raise StaffCannotServe
    if Officer.objects.serving().filter(user=person).exists():
        raise AlreadyInPost
    officer = Officer.objects.create(user=person, institution=institution, branch=branch, role=role, started_at=at)
    record("officer.appoint", officer, by=by, at=at, institution_id=institution.pk, facts={"role": role})
    subject = gettext("您已成为 %(name)s 的%(role)s") % {"name": institution, "role": officer.get_role_display()}
    notify(users=[person], subject=subject, link="/bank/", at=at)
    return officer


@transaction.atomic
def end_post(*, officer: Officer, by: User, at: datetime) -> Officer:
    """End a post. An admitted institution keeps one administrator, or nobody could appoint the next."""
    institution = Institution.objects.select_for_update(of=("self",), no_key=True).get(pk=officer.institution_id)
    if not policies.may_staff(by, institution):
        raise NotPermitted
    officer = Officer.objects.select_for_update(of=("self",)).select_related("user", "institution").get(pk=officer.pk)
    if officer.ended_at is not None:
        raise PostEnded
    administrators = Officer.objects.serving().filter(institution=institution, role=OfficerRole.ADMINISTRATOR)
    if officer.role == OfficerRole.ADMINISTRATOR and not administrators.exclude(pk=officer.pk).exists():
        raise LastAdministrator
    officer.ended_at = at
    officer.save(update_fields=["ended_at"])
    record("officer.end", officer, by=by, at=at, institution_id=institution.pk, facts={"role": officer.role})
    subject = gettext("您在 %(name)s 的岗位已结束") % {"name": institution}
    notify(users=[officer.user], subject=subject, at=at)
    return officer
