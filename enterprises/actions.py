"""Proving to represent a firm, and saying who else may act for it."""

import hashlib
import hmac
import secrets
import unicodedata
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enterprises import policies
from enterprises.digests import person_digest
from enterprises.models import Enterprise, Invitation, Member, ProofMethod, RegistrationStatus, Representation
from enterprises.queries import failed_comparisons
from enterprises.states import MOVES, RepresentationState
from portal.accounts.fields import e164
from portal.accounts.models import User
from portal.accounts.roles import EnterpriseRole
from portal.audit.actions import record
from portal.documents.actions import store_upload
from portal.documents.models import UploadKind
from portal.identifiers import normalise_uscc
from portal.messages.actions import notify, send
from portal.messages.models import Channel
from portal.refusals import Conflict, NotPermitted, Refusal
from portal.transitions import move

TRIES_A_DAY: Final = 3
INVITATION_LIFE: Final = timedelta(days=7)
LICENCE_KINDS: Final = frozenset({UploadKind.PDF, UploadKind.JPEG, UploadKind.PNG})
#: A firm in one of these states does business no longer, or not here; 歇业 is a pause and may be bound.
GONE: Final = frozenset(
    {
        RegistrationStatus.REVOKED,
        RegistrationStatus.CLOSED,
        RegistrationStatus.ANNULLED,
        RegistrationStatus.MOVED_OUT,
    }
)


class FirmNotFound(Refusal):
    code = "firm_not_found"
    message = _(
        "登记库中没有这个统一社会信用代码。请核对营业执照；新设立的主体请在领照次日再试，仍查不到请联系登记机关或平台客服。"
    )


class FirmGone(Refusal):
    code = "firm_gone"
    message = _("该主体已注销、吊销、撤销或迁出，不能入驻。如登记状态有误，请先到登记机关更正。")


class FirmAlreadyBound(Conflict):
    code = "firm_already_bound"
    message = _("该主体已由其法定代表人（负责人）入驻，请由法定代表人邀请您加入。")


class AlreadyMember(Conflict):
    code = "already_member"
    message = _("您已是该主体的成员，无需再次绑定。")


class ClaimWaits(Conflict):
    code = "claim_waits"
    message = _("您对该主体的核验申请正在审核，请等待结果，无需重复提交。")


class TooManyTries(Refusal):
    code = "too_many_tries"
    message = _("今日比对失败已达 3 次，请明日再试，或改用上传营业执照由人工核验。")


class RegistryCannotProve(Refusal):
    code = "registry_cannot_prove"
    message = _("登记信息中没有法定代表人的证件信息，无法在线比对，请改用上传营业执照由人工核验。")


class LicenceMissing(Refusal):
    code = "licence_missing"
    message = _("请上传营业执照的照片或扫描件（JPG、PNG 或 PDF）。")


class ReviewNotYours(NotPermitted):
    code = "review_not_yours"
    message = _("您不能核验这项申请：须由负责该地区的主体核验员办理，且不能核验自己的申请。")


class ReasonMissing(Refusal):
    code = "reason_missing"
    message = _("请写明未通过的原因，申请人将据此补正。")


class RoleNotInvitable(Refusal):
    code = "role_not_invitable"
    message = _("只能邀请经办人或查看人；法定代表人须本人通过核验。")


class AlreadyInvited(Conflict):
    code = "already_invited"
    message = _("该手机号或邮箱已有未处理的邀请，请等待对方接受，或取消后重新邀请。")


class InvitationNotFound(Refusal):
    code = "invitation_not_found"
    message = _("邀请链接无效，请核对链接是否完整，或请法定代表人重新邀请。")


class InvitationOver(Conflict):
    code = "invitation_over"
    message = _("该邀请已过期、已取消或已被使用，请法定代表人重新邀请。")


class InvitationForAnother(NotPermitted):
    code = "invitation_for_another"
    message = _("该邀请发给了另一个手机号或邮箱。请用收到邀请的手机号或邮箱登录（须已验证）后再接受。")


class MembershipEnded(Conflict):
    code = "membership_ended"
    message = _("该成员已被移除，请刷新页面。")


class LastLegalRepresentative(Refusal):
    code = "last_legal_representative"
    message = _("法定代表人是本企业唯一的管理人，不能移除。法定代表人变更后，由新任法定代表人联系平台办理。")


# Representation


@transaction.atomic
def claim_firm(
    *,
    user: User,
    uscc: str,
    method: ProofMethod,
    claimed_name: str,
    id_number: str = "",
    licence: "UploadedFile[bytes] | None" = None,
    at: datetime,
) -> Representation:
    """``user`` says to be the firm's legal representative: compared with the registry at once, or filed for a reviewer.

    A comparison that fails is kept as a refused representation and returned, since it counts towards the day's tries.
    The person's row is locked first (tries are counted one after another), then the firm's (the first to bind wins).
    """
    user = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    firm = Enterprise.objects.select_for_update(of=("self",), no_key=True).filter(uscc=normalise_uscc(uscc)).first()
    if firm is None:
        raise FirmNotFound
    _check_free(firm, user)
    if method == ProofMethod.REGISTRY:
        return _compare(firm, user, claimed_name, id_number, at)
    return _file(firm, user, claimed_name, licence, at)


