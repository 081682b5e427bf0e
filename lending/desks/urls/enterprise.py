"""Every page an enterprise can open."""

from django.urls import URLPattern, URLResolver, path

import enterprises.urls
from enterprises.access import member_required
from portal.messages import views as messages

urlpatterns: list[URLPattern | URLResolver] = [
    *enterprises.urls.enterprise_urls,
    path("messages/", member_required()(messages.enterprise_messages), name="enterprise_messages"),
]
