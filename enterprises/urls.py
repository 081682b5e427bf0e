from django.urls import path

import enterprises.credit.urls
from enterprises import views

public_urls = [
    path("enterprise/invitations/<str:token>/", views.invitation_accept, name="invitation_accept"),
    *enterprises.credit.urls.public_urls,
]
enterprise_urls = [
    path("bind/", views.enterprise_bind, name="enterprise_bind"),
    path("bind/<str:uscc>/", views.enterprise_bind_prove, name="enterprise_bind_prove"),
    path("members/", views.enterprise_members, name="enterprise_members"),
    path("members/invite/", views.enterprise_invite, name="enterprise_invite"),
    path("members/<int:pk>/end/", views.enterprise_member_end, name="enterprise_member_end"),
    path("members/switch/", views.enterprise_switch, name="enterprise_switch"),
    path(
        "members/invitations/<int:pk>/cancel/", views.enterprise_invitation_cancel, name="enterprise_invitation_cancel"
    ),
]
