from django.urls import URLPattern, path

from portal.audit import views

public_urls: list[URLPattern] = [
    path("verify/anchors/", views.anchors, name="public_anchors"),
    path("verify/anchors/anchors.jsonl", views.anchors_file, name="public_anchors_file"),
    path("verify/anchors/verifier.py", views.verifier_file, name="public_verifier"),
]
