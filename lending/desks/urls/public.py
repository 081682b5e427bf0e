"""Every page anybody can open, signed in or not."""

from django.urls import URLPattern, URLResolver, path

import enterprises.urls
import institutions.products.urls
import institutions.urls
import portal.accounts.urls
import portal.audit.urls
import portal.documents.urls
import portal.messages.urls
import portal.pages.urls
from lending.desks import views

urlpatterns: list[URLPattern | URLResolver] = [
    *institutions.urls.public_urls,
    *institutions.products.urls.public_urls,
    path("after-login/", views.after_login, name="after_login"),
    *portal.pages.urls.public_urls,
    *enterprises.urls.public_urls,
    *portal.audit.urls.public_urls,  # before the documents, whose numbers take every other word
    *portal.documents.urls.public_urls,
    *portal.accounts.urls.public_urls,
    *portal.messages.urls.public_urls,
]
