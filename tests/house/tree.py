"""The files that the house rules look at: what git tracks, in rooms and in templates."""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("portal", "institutions", "enterprises", "lending")
CHINESE = re.compile(r"[\u3400-\u9fff]")


@cache
def tracked() -> list[Path]:
    """Everything git tracks that is there, as paths relative to the root."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()]


def code() -> list[Path]:
    """Python files of the rooms, without migrations."""
    return [
        path for path in tracked() if path.suffix == ".py" and path.parts[0] in ROOMS and "migrations" not in path.parts
    ]


def templates() -> list[Path]:
    return [path for path in tracked() if path.parts[0] == "templates" and path.suffix in {".html", ".txt"}]


@cache
def text(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(text(path))
