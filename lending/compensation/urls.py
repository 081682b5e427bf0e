from django.urls import URLPattern, path

from lending.compensation import views

bank_urls: list[URLPattern] = [
    path("claims/", views.bank_claims, name="bank_claims"),
    path("claims/<int:pk>/", views.bank_claim, name="bank_claim"),
    path("claims/<int:pk>/refile/", views.bank_claim_refile, name="bank_claim_refile"),
    path("claims/<int:pk>/withdraw/", views.bank_claim_withdraw, name="bank_claim_withdraw"),
    path("claims/<int:pk>/recover/", views.bank_claim_recover, name="bank_claim_recover"),
    path("claims/<int:pk>/sheet/", views.bank_claim_sheet, name="bank_claim_sheet"),
    path("claims/sheets/<int:pk>/", views.bank_claim_document, name="bank_claim_document"),
    path("claims/evidence/<int:pk>/", views.bank_claim_evidence, name="bank_claim_evidence"),
    path("enrolments/", views.bank_enrolments, name="bank_enrolments"),
    path("enrolments/<int:pk>/", views.bank_enrolment, name="bank_enrolment"),
    path("enrolments/<int:pk>/claim/", views.bank_claim_file, name="bank_claim_file"),
    path("enrolments/<int:pk>/cancel/", views.bank_enrolment_cancel, name="bank_enrolment_cancel"),
    path("loans/<int:loan_pk>/enrol/", views.bank_loan_enrol, name="bank_loan_enrol"),
]
