"""Every page an institution can open."""

from django.urls import URLPattern, URLResolver, path

import institutions.products.urls
import institutions.urls
from enterprises.consent import urls as consent
from enterprises.jointmodels import urls as jointmodels
from institutions.access import officer_required
from lending.applications import urls as applications
from lending.compensation import urls as compensation
from lending.desks import views
from lending.loans import urls as loans
from lending.matching import urls as matching
from portal.messages import views as messages

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.bank_home, name="bank_home"),
    *institutions.urls.bank_urls,
    *institutions.products.urls.bank_urls,
    path("messages/", officer_required()(messages.bank_messages), name="bank_messages"),
    *consent.bank_urls,
    *jointmodels.bank_urls,
    *compensation.bank_urls,
    *matching.bank_urls,
    *applications.bank_urls,
    *loans.bank_urls,
]
