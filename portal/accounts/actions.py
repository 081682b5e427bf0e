"""What changes on an account: its phone number, its government posts, whether it is open.

Passwords, addresses and second factors belong to the sign-in library.
"""

from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from portal import regions
from portal.accounts import policies
from portal.accounts.models import StaffPost, User
from portal.accounts.roles import SEPARATED, Permission, StaffRole
from portal.audit.actions import record
from portal.refusals import Conflict, NotPermitted, Refusal


class UsernameTaken(Conflict):
    code = "username_taken"
    message = _("该登录名已被使用，请换一个登录名。")


class EmailTaken(Conflict):
    code = "email_taken"
    message = _("该邮箱已有账户。请在用户列表中找到该账户后直接任命，或换一个邮箱。")


class RegionUnknown(Refusal):
    code = "region_unknown"
    message = _("没有这个区域，请从列表中选择自治区、市、县（区）或宁东。")


class RoleUnknown(Refusal):
    code = "role_unknown"
    message = _("没有这个政府岗位，请从列表中选择。")


class DutiesSeparated(Refusal):
    code = "duties_separated"
    message = _("系统管理员、安全管理员和审计管理员须由不同人员担任（三员分离）。请先结束其原有岗位，或任命其他人员。")


class AlreadyAppointed(Conflict):
    code = "already_appointed"
    message = _("该人员已在同一区域担任这一岗位，无需重复任命。")


class OneselfNotAppointed(Refusal):
    code = "oneself_not_appointed"
    status = 403
    message = _("不能任命自己，请由另一位系统管理员办理。")


class OfficerCannotGovern(Refusal):
    code = "officer_cannot_govern"
    message = _("该人员在接入机构任职，不能兼任政府岗位。请先由机构结束其岗位。")


class AccountClosed(Refusal):
    code = "account_closed"
    message = _("该账户已停用。请先恢复账户，再任命岗位。")


class OwnPostNotEnded(Refusal):
    code = "own_post_not_ended"
    status = 403
    message = _("不能结束自己的岗位，请由另一位系统管理员办理。")


class PostEnded(Conflict):
    code = "staff_post_ended"
    message = _("该岗位已结束，请刷新页面。")


class OwnAccount(Refusal):
    code = "own_account"
    status = 403
    message = _("不能停用或恢复自己的账户，请由另一位系统管理员办理。")


class AlreadyInactive(Conflict):
    code = "already_inactive"
    message = _("该账户已停用，请刷新页面。")


class AlreadyActive(Conflict):
    code = "already_active"
    message = _("该账户正常，无需恢复，请刷新页面。")


@transaction.atomic
def keep_phone(*, user: User, phone: str, is_verified: bool, at: datetime) -> None:
    """Attach ``phone`` (E.164) to ``user``.

    A number somebody else typed but never proved to hold is taken from that account: otherwise anyone could block
    a stranger's number for ever.
    """
    holders = User.objects.select_for_update(of=("self",)).filter(phone=phone, phone_verified=False)
    holders.exclude(pk=user.pk).update(phone=None)
    user.phone = phone
    user.phone_verified = is_verified
    user.save(update_fields=["phone", "phone_verified"])
    if is_verified:
        record("phone_verified", user, by=user, at=at)


@transaction.atomic
def agree_to_terms(*, user: User, full_name: str, version: str, at: datetime) -> None:
    """The name given at registration and which version of the terms was agreed to."""
    user.full_name = full_name
    user.save(update_fields=["full_name"])
    record("registered", user, by=user, at=at, facts={"terms": version})


# Government staff


@transaction.atomic
def open_staff_account(*, full_name: str, username: str, email: str, by: User, at: datetime) -> User:
    """An account without a password: its holder sets one by the letter of “忘记密码”, which proves the address."""
    if not by.may(Permission.STAFF_MANAGE):
        raise NotPermitted
    email = email.strip().lower()
    if User.objects.filter(username__iexact=username).exists():
        raise UsernameTaken
    is_known = EmailAddress.objects.filter(email__iexact=email).exists()
    if is_known or User.objects.filter(email__iexact=email).exists():
        raise EmailTaken
    user = User(username=username, full_name=full_name, email=email, is_staff=True, date_joined=at)
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:  # a second click, or a colleague, was faster
        raise UsernameTaken from error
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=False)
    record("account.open", user, by=by, at=at)
    return user


