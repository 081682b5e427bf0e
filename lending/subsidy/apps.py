from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SubsidyConfig(AppConfig):
    name = "lending.subsidy"
    label = "subsidy"
    verbose_name = _("贷款贴息")
