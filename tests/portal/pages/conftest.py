from importlib import import_module

import pytest
from django.apps import apps


@pytest.fixture
def standing_texts(db: None) -> None:
    """What the migration publishes, also after a test that emptied the tables."""
    import_module("portal.pages.migrations.0002_standing_texts").publish(apps, None)