@transaction.atomic
def appoint_staff(*, user: User, role: str, region_code: str, department: str, by: User, at: datetime) -> StaffPost:
    """Give ``user`` a government post. The first one ends the sessions so far: staff sign in with their password."""
    if region_code not in regions.REGIONS:
        raise RegionUnknown
    if role not in StaffRole.values:
        raise RoleUnknown
    if not policies.may_staff(by, region_code):
        raise NotPermitted
    if user.pk == by.pk:
        raise OneselfNotAppointed
    user = _locked(user)
    _check_free_for(user, role, region_code)
    if not user.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
        _end_sessions(user, at)
    post = StaffPost.objects.create(user=user, role=role, region_code=region_code, department=department, started_at=at)
    record("staff.appoint", post, by=by, at=at, facts={"role": role, "region": region_code, "department": department})
    return post


def _check_free_for(user: User, role: str, region_code: str) -> None:
    if not user.is_active:
        raise AccountClosed
    if user.officer_posts.filter(ended_at=None).exists():
        raise OfficerCannotGovern
    held = set(user.posts.filter(ended_at=None).values_list("role", "region_code"))
    if (role, region_code) in held:
        raise AlreadyAppointed
    if role in SEPARATED and any(other in SEPARATED and other != role for other, _region in held):
        raise DutiesSeparated


@transaction.atomic
def end_staff_post(*, post: StaffPost, by: User, at: datetime) -> StaffPost:
    """End a post. With the last one the person is no longer staff."""
    if not policies.may_staff(by, post.region_code):
        raise NotPermitted
    if post.user_id == by.pk:
        raise OwnPostNotEnded
    user = _locked(post.user)
    post = StaffPost.objects.select_for_update(of=("self",)).select_related("user").get(pk=post.pk)
    if post.ended_at is not None:
        raise PostEnded
    post.ended_at = at
    post.save(update_fields=["ended_at"])
    if not user.posts.filter(ended_at=None).exists():
        user.is_staff = False
        user.save(update_fields=["is_staff"])
    record("staff.end", post, by=by, at=at, facts={"role": post.role, "region": post.region_code})
    return post


# Open and closed accounts


@transaction.atomic
def deactivate(*, user: User, by: User, at: datetime) -> User:
    """Nobody signs in with the account any more, and whoever is signed in is out. Posts stay for the day it reopens."""
    user = _manageable(user, by)
    if not user.is_active:
        raise AlreadyInactive
    user.is_active = False
    user.save(update_fields=["is_active"])
    _end_sessions(user, at)
    record("account.deactivate", user, by=by, at=at)
    return user


@transaction.atomic
def reactivate(*, user: User, by: User, at: datetime) -> User:
    """The account signs in again, with the password it had."""
    user = _manageable(user, by)
    if user.is_active:
        raise AlreadyActive
    user.is_active = True
    user.save(update_fields=["is_active"])
    record("account.reactivate", user, by=by, at=at)
    return user


def _manageable(user: User, by: User) -> User:
    user = _locked(user)
    if not policies.may_manage(by, user):
        raise NotPermitted
    if user.pk == by.pk:
        raise OwnAccount
    return user


def _locked(user: User) -> User:
    """The person's row: two appointments at once wait for each other, so that neither misses what the other gives."""
    return User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)


def _end_sessions(user: User, at: datetime) -> None:
    """Every session of the person, also one that the sign-in library keeps no list of."""
    live = Session.objects.filter(expire_date__gt=at).iterator()
    keys = [session.pk for session in live if session.get_decoded().get(SESSION_KEY) == str(user.pk)]
    Session.objects.filter(pk__in=keys).delete()
    UserSession.objects.filter(user=user).delete()