def _check_free(firm: Enterprise, user: User) -> None:
    if firm.status in GONE:
        raise FirmGone
    if Member.objects.acting().filter(enterprise=firm, user=user).exists():
        raise AlreadyMember
    if Member.objects.acting().filter(enterprise=firm, role=EnterpriseRole.LEGAL_REPRESENTATIVE).exists():
        raise FirmAlreadyBound
    if Representation.objects.filter(enterprise=firm, user=user, state=RepresentationState.FILED).exists():
        raise ClaimWaits


def _compare(firm: Enterprise, user: User, claimed_name: str, id_number: str, at: datetime) -> Representation:
    if failed_comparisons(user, at) >= TRIES_A_DAY:
        raise TooManyTries
    if not firm.legal_representative_digest:
        raise RegistryCannotProve
    is_same_name = plain_name(claimed_name) == plain_name(firm.legal_representative)
    is_same_number = hmac.compare_digest(person_digest(id_number), firm.legal_representative_digest)
    claim = Representation.objects.create(
        user=user, enterprise=firm, method=ProofMethod.REGISTRY, claimed_name=claimed_name, filed_at=at
    )
    if is_same_name and is_same_number:
        _prove(claim, firm, by=None, at=at)
    else:
        reason = gettext("姓名或证件号码与登记信息不一致")
        move(claim, "refuse", table=MOVES, by=None, at=at, refusal_reason=reason)
        record("representation.refuse", claim, by=user, at=at, enterprise_id=firm.pk, facts={"method": claim.method})
    return claim


def _file(
    firm: Enterprise, user: User, claimed_name: str, licence: "UploadedFile[bytes] | None", at: datetime
) -> Representation:
    if licence is None:
        raise LicenceMissing
    claim = Representation.objects.create(
        user=user,
        enterprise=firm,
        method=ProofMethod.LICENCE,
        claimed_name=claimed_name,
        licence=store_upload(file=licence, allowed=LICENCE_KINDS, by=user, at=at, enterprise_id=firm.pk),
        filed_at=at,
    )
    record("representation.file", claim, by=user, at=at, enterprise_id=firm.pk)
    return claim


def _prove(claim: Representation, firm: Enterprise, *, by: User | None, at: datetime) -> None:
    """The claim holds: its person becomes the firm's legal representative here. The firm's row is locked by the caller."""
    move(claim, "prove", table=MOVES, by=by, at=at)
    Member.objects.create(
        user_id=claim.user_id,
        enterprise=firm,
        role=EnterpriseRole.LEGAL_REPRESENTATIVE,
        joined_at=at,
        joined_by=by,
    )
    if firm.bound_at is None:
        firm.bound_at = at
        firm.save(update_fields=["bound_at"])
    record(
        "representation.prove",
        claim,
        by=by or claim.user,
        at=at,
        enterprise_id=firm.pk,
        facts={"method": claim.method},
    )


@transaction.atomic
def approve_representation(*, representation: Representation, by: User, at: datetime) -> Representation:
    """A reviewer has compared the licence with the registry. The firm may have been bound meanwhile: then this is refused."""
    firm = Enterprise.objects.select_for_update(of=("self",), no_key=True).get(pk=representation.enterprise_id)
    claim = _claim_for_review(representation, by)
    if firm.status in GONE:
        raise FirmGone
    if Member.objects.acting().filter(enterprise=firm, role=EnterpriseRole.LEGAL_REPRESENTATIVE).exists():
        raise FirmAlreadyBound
    if Member.objects.acting().filter(enterprise=firm, user_id=claim.user_id).exists():
        raise AlreadyMember
    _prove(claim, firm, by=by, at=at)
    _tell(claim, gettext("您对 %(firm)s 的代表资格已核验通过") % {"firm": firm}, link="/enterprise/", at=at)
    return claim


@transaction.atomic
def refuse_representation(*, representation: Representation, reason: str, by: User, at: datetime) -> Representation:
    claim = _claim_for_review(representation, by)
    if not reason.strip():
        raise ReasonMissing
    move(claim, "refuse", table=MOVES, by=by, at=at, refusal_reason=reason.strip())
    record("representation.refuse", claim, by=by, at=at, enterprise_id=claim.enterprise_id)
    subject = gettext("您对 %(firm)s 的代表资格核验未通过") % {"firm": claim.enterprise}
    _tell(claim, subject, body=claim.refusal_reason, link=reverse("enterprise_bind"), at=at)
    return claim


def _claim_for_review(representation: Representation, by: User) -> Representation:
    rows = Representation.objects.select_for_update(of=("self",)).select_related("enterprise", "user")
    claim = rows.get(pk=representation.pk)
    if not policies.may_review(by, claim):
        raise ReviewNotYours
    return claim


def _tell(claim: Representation, subject: str, *, body: str = "", link: str, at: datetime) -> None:
    notify(users=[claim.user], subject=subject, body=body, link=link, at=at)


