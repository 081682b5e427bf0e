"""What the clock starts must exist."""

import pytest
from django.conf import settings

from portal.celery import app


@pytest.mark.parametrize("job", sorted(settings.CELERY_BEAT_SCHEDULE))
def test_a_scheduled_job_is_a_task(job: str) -> None:
    app.loader.import_default_modules()

    assert settings.CELERY_BEAT_SCHEDULE[job]["task"] in app.tasks
