import re
from pathlib import Path

import pytest

from portal import frontend
from portal.frontend import FrontendError

HOME = '<svg class="icon"\n  width="24">\n  <path d="M1 1"/>\n</svg>'


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """Packages with one file of each kind."""
    root = tmp_path / "node_modules"
    for name, source in frontend.COPIES.items():
        path = root / source / "a.woff2" if name.endswith("files") else root / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"body{}\n/*# sourceMappingURL=x.map */")
    outlines = root / frontend.OUTLINES
    outlines.mkdir(parents=True)
    for icon in ("home", "arrow-left", "user"):
        (outlines / f"{icon}.svg").write_text(HOME)
    return root


def source(folder: Path, text: str) -> Path:
    path = folder / "page.html"
    path.write_text(text, encoding="utf-8")
    return path


def test_build_copies_without_the_comment_that_names_a_map(packages: Path, tmp_path: Path) -> None:
    frontend.build(packages, tmp_path / "made", [])

    assert (tmp_path / "made" / "tabler.min.css").read_text() == "body{}\n"
    assert (tmp_path / "made" / "noto-sans-sc" / "files" / "a.woff2").exists()


def test_build_writes_nothing_the_second_time(packages: Path, tmp_path: Path) -> None:
    first = frontend.build(packages, tmp_path / "made", [])

    assert first == len(frontend.COPIES) + 1
    assert frontend.build(packages, tmp_path / "made", []) == 0


def test_the_sprite_holds_what_is_named_in_a_template_or_a_table(packages: Path, tmp_path: Path) -> None:
    text = """<c-icon icon="home" /> NAV = [("首页", "arrow-left"), ("无", "no-such-thing")]"""

    sprite = frontend.sprite(packages / frontend.OUTLINES, [source(tmp_path, text)])

    assert re.findall(r'id="tabler-([a-z-]+)"', sprite) == ["arrow-left", "home"]
    assert '<path d="M1 1"/>' in sprite


def test_an_icon_that_does_not_exist_is_a_mistake(packages: Path, tmp_path: Path) -> None:
    with pytest.raises(FrontendError, match="no such icon: hoem"):
        frontend.sprite(packages / frontend.OUTLINES, [source(tmp_path, '<c-icon icon="hoem" />')])


def test_missing_packages_are_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FrontendError, match="make setup"):
        frontend.build(tmp_path, tmp_path / "made", [])


def test_every_icon_that_the_templates_name_is_in_the_sprite_that_is_served() -> None:
    served = (frontend.home() / "frontend" / "icons.svg").read_text(encoding="utf-8")

    templates = [path for path in frontend.sources() if path.suffix == ".html"]
    named = {name for path in templates for name in frontend.CERTAIN.findall(path.read_text(encoding="utf-8"))}

    assert named
    assert {name for name in named if f'id="tabler-{name}"' not in served} == set()
