"""Every page an enterprise can open."""

from django.urls import URLPattern, URLResolver, path

import enterprises.urls
from enterprises.access import member_required
from enterprises.consent import urls as consent
from enterprises.declarations import urls as declarations
from enterprises.jointmodels import urls as jointmodels
from enterprises.objections import urls as objections
from lending.applications import urls as applications
from lending.desks import views
from lending.loans import urls as loans
from lending.matching import urls as matching
from lending.needs import urls as needs
from portal.messages import views as messages

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.enterprise_home, name="enterprise_home"),
    *enterprises.urls.enterprise_urls,
    path("messages/", member_required()(messages.enterprise_messages), name="enterprise_messages"),
    *consent.enterprise_urls,
    *jointmodels.enterprise_urls,
    *declarations.enterprise_urls,
    *objections.enterprise_urls,
    *needs.enterprise_urls,
    *matching.enterprise_urls,
    *applications.enterprise_urls,
    *loans.enterprise_urls,
]
