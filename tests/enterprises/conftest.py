"""What tests of the enterprises' room share."""

import pytest
from django.core.management import call_command


@pytest.fixture
def catalogue(db: None) -> None:
    """The items and their schemas, the purposes of a consent, the scorecards in force."""
    call_command("load_catalogue", verbosity=0)
    call_command("load_purposes", verbosity=0)
    call_command("load_scorecards", verbosity=0)
