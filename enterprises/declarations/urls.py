"""The doors of what a firm states of itself. All of them are the firm's own."""

from django.urls import path

from enterprises.declarations import views

enterprise_urls = [
    path("declarations/", views.enterprise_declarations, name="enterprise_declarations"),
    path("declarations/new/<str:item_code>/", views.enterprise_declare, name="enterprise_declare"),
    path("declarations/<int:pk>/", views.enterprise_declaration, name="enterprise_declaration"),
    path("declarations/<int:pk>/correct/", views.enterprise_declaration_correct, name="enterprise_declaration_correct"),
    path(
        "declarations/<int:pk>/withdraw/",
        views.enterprise_declaration_withdraw,
        name="enterprise_declaration_withdraw",
    ),
    path("declarations/<int:pk>/letter/", views.enterprise_declaration_letter, name="enterprise_declaration_letter"),
]
