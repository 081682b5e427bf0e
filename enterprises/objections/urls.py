"""The doors of objection and repair."""

from django.urls import path

from enterprises.objections import views

enterprise_urls = [
    path("remedies/", views.enterprise_remedies, name="enterprise_remedies"),
    path("remedies/evidence/<int:pk>/", views.remedy_evidence, name="enterprise_remedy_evidence"),
    path(
        "remedies/objections/<int:pk>/withdraw/",
        views.enterprise_objection_withdraw,
        name="enterprise_objection_withdraw",
    ),
    path("remedies/repairs/<int:pk>/withdraw/", views.enterprise_repair_withdraw, name="enterprise_repair_withdraw"),
    path("looks/<int:pk>/object/", views.enterprise_object_look, name="enterprise_object_look"),
    path("file/<str:item_code>/<int:record_id>/object/", views.enterprise_object, name="enterprise_object"),
    path("file/<str:item_code>/<int:record_id>/repair/", views.enterprise_repair, name="enterprise_repair"),
]
