from django.urls import path

from institutions.views import bank, public

public_urls = [
    path("institutions/", public.public_institutions, name="public_institutions"),
    path("institutions/<int:pk>/", public.public_institution, name="public_institution"),
]
bank_urls = [
    path("institution/", bank.bank_institution, name="bank_institution"),
    path("institution/officers/appoint/", bank.bank_officer_appoint, name="bank_officer_appoint"),
    path("institution/officers/<int:pk>/end/", bank.bank_officer_end, name="bank_officer_end"),
    path("institution/branches/open/", bank.bank_branch_open, name="bank_branch_open"),
]
