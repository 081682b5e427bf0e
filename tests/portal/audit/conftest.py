from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def anchor_root(settings: Any, tmp_path: Path) -> Path:
    """Anchors outlive the database of a test: each has files of its own."""
    settings.ANCHOR_ROOT = tmp_path / "anchors"
    return settings.ANCHOR_ROOT
