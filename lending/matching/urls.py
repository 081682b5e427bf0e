from django.urls import URLPattern, path

from lending.matching import views

enterprise_urls: list[URLPattern] = [
    path("needs/<int:pk>/", views.enterprise_need, name="enterprise_need"),
]
bank_urls: list[URLPattern] = [
    path("products/<int:pk>/reach/", views.bank_product_reach, name="bank_product_reach"),
]
