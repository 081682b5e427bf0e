"""Compare a bank's list with the firms that use the station; ask those firms whether they wish to be known."""

import hashlib
import re
import secrets
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from enterprises.jointmodels import link_digests, policies, queries, rules
from enterprises.jointmodels.models import Invitation, Linkage
from enterprises.jointmodels.states import INVITATION_MOVES, LINKAGE_MOVES, LinkageState
from enterprises.models import Enterprise, Member
from institutions.models import Institution, Officer
from portal.accounts.models import User
from portal.audit import actions as audit
from portal.messages import actions as messages
from portal.refusals import Conflict, NotPermitted, Refusal
from portal.transitions import move

DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class LinkagesSpent(Conflict):
    code = "linkages_spent"

    def __init__(self, most: int = 0) -> None:
        super().__init__(_("本季度的名单比对次数（%(most)s 次）已经用完，请下季度再来。") % {"most": most})


class ListTooShort(Refusal):
    code = "list_too_short"

    def __init__(self, least: int = 0) -> None:
        super().__init__(_("名单至少要有 %(least)s 户，请合并后再上传。") % {"least": least})


class ListTooLong(Refusal):
    code = "list_too_long"

    def __init__(self, most: int = 0) -> None:
        super().__init__(_("名单最多 %(most)s 户，请分批比对。") % {"most": most})


class NotDigests(Refusal):
    code = "not_digests"
    message = _("文件应为每行一个 64 位十六进制摘要。请用页面提供的工具生成后上传，不要上传名单原文。")


class AlreadyCounted(Conflict):
    code = "already_counted"
    message = _("这次比对已经完成。需要再次比对的，请另行发起。")


@transaction.atomic
def open_linkage(*, officer: Officer, title: str, at: datetime) -> Linkage:
    """A comparison with a secret of its own; it counts from here, whether or not a list follows."""
    if not policies.may_keep_models(officer):
        raise NotPermitted
    Institution.objects.select_for_update(of=("self",), no_key=True).get(pk=officer.institution_id)
    most = int(queries.limits()["linkages_per_quarter"])
    first = rules.window_start(queries.day_of(at), 3)
    mine = Linkage.objects.filter(institution_id=officer.institution_id)
    if sum(queries.day_of(opened) >= first for opened in mine.values_list("opened_at", flat=True)) >= most:
        raise LinkagesSpent(most)
    linkage = Linkage.objects.create(
        institution_id=officer.institution_id,
        title=title.strip(),
        secret=secrets.token_hex(32),
        opened_at=at,
        opened_by=officer.user,
    )
    _note("open", linkage, officer.user, at)
    return linkage


@transaction.atomic
def count(*, linkage: Linkage, officer: Officer, digests: bytes, at: datetime) -> Linkage:
    """Count the overlap, tell its size, drop digests and secret. Firms are asked only where a size is told."""
    Institution.objects.select_for_update(of=("self",), no_key=True).get(pk=linkage.institution_id)
    linkage = Linkage.objects.select_for_update(of=("self",)).get(pk=linkage.pk)
    if not policies.may_keep_models(officer) or linkage.institution_id != officer.institution_id:
        raise NotPermitted
    if linkage.state != LinkageState.OPENED:
        raise AlreadyCounted
    listed = _listed(digests)
    members = _overlap(listed, bytes.fromhex(linkage.secret), str(linkage.pk))
    told = _told(linkage, members)
    move(
        linkage,
        "count",
        table=LINKAGE_MOVES,
        by=officer.user,
        at=at,
        listed=len(listed),
        members=sorted(members),
        told=told,
        secret="",
    )
    _note("count", linkage, officer.user, at, listed=len(listed), told=told)
    if told is not None:
        _invite(linkage, members, at)
    return linkage


def _listed(digests: bytes) -> frozenset[str]:
    limits = queries.limits()
    lines = digests.decode("ascii", "replace").split()
    if len(lines) > limits["linkage_most"]:
        raise ListTooLong(int(limits["linkage_most"]))
    if not all(DIGEST.fullmatch(line) for line in lines):
        raise NotDigests
    listed = frozenset(lines)
    if len(listed) < limits["linkage_least"]:
        raise ListTooShort(int(limits["linkage_least"]))
    return listed


