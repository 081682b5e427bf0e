from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

pytestmark = pytest.mark.django_db


def test_health_names_each_engine_to_anybody(client: Client) -> None:
    response = client.get("/health/")

    assert (response.status_code, response.json()) == (200, {"database": True, "cache": True})
    assert "no-store" in response["Cache-Control"]


def test_health_is_bad_when_the_database_does_not_answer(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_arguments: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(connection, "cursor", silent)

    response = client.get("/health/")

    assert (response.status_code, response.json()) == (503, {"database": False, "cache": True})


def test_health_is_bad_when_the_cache_does_not_answer(client: Client, settings: Any) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "unix:///nowhere/valkey.sock"}
    }

    response = client.get("/health/")

    assert (response.status_code, response.json()) == (503, {"database": True, "cache": False})
