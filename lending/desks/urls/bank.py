"""Every page an institution can open."""

from django.urls import URLPattern, URLResolver, path

from institutions.access import officer_required
from portal.messages import views as messages

urlpatterns: list[URLPattern | URLResolver] = [
    path("messages/", officer_required()(messages.bank_messages), name="bank_messages"),
]
