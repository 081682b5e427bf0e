"""What a browser is told to refuse, and what the admin site keeps from those who should not have it."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from portal.accounts.roles import StaffRole
from portal.admin_desk import DeskAdmin
from tests.factories import StaffPostFactory

pytestmark = pytest.mark.django_db


def _desk(role: StaffRole) -> Client:
    client = Client()
    client.force_login(StaffPostFactory(role=role).user)
    return client


def _policy(response: Any) -> dict[str, str]:
    directives = (part.strip().partition(" ") for part in response["Content-Security-Policy"].split(";"))
    return {name: sources for name, _space, sources in directives}


def test_a_public_page_runs_scripts_of_the_station_only(client: Client) -> None:
    policy = _policy(client.get(reverse("public_home")))

    assert policy["script-src"].startswith("'self'")
    assert "unsafe" not in policy["script-src"] + policy["style-src"]
    assert (policy["object-src"], policy["frame-ancestors"]) == ("'none'", "'none'")


def test_the_admin_site_runs_no_inline_script_and_speaks_to_nobody_else() -> None:
    policy = _policy(_desk(StaffRole.SUPERVISOR).get(reverse("admin:index")))

    assert policy["script-src"] == "'self' 'unsafe-eval'"
    assert (policy["default-src"], policy["connect-src"], policy["form-action"]) == ("'self'", "'self'", "'self'")
    assert (policy["object-src"], policy["frame-ancestors"]) == ("'none'", "'none'")


def test_the_admin_site_holds_desks_of_the_station_only() -> None:
    """Libraries bring pages for second factors, sessions and scheduled tasks; here no account opens them."""
    reverse("admin:index")  # the addresses are read
    registered = [model for model in apps.get_models() if admin.site.is_registered(model)]

    assert registered
    assert [model for model in registered if not isinstance(admin.site.get_model_admin(model), DeskAdmin)] == []


@pytest.mark.parametrize(
    "name",
    [
        "evaluation_scorecard_enforce",
        "objections_objection_accept",
        "audit_sealedblock_verify",
    ],
)
def test_a_button_is_pressed_only_by_whoever_may_read_its_desk(name: str) -> None:
    asked = [] if name.endswith("verify") else [1]

    response = _desk(StaffRole.TREASURER).post(reverse(f"admin:{name}", args=asked))

    assert response.status_code == 403


def test_a_button_on_a_row_that_is_not_there_says_so() -> None:
    response = _desk(StaffRole.REMEDY_OFFICER).post(reverse("admin:objections_objection_accept", args=[404]))

    assert response.status_code == 404


@pytest.mark.parametrize(
    ("role", "page", "query"),
    [
        (StaffRole.REGISTRY_REVIEWER, "enterprises_enterprise", "legal_representative_digest__startswith=a"),
        (StaffRole.SUPERVISOR, "applications_application", "contact_phone__startswith=139"),
        (StaffRole.SUPERVISOR, "applications_application", "verdicts__0__is_met=true"),
        (StaffRole.SUPERVISOR, "needs_need", "note__contains=a"),
    ],
)
def test_a_list_cannot_be_asked_about_a_field_it_does_not_show(role: StaffRole, page: str, query: str) -> None:
    response = _desk(role).get(reverse(f"admin:{page}_changelist") + f"?{query}")

    assert response.status_code == 400


def test_a_list_is_still_drilled_into_by_what_it_shows() -> None:
    response = _desk(StaffRole.SUPERVISOR).get(
        reverse("admin:applications_application_changelist") + "?state=submitted&submitted_at__date__gte=2026-01-01"
    )

    assert response.status_code == 200
