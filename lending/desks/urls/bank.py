"""Every page an institution can open."""

from django.urls import URLPattern, URLResolver

import portal.messages.urls

urlpatterns: list[URLPattern | URLResolver] = [
    *portal.messages.urls.bank_urls,
]
