from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GuaranteeConfig(AppConfig):
    name = "lending.guarantee"
    label = "guarantee"
    verbose_name = _("融资担保")
