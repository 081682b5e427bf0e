from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CreditConfig(AppConfig):
    name = "enterprises.credit"
    label = "credit"
    verbose_name = _("信用数据中心")
