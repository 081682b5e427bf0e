from django.urls import path

from portal.messages import views

public_urls = [
    path("demo/outbox/", views.demo_outbox, name="demo_outbox"),
    path("messages/<int:pk>/open/", views.open_message, name="open_message"),
    path("messages/read-all/", views.read_all_messages, name="read_all_messages"),
]
