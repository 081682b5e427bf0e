from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.i18n import set_language

from portal.pages import views
from portal.pages.models import ArticleKind

public_urls = [
    path("", views.home, name="public_home"),
    path("notices/", views.articles, {"kind": ArticleKind.NOTICE}, name="public_notices"),
    path("policies/", views.articles, {"kind": ArticleKind.POLICY}, name="public_policies"),
    path("cases/", views.articles, {"kind": ArticleKind.CASE}, name="public_cases"),
    path("guides/", views.articles, {"kind": ArticleKind.GUIDE}, name="public_guides"),
    path("publicity/", views.publicities, name="public_publicities"),
    path("publicity/<str:reference>/", views.publicity, name="public_publicity"),
    path("articles/<slug:slug>/", views.article, name="public_article"),
    path("language/", login_not_required(set_language), name="set_language"),
    path("demo/components/", views.demo_components, name="demo_components"),
]
