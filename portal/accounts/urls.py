from django.urls import path

from portal.accounts import views

public_urls = [
    path("accounts/home/", views.account_home, name="account_home"),
    path("admin/login/", views.admin_login, name="admin_login"),
]
