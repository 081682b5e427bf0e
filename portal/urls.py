"""Every address of the site. The rooms' doors hang in ``lending/desks/urls``, one file per audience."""

from django.apps import apps
from django.contrib import admin
from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from portal import health
from portal.admin_desk import DeskAdmin

admin.site.index_title = _("工作台")
# The admin site holds desks of our own only: what libraries bring along would show second factors, sessions and tasks.
for model in apps.get_models():
    if admin.site.is_registered(model) and not isinstance(admin.site.get_model_admin(model), DeskAdmin):
        admin.site.unregister(model)

urlpatterns = [
    path("health/", health.health, name="health"),
    path("", include("lending.desks.urls.public")),
    path("enterprise/", include("lending.desks.urls.enterprise")),
    path("bank/", include("lending.desks.urls.bank")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
