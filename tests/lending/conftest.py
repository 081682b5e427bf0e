"""What tests of the lending room share."""

import pytest
from django.core.management import call_command


@pytest.fixture
def purposes(db: None) -> None:
    """Why data may be looked at: a consent needs one."""
    call_command("load_purposes", verbosity=0)
