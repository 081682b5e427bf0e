"""Why a file stays shut: one refusal per reason, each with its code."""

from django.utils.translation import gettext_lazy as _

from enterprises.consent.states import AuthorizationState
from portal.refusals import Conflict, Refusal


class AccessRefused(Refusal):
    """The file stays shut; the attempt has been recorded."""

    code = "access_refused"
    status = 409


class AuthorizationNotFound(AccessRefused):
    code = "not_found"
    status = 404
    message = _("没有这份授权。请核对申请，或请企业重新授权。")


class WrongInstitution(AccessRefused):
    code = "wrong_institution"
    status = 404
    message = _("这份授权不是给贵机构的。请请企业向贵机构授权。")


class NotYetGranted(AccessRefused):
    code = "requested"
    message = _("企业尚未同意这份授权。请联系企业在“授权”页面确认。")


class Declined(AccessRefused):
    code = "declined"
    message = _("企业没有同意这份授权。请与企业沟通后重新提出。")


class Paused(AccessRefused):
    code = "paused"
    message = _("企业已暂停这份授权，现在不能查询。请联系企业恢复后再查。")


class Revoked(AccessRefused):
    code = "revoked"
    message = _("企业已撤回这份授权，不能再查询。确需查询的，请企业重新授权。")


class Expired(AccessRefused):
    code = "expired"
    message = _("这份授权已到期，不能再查询。确需查询的，请企业重新授权。")


class UsedUp(AccessRefused):
    code = "used_up"
    message = _("这份授权只能查询一次，已经用完。确需再查的，请企业重新授权。")


class NotStarted(AccessRefused):
    code = "not_started"
    message = _("这份授权还没有到生效时间，请在生效后查询。")


class OverFrequency(AccessRefused):
    code = "over_frequency"

    def __init__(self, frequency: str = "") -> None:
        super().__init__(
            _("本周期的查询次数已经用完（%(frequency)s），请在下一周期再查，或请企业重新授权。")
            % {"frequency": frequency}
        )


class OfficerMayNotLook(AccessRefused):
    code = "not_permitted"
    status = 403
    message = _("您的岗位不能查询信用档案，请联系本机构管理员。")


class StaffMayNotLook(AccessRefused):
    code = "not_permitted"
    status = 403
    message = _("您的岗位不能查询该企业的信用档案，或该企业不在您负责的区域。")


class ReasonMissing(AccessRefused):
    code = "reason_missing"
    status = 422
    message = _("请写明查询事由（至少 4 个字），事由会显示给企业。")


class NotCovered(AccessRefused):
    code = "not_covered"

    def __init__(self, items: str = "") -> None:
        super().__init__(
            _("授权没有覆盖所需的信息项（%(items)s），或使用方式不够。请请企业补充授权后再用。") % {"items": items}
        )


class UnknownFact(Refusal):
    """Asked inside for a fact that is not declared: nothing was read and nothing counted."""

    code = "unknown_fact"
    message = _("没有这项特征，请从可用特征清单中重新选择。")


class AuthorizationNotLive(Conflict):
    code = "authorization_not_live"
    message = _("没有有效的授权。请先在“授权”页面向该机构授权，再继续办理。")


BY_STATE: dict[str, type[AccessRefused]] = {
    AuthorizationState.REQUESTED: NotYetGranted,
    AuthorizationState.DECLINED: Declined,
    AuthorizationState.PAUSED: Paused,
    AuthorizationState.REVOKED: Revoked,
    AuthorizationState.EXPIRED: Expired,
    AuthorizationState.USED_UP: UsedUp,
}
