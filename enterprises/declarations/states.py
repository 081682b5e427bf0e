"""What has become of a declaration. It has no state of its own: its batch, its record and what followed tell."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class DeclarationState(TextChoices):
    WAITING = "waiting", _("待入库")
    IN_FORCE = "in_force", _("有效")
    REFUSED = "refused", _("未通过校验")
    REPLACED = "replaced", _("已更正")
    WITHDRAWN = "withdrawn", _("已撤回")
    REMOVED = "removed", _("已被撤销")
