"""The ground floor of the station: imports no room above it."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
