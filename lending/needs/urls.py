from django.urls import URLPattern, path

from lending.needs import views

enterprise_urls: list[URLPattern] = [
    path("needs/", views.enterprise_needs, name="enterprise_needs"),
    path("needs/post/", views.enterprise_need_post, name="enterprise_need_post"),
    path("needs/<int:pk>/withdraw/", views.enterprise_need_withdraw, name="enterprise_need_withdraw"),
]
