"""Every page anybody can open, signed in or not."""

from django.urls import URLPattern, URLResolver, path

import enterprises.urls
import portal.accounts.urls
import portal.documents.urls
import portal.messages.urls
import portal.pages.urls
from lending.desks import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("after-login/", views.after_login, name="after_login"),
    *portal.pages.urls.public_urls,
    *enterprises.urls.public_urls,
    *portal.documents.urls.public_urls,
    *portal.accounts.urls.public_urls,
    *portal.messages.urls.public_urls,
]