def plain_name(name: str) -> str:
    """A person's name without the blanks and the kinds of dots people type in it."""
    text = unicodedata.normalize("NFKC", name)
    return "".join("·" if c in "・•‧∙" else c for c in text if not c.isspace())


# Members


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def plain_address(address: str) -> str:
    """A phone number in E.164, or an e-mail address in lower case."""
    return address.strip().lower() if "@" in address else e164(address)


@transaction.atomic
def invite(*, member: Member, role: str, address: str, at: datetime) -> Invitation:
    """Send a link that lets whoever holds ``address`` act for the firm. Only its digest is kept."""
    if not policies.may_manage_members(member, member.enterprise_id):
        raise NotPermitted
    if role not in policies.INVITABLE:
        raise RoleNotInvitable
    firm = Enterprise.objects.select_for_update(of=("self",), no_key=True).get(pk=member.enterprise_id)
    address = plain_address(address)
    if Invitation.objects.open().filter(enterprise=firm, address=address, expires_at__gt=at).exists():
        raise AlreadyInvited
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        enterprise=firm,
        role=role,
        address=address,
        token_digest=token_digest(token),
        invited_at=at,
        invited_by=member.user,
        expires_at=at + INVITATION_LIFE,
    )
    record("member.invite", invitation, by=member.user, at=at, enterprise_id=firm.pk, facts={"role": role})
    _send_link(invitation, token, at)
    return invitation


def _send_link(invitation: Invitation, token: str, at: datetime) -> None:
    link = reverse("invitation_accept", args=[token])
    body = gettext("%(who)s 邀请您作为%(role)s加入 %(firm)s，7 天内有效。请打开 %(link)s 接受；如与您无关请忽略。") % {
        "who": invitation.invited_by,
        "role": invitation.get_role_display(),
        "firm": invitation.enterprise,
        "link": f"{settings.SITE_URL}{link}",
    }
    channel = Channel.EMAIL if "@" in invitation.address else Channel.SMS
    subject = gettext("邀请您加入 %(firm)s") % {"firm": invitation.enterprise}
    send(to=None, address=invitation.address, channel=channel, subject=subject, body=body, link=link, at=at)


@transaction.atomic
def accept_invitation(*, token: str, user: User, at: datetime) -> Member:
    """``user`` takes up the invitation. The same click twice gives the same membership."""
    rows = Invitation.objects.select_for_update(of=("self",)).select_related("enterprise")
    invitation = rows.filter(token_digest=token_digest(token)).first()
    if invitation is None:
        raise InvitationNotFound
    mine = Member.objects.acting().filter(user=user, enterprise_id=invitation.enterprise_id).first()
    if mine is not None:
        if invitation.accepted_by_id == user.pk:
            return mine
        raise AlreadyMember
    if invitation.accepted_at or invitation.cancelled_at or invitation.expires_at <= at:
        raise InvitationOver
    if not policies.holds_address(user, invitation):
        raise InvitationForAnother
    invitation.accepted_at, invitation.accepted_by = at, user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    member = Member.objects.create(
        user=user,
        enterprise=invitation.enterprise,
        role=invitation.role,
        joined_at=at,
        joined_by_id=invitation.invited_by_id,
    )
    record("member.join", member, by=user, at=at, enterprise_id=member.enterprise_id, facts={"role": member.role})
    subject = gettext("%(who)s 已接受邀请，加入 %(firm)s") % {"who": user, "firm": invitation.enterprise}
    notify(users=[invitation.invited_by], subject=subject, link=reverse("enterprise_members"), at=at)
    return member


@transaction.atomic
def cancel_invitation(*, invitation: Invitation, member: Member, at: datetime) -> Invitation:
    invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    if not policies.may_manage_members(member, invitation.enterprise_id):
        raise NotPermitted
    if invitation.accepted_at or invitation.cancelled_at:
        raise InvitationOver
    invitation.cancelled_at, invitation.cancelled_by = at, member.user
    invitation.save(update_fields=["cancelled_at", "cancelled_by"])
    record("member.cancel_invitation", invitation, by=member.user, at=at, enterprise_id=invitation.enterprise_id)
    return invitation


@transaction.atomic
def end_membership(*, member: Member, by: Member, at: datetime) -> Member:
    """``member`` acts for the firm no longer. The legal representative stays: nobody else could manage the members."""
    member = Member.objects.select_for_update(of=("self",)).select_related("user", "enterprise").get(pk=member.pk)
    if not policies.may_end(by, member):
        raise NotPermitted
    if member.ended_at is not None:
        raise MembershipEnded
    if member.role == EnterpriseRole.LEGAL_REPRESENTATIVE:
        raise LastLegalRepresentative
    member.ended_at, member.ended_by = at, by.user
    member.save(update_fields=["ended_at", "ended_by"])
    record("member.end", member, by=by.user, at=at, enterprise_id=member.enterprise_id, facts={"role": member.role})
    if by.user_id != member.user_id:
        subject = gettext("您已不再是 %(firm)s 的%(role)s") % {
            "firm": member.enterprise,
            "role": member.get_role_display(),
        }
        notify(users=[member.user], subject=subject, at=at)
    return member
