"""The ground the other tests stand on: a worker that is really another process, a browser that really draws."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from PIL import Image
from playwright.sync_api import Page

from portal.celery import app


@pytest.mark.worker
def test_a_task_travels_through_the_broker_to_another_process(
    worker: "subprocess.Popen[bytes]", eventually: Callable[..., None], now: Any
) -> None:
    from portal.messages.models import Channel, Message
    from tests.factories import UserFactory

    message = Message.objects.create(
        recipient=UserFactory(), channel=Channel.SMS, address="+8613900000000", subject="验证码", created_at=now
    )

    app.send_task("portal.messages.tasks.carry", args=[message.pk])

    eventually(lambda: Message.objects.filter(pk=message.pk).exclude(sent_at=None).exists())
    assert worker.poll() is None


def test_every_process_has_a_database_of_its_own(db: None) -> None:
    import os

    assert connection.settings_dict["NAME"] == f"test_{os.getpid()}"


@pytest.mark.django_db
def test_a_page_is_drawn_in_a_real_browser(page: Page, live_server: Any, snap: Callable[[Page, str], Path]) -> None:
    page.goto(live_server.url)

    picture = Image.open(snap(page, "home"))

    assert page.locator("h1").count() == 1
    assert picture.width == 1440
    assert len(set(picture.convert("L").resize((40, 40)).tobytes())) > 8
