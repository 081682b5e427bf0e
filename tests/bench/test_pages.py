"""Queries and median time of every page that needs no key, as each audience sees it in a loaded province.

`make bench ARGS="-k pages"`; the size of the province is `BENCH_ENTERPRISES` (300). A page that asks the database more often than
`MOST_QUERIES` times is a mistake whatever the machine, so that is asserted; times are only told.
"""

import os
import statistics
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern

pytestmark = [pytest.mark.bench, pytest.mark.django_db]

ROUNDS = 7
MOST_QUERIES = 60
ENTERPRISES = int(os.environ.get("BENCH_ENTERPRISES", "300"))
AUDIENCES = {"public": "", "enterprise": "enterprise/", "bank": "bank/"}


@pytest.fixture(scope="module")
def sample(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, str]]:
    """A loaded province, and the sample login of each role."""
    from lending.province import load

    with django_db_blocker.unblock():
        call_command("load_province", enterprises=ENTERPRISES, verbosity=0)
        yield {login.role: login.username for login in load.kept_logins()}
        call_command("flush", interactive=False, verbosity=0)


def addresses(audience: str) -> list[str]:
    """Every address of this audience's URL map that takes no argument."""
    from importlib import import_module

    patterns = import_module(f"lending.desks.urls.{audience}").urlpatterns
    routes = [pattern.pattern._route for pattern in patterns if isinstance(pattern, URLPattern)]
    return [f"/{AUDIENCES[audience]}{route}" for route in routes if "<" not in route]


def measure(client: Client, address: str) -> tuple[int, int, float] | None:
    """Status, queries and median milliseconds; None for a page that wants something else than a plain look."""
    if client.get(address).status_code != 200:
        return None
    connection.queries_log.clear()  # it forgets its oldest entries once it is full, and then cannot be counted
    with CaptureQueriesContext(connection) as asked:
        client.get(address)
        queries = len(asked)
    times = []
    for _round in range(ROUNDS):
        began = time.perf_counter()
        client.get(address)
        times.append(time.perf_counter() - began)
    return 200, queries, statistics.median(times) * 1000


def report(title: str, client: Client, pages: list[str]) -> list[str]:
    """Print the table of one audience and return the pages that ask too often."""
    print(f"\n{title}\n{'page':<48}{'queries':>8}{'median ms':>11}")
    greedy = []
    for address in pages:
        if (measured := measure(client, address)) is None:
            continue
        _status, queries, milliseconds = measured
        print(f"{address:<48}{queries:>8}{milliseconds:>11.1f}")
        greedy += [f"{title}: {address} asks {queries} times"] if queries > MOST_QUERIES else []
    return greedy


def test_pages_of_every_audience(sample: dict[str, str], django_db_blocker: Any) -> None:
    from portal.accounts.models import User

    greedy = []
    with django_db_blocker.unblock():
        greedy += report("anybody", Client(), addresses("public"))
        for role, username in sample.items():
            user = User.objects.get(username=username)
            client = Client()
            client.force_login(user)
            if user.is_staff:
                greedy += report(role, client, ["/admin/"])
                continue
            for audience in ("enterprise", "bank"):
                greedy += report(role, client, addresses(audience))

    assert greedy == []
