"""The queue. Tasks are found in every app's ``tasks.py``; ids only travel, and only after commit."""

import os

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("station")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def _require_keys(**_: object) -> None:
    from portal import keyring  # noqa: PLC0415 - reads the settings

    keyring.require()
