"""Every page an enterprise can open."""

from django.urls import URLPattern, URLResolver, path

from enterprises.access import member_required
from portal.messages import views as messages

urlpatterns: list[URLPattern | URLResolver] = [
    path("messages/", member_required()(messages.enterprise_messages), name="enterprise_messages"),
]