def _overlap(listed: frozenset[str], secret: bytes, number: str) -> frozenset[int]:
    """The firms in use of the station whose digest is on the list."""
    keyed = HMAC(link_digests.digest_key(secret, number), SM3())
    found = set()
    for pk, code in (
        Enterprise.objects.filter(bound_at__isnull=False).values_list("pk", "uscc").order_by("pk").iterator()
    ):
        mac = keyed.copy()
        mac.update(code.encode())
        if mac.finalize().hex() in listed:
            found.add(pk)
    return frozenset(found)


def _told(linkage: Linkage, members: frozenset[int]) -> int | None:
    """What was told of a list that differs by fewer than ten firms is told again; otherwise the size with its noise."""
    before = Linkage.objects.filter(institution_id=linkage.institution_id, state=LinkageState.COUNTED).order_by("pk")
    earlier = [(frozenset(ids), told) for ids, told in before.values_list("members", "told")]
    is_near, told = rules.nearest_earlier(members, earlier)
    if is_near:
        return told
    keyed = hashlib.sha256(f"{settings.SECRET_KEY}:overlap:{linkage.institution_id}:{sorted(members)}".encode())
    return rules.told_overlap(len(members), seed=keyed.digest())


def _invite(linkage: Linkage, members: frozenset[int], at: datetime) -> None:
    """Each firm once per institution: a firm that has answered, or not, is left in peace."""
    known = Invitation.objects.filter(institution_id=linkage.institution_id, enterprise_id__in=members)
    asked = members - set(known.values_list("enterprise_id", flat=True))
    Invitation.objects.bulk_create(
        Invitation(linkage=linkage, institution_id=linkage.institution_id, enterprise_id=enterprise_id, asked_at=at)
        for enterprise_id in sorted(asked)
    )
    people = User.objects.filter(memberships__enterprise_id__in=asked, memberships__ended_at=None).distinct()
    messages.notify(
        users=people.order_by("pk"),
        subject=_now("%(bank)s 想知道贵企业是否愿意与其联系") % {"bank": linkage.institution},
        body=_now(
            "该机构的客户名单与平台企业有重合，但不知道是哪些企业。贵企业同意后，该机构才会看到贵企业的名称；不答复即为不同意。"
        ),
        link="/enterprise/invitations/",
        at=at,
    )


# --- The firm answers ---------------------------------------------------------------------------------------------------


def agree(*, invitation: Invitation, member: Member, at: datetime) -> Invitation:
    """From now on the bank sees the firm's name, and nothing more."""
    invitation = _answered("agree", invitation, member, at)
    officers = Officer.objects.serving().filter(institution_id=invitation.institution_id)
    keepers = [one.user for one in officers.select_related("user", "institution") if policies.may_keep_models(one)]
    subject = _now("%(firm)s 同意贵机构知道其已入驻") % {"firm": member.enterprise}
    messages.notify(users=keepers, subject=subject, link=f"/bank/linkages/{invitation.linkage_id}/", at=at)
    return invitation


def decline(*, invitation: Invitation, member: Member, at: datetime) -> Invitation:
    """Also after having agreed: the name disappears from the bank's page."""
    return _answered("decline", invitation, member, at)


@transaction.atomic
def _answered(verb: str, invitation: Invitation, member: Member, at: datetime) -> Invitation:
    invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    if not policies.may_answer(member, invitation):
        raise NotPermitted
    move(invitation, verb, table=INVITATION_MOVES, by=member.user, at=at)
    audit.record(
        f"linkage.{verb}",
        invitation,
        by=member.user,
        at=at,
        enterprise_id=invitation.enterprise_id,
        institution_id=invitation.institution_id,
    )
    return invitation


def _note(verb: str, linkage: Linkage, by: User, at: datetime, **facts: object) -> None:
    audit.record(f"linkage.{verb}", linkage, by=by, at=at, institution_id=linkage.institution_id, facts=facts)
