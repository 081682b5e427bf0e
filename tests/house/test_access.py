"""Closed by default: the addresses that open without signing in are listed here, all others lead to the sign-in page."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import get_converters

#: What anybody may open. An address that joins this list does so by a decision.
ANONYMOUS = {
    # the public site
    "public_home",
    "public_products",
    "public_product",
    "public_compare",
    "public_institutions",
    "public_institution",
    "public_notices",
    "public_policies",
    "public_cases",
    "public_guides",
    "public_article",
    "public_publicities",
    "public_publicity",
    "public_catalogue",
    "public_item",
    "public_item_template",
    "public_verify_form",
    "public_anchors",
    "public_anchors_file",
    "public_verifier",
    "invitation_accept",
    "public_verify",
    "set_language",
    "health",
    # registration and sign-in
    "account_login",
    "account_signup",
    "account_logout",
    "account_inactive",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_request_login_code",
    # the demonstration's own pages: absent outside demo mode
    "demo_outbox",
    "demo_components",
}
SAMPLES = {"int": 1, "str": "x", "slug": "x", "uuid": "6f1c2d3e-0000-4000-8000-000000000000", "path": "x"}


def addresses() -> Iterator[tuple[str, str]]:
    """Every pattern of the site with sample arguments: its name and its address."""
    yield from _walk(get_resolver().url_patterns, "/")


def _walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        part = _sample(pattern)
        if isinstance(pattern, URLResolver):
            if pattern.app_name != "admin":
                yield from _walk(pattern.url_patterns, prefix + part)
        else:
            yield pattern.name or "", prefix + part


def _sample(pattern: URLPattern | URLResolver) -> str:
    route = str(pattern.pattern)
    known = {name: kind for kind, converter in get_converters().items() for name in [type(converter).__name__]}
    for name, converter in pattern.pattern.converters.items():
        value = str(SAMPLES.get(known.get(type(converter).__name__, "str"), "x"))
        route = re.sub(rf"<(?:\w+:)?{name}>", value, route)
    route = re.sub(r"\(\?P<\w+>[^)]*\)", "x", route)
    return route.strip("^$").replace("\\Z", "")


EVERYTHING = sorted(set(addresses()))


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "address"), EVERYTHING, ids=[f"{name} {address}" for name, address in EVERYTHING])
def test_an_address_asks_to_sign_in_unless_it_is_listed(client: Client, name: str, address: str) -> None:
    answer = client.get(address)

    asks = answer.status_code == 302 and answer["Location"].startswith(reverse("account_login"))
    assert asks != (name in ANONYMOUS), f"{name} {address} answered {answer.status_code}"


@pytest.mark.django_db
def test_the_admin_site_asks_to_sign_in(client: Client) -> None:
    answer = client.get("/admin/loans/loan/")

    assert answer.status_code == 302
    assert "login" in answer["Location"]


def test_every_listed_name_exists() -> None:
    assert ANONYMOUS - {name for name, _address in EVERYTHING} == set()
