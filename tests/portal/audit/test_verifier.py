"""The verifier alone: Python without our packages, reading what was exported."""

import datetime as dt
import hashlib
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import transaction

from portal.audit import anchoring, sealing, verifier
from tests.portal.audit import tampering
from tests.portal.audit.tampering import CHAIN
from tests.portal.audit.test_sealing import seal


@pytest.fixture
def chain(transactional_db: None, now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BLOCK_ROWS", 50)
    tampering.fill(300, transactions=15, at=now)
    seal(now)
    anchoring.journal()


def export(to: Path) -> Path:
    call_command("export_audit", "--chain", CHAIN, "--to", str(to), verbosity=0)
    return to


def verified(*files: Path) -> tuple[int, list[str]]:
    """Run a lone copy of the file: no site packages, no environment, another folder."""
    alone = files[0].parent / "alone" / "verifier.py"
    alone.parent.mkdir(exist_ok=True)
    shutil.copy(verifier.__file__, alone)
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(alone), *map(str, files)],
        cwd=alone.parent, env={}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, (done.stdout + done.stderr).splitlines()


def test_a_whole_export_has_no_fault(chain: None, tmp_path: Path) -> None:
    assert verified(export(tmp_path / "export.jsonl")) == (0, ["no fault"])


def test_an_export_is_for_the_eyes_of_its_owner(chain: None, tmp_path: Path) -> None:
    assert export(tmp_path / "export.jsonl").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("tamper", tampering.KINDS, ids=lambda kind: kind.__name__)
def test_what_was_tampered_with_before_the_export_is_named(
    tamper: Callable[..., tampering.Named], chain: None, tmp_path: Path
) -> None:
    with transaction.atomic():
        named = tamper(random.Random(5))
        export(tmp_path / "export.jsonl")
        transaction.set_rollback(True)

    status, said = verified(tmp_path / "export.jsonl")

    where = f" row {named.row}, block {named.block} of " if named.row is not None else f", block {named.block} of "
    assert status == 1
    assert any(line.startswith(f"{tampering.TABLE}{where}") for line in said), (named, said)


def test_anchors_kept_elsewhere_find_a_chain_sealed_anew(
    chain: None, now: dt.datetime, tmp_path: Path, anchor_root: Path
) -> None:
    kept = tmp_path / "kept.jsonl"
    shutil.move(anchor_root / f"{CHAIN}.jsonl", kept)
    with transaction.atomic():
        tampering.change(random.Random(3))
        tampering.execute("DELETE FROM audit_sealedblock")
    seal(now)
    export(tmp_path / "export.jsonl")

    assert verified(tmp_path / "export.jsonl") == (0, ["no fault"])
    assert verified(tmp_path / "export.jsonl", kept)[0] == 1


def test_a_file_cut_off_or_foreign_is_refused(chain: None, tmp_path: Path) -> None:
    lines = export(tmp_path / "export.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "short.jsonl").write_text("".join(lines[:-1]), encoding="utf-8")
    (tmp_path / "foreign.jsonl").write_text(json.dumps({"a": 1}) + "\n", encoding="utf-8")

    assert [verified(tmp_path / name)[0] for name in ("short.jsonl", "foreign.jsonl")] == [2, 2]


def test_the_plain_digest_is_the_librarys() -> None:
    known = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    messages = [random.Random(size).randbytes(size) for size in (0, 1, 55, 56, 63, 64, 65, 119, 120, 300)]

    assert verifier.plain_sm3(b"abc").hex() == known
    assert [verifier.plain_sm3(m) for m in messages] == [sealing.sm3(m) for m in messages]
    if "sm3" in hashlib.algorithms_available:
        assert verifier.sm3(b"abc").hex() == known
