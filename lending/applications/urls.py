from django.urls import URLPattern, path

from lending.applications.views import bank, enterprise

enterprise_urls: list[URLPattern] = [
    path("needs/<int:need_pk>/apply/<int:version_pk>/", enterprise.enterprise_apply, name="enterprise_apply"),
    path("applications/", enterprise.enterprise_applications, name="enterprise_applications"),
    path("applications/<int:pk>/", enterprise.enterprise_application, name="enterprise_application"),
    path(
        "applications/<int:pk>/answer/<int:request_pk>/",
        enterprise.enterprise_application_answer,
        name="enterprise_application_answer",
    ),
    path(
        "applications/<int:pk>/withdraw/",
        enterprise.enterprise_application_withdraw,
        name="enterprise_application_withdraw",
    ),
    path("applications/answers/<int:pk>/", enterprise.enterprise_answer_file, name="enterprise_answer_file"),
]

bank_urls: list[URLPattern] = [
    path("applications/", bank.bank_inbox, name="bank_inbox"),
    path("applications/<int:pk>/", bank.bank_application, name="bank_application"),
    path("applications/<int:pk>/file/", bank.bank_application_file, name="bank_application_file"),
    path("applications/<int:pk>/accept/", bank.bank_application_accept, name="bank_application_accept"),
    path("applications/<int:pk>/ask/", bank.bank_application_ask, name="bank_application_ask"),
    path("applications/<int:pk>/propose/", bank.bank_application_propose, name="bank_application_propose"),
    path("applications/<int:pk>/approve/", bank.bank_application_approve, name="bank_application_approve"),
    path("applications/<int:pk>/send-back/", bank.bank_application_send_back, name="bank_application_send_back"),
    path("applications/<int:pk>/refuse/", bank.bank_application_refuse, name="bank_application_refuse"),
    path("applications/answers/<int:pk>/", bank.bank_answer_file, name="bank_answer_file"),
]
