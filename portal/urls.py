"""Every address of the site. The rooms' doors hang in ``lending/desks/urls``, one file per audience."""

from django.contrib import admin
from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from portal import health

admin.site.index_title = _("工作台")

urlpatterns = [
    path("health/", health.health, name="health"),
    path("", include("lending.desks.urls.public")),
    path("enterprise/", include("lending.desks.urls.enterprise")),
    path("bank/", include("lending.desks.urls.bank")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
