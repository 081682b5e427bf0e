"""The doors of what is usable and not visible."""

from django.urls import path

from enterprises.jointmodels.views import bank, enterprise, linkages

bank_urls = [
    path("checks/", bank.bank_checks, name="bank_checks"),
    path("checks/<int:pk>/", bank.bank_check, name="bank_check"),
    path("checks/<int:pk>/ask/", bank.bank_check_ask, name="bank_check_ask"),
    path("checks/<int:pk>/run/", bank.bank_check_run, name="bank_check_run"),
    path("checks/<int:pk>/runs/", bank.bank_check_runs, name="bank_check_runs"),
    path("models/", bank.bank_models_page, name="bank_models"),
    path("models/hand-in/", bank.bank_model_hand_in, name="bank_model_hand_in"),
    path("models/<int:pk>/", bank.bank_model, name="bank_model"),
    path("models/<int:pk>/put-in-force/", bank.bank_model_put_in_force, name="bank_model_put_in_force"),
    path("models/<int:pk>/retire/", bank.bank_model_retire, name="bank_model_retire"),
    path("aggregates/", bank.bank_aggregates, name="bank_aggregates"),
    path("linkages/", linkages.bank_linkages, name="bank_linkages"),
    path("linkages/open/", linkages.bank_linkage_open, name="bank_linkage_open"),
    path("linkages/tool/", linkages.bank_linkage_tool, name="bank_linkage_tool"),
    path("linkages/<int:pk>/", linkages.bank_linkage, name="bank_linkage"),
    path("linkages/<int:pk>/key/", linkages.bank_linkage_key, name="bank_linkage_key"),
    path("linkages/<int:pk>/count/", linkages.bank_linkage_count, name="bank_linkage_count"),
]
enterprise_urls = [
    path("questions/", enterprise.enterprise_questions, name="enterprise_questions"),
    path("model-runs/", enterprise.enterprise_runs, name="enterprise_runs"),
    path("invitations/", enterprise.enterprise_invitations, name="enterprise_invitations"),
    path("invitations/<int:pk>/agree/", enterprise.enterprise_invitation_agree, name="enterprise_invitation_agree"),
    path(
        "invitations/<int:pk>/decline/", enterprise.enterprise_invitation_decline, name="enterprise_invitation_decline"
    ),
]
