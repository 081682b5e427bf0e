from django.urls import URLPattern, path

from lending.loans.views import bank, enterprise, monitoring

enterprise_urls: list[URLPattern] = [
    path("loans/", enterprise.enterprise_loans, name="enterprise_loans"),
    path("loans/<int:pk>/", enterprise.enterprise_loan, name="enterprise_loan"),
]

bank_urls: list[URLPattern] = [
    path("applications/<int:pk>/sign/", bank.bank_loan_sign, name="bank_loan_sign"),
    path("loans/", bank.bank_loans, name="bank_loans"),
    path("loans/report/", bank.bank_loan_report, name="bank_loan_report"),
    path("loans/<int:pk>/", bank.bank_loan, name="bank_loan"),
    path("loans/<int:pk>/monitoring/", monitoring.bank_loan_monitoring, name="bank_loan_monitoring"),
    path("loans/<int:pk>/file/", monitoring.bank_loan_file, name="bank_loan_file"),
    path("loans/<int:pk>/draw/", bank.bank_loan_draw, name="bank_loan_draw"),
    path("loans/<int:pk>/cancel/", bank.bank_loan_cancel, name="bank_loan_cancel"),
    path("loans/<int:pk>/repay/", bank.bank_loan_repay, name="bank_loan_repay"),
    path("loans/<int:pk>/classify/", bank.bank_loan_classify, name="bank_loan_classify"),
    path("loans/<int:pk>/write-off/", bank.bank_loan_write_off, name="bank_loan_write_off"),
]
