from django.urls import URLPattern, path

from enterprises.credit import views

public_urls: list[URLPattern] = [
    path("catalogue/", views.public_catalogue, name="public_catalogue"),
    path("catalogue/<str:code>/", views.public_item, name="public_item"),
    path("catalogue/<str:code>/template.csv", views.public_item_template, name="public_item_template"),
]
