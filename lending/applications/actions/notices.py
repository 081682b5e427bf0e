"""Telling the other side, in the caller's transaction."""

from collections.abc import Collection
from datetime import datetime

from django.urls import reverse

from enterprises.models import Member
from institutions.models import Officer
from lending.applications.models import Application
from portal.accounts.models import User
from portal.accounts.roles import EnterpriseRole, OfficerRole
from portal.messages import actions as messages

ACTING = (EnterpriseRole.LEGAL_REPRESENTATIVE, EnterpriseRole.HANDLER)


def tell_firm(application: Application, subject: str, *, at: datetime) -> None:
    users = User.objects.filter(
        memberships__in=Member.objects.acting().filter(enterprise=application.enterprise_id, role__in=ACTING)
    )
    link = reverse("enterprise_application", args=[application.pk])
    messages.notify(users=users, subject=subject, link=link, at=at)


def tell_bank(application: Application, subject: str, *, roles: Collection[OfficerRole], at: datetime) -> None:
    users = User.objects.filter(
        officer_posts__in=Officer.objects.serving().filter(institution=application.institution_id, role__in=roles)
    )
    link = reverse("bank_application", args=[application.pk])
    messages.notify(users=users, subject=subject, link=link, at=at)
