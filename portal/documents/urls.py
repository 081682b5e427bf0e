from django.urls import URLPattern, path

from portal.documents import views

public_urls: list[URLPattern] = [
    path("verify/", views.verify_form, name="public_verify_form"),
    path("verify/<str:number>/", views.verify, name="public_verify"),
]
