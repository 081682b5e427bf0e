from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JointModelsConfig(AppConfig):
    name = "enterprises.jointmodels"
    label = "jointmodels"
    verbose_name = _("联合建模")
