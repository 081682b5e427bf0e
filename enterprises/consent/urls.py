"""Consent's doors: the firm's own, and the duties of institutions."""

from django.urls import path

from enterprises.consent.views import bank
from enterprises.consent.views import enterprise as views

enterprise_urls = [
    path("authorizations/", views.enterprise_authorizations, name="enterprise_authorizations"),
    path("authorizations/grant/", views.enterprise_authorization_grant, name="enterprise_authorization_grant"),
    path("authorizations/<int:pk>/", views.enterprise_authorization, name="enterprise_authorization"),
    path("authorizations/<int:pk>/agree/", views.enterprise_authorization_agree, name="enterprise_authorization_agree"),
    path(
        "authorizations/<int:pk>/decline/",
        views.enterprise_authorization_decline,
        name="enterprise_authorization_decline",
    ),
    path("authorizations/<int:pk>/pause/", views.enterprise_authorization_pause, name="enterprise_authorization_pause"),
    path(
        "authorizations/<int:pk>/resume/", views.enterprise_authorization_resume, name="enterprise_authorization_resume"
    ),
    path(
        "authorizations/<int:pk>/revoke/", views.enterprise_authorization_revoke, name="enterprise_authorization_revoke"
    ),
    path(
        "authorizations/<int:pk>/letter/", views.enterprise_authorization_letter, name="enterprise_authorization_letter"
    ),
    path("looks/", views.enterprise_looks, name="enterprise_looks"),
    path("looks/export/", views.enterprise_looks_export, name="enterprise_looks_export"),
    path("file/", views.enterprise_file, name="enterprise_file"),
    path("file/report/", views.enterprise_report, name="enterprise_report"),
    path("file/items/<str:item_code>/", views.enterprise_file_item, name="enterprise_file_item"),
    path("grade/", views.enterprise_grade, name="enterprise_grade"),
]

bank_urls = [
    path("duties/", bank.bank_duties, name="bank_duties"),
    path("duties/<int:pk>/acknowledge/", bank.bank_duty_acknowledge, name="bank_duty_acknowledge"),
    path("duties/<int:pk>/delete/", bank.bank_duty_delete, name="bank_duty_delete"),
]
