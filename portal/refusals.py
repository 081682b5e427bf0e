"""Refusals: what the station will not do, said aloud, with what to do instead.

An action raises one; a door shows its ``message`` and answers with its ``status``. Each subclass stands beside the
action that raises it and names a stable ``code``.
"""

from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """A request that is understood and declined. Nothing has been written."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 422
    message: str | Promise = _("无法办理，请检查后重试。")

    def __init__(self, message: str | Promise | None = None) -> None:
        self.message = message or type(self).message
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.message)


class NotPermitted(Refusal):
    code = "not_permitted"
    status = 403
    message = _("您的岗位没有这项权限，请联系本单位管理员。")


class Conflict(Refusal):
    """Somebody else, or an earlier click, has already moved the thing on."""

    code = "conflict"
    status = 409
    message = _("该事项已被处理，请刷新页面查看最新状态。")
