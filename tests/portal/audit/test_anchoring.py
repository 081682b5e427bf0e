"""Anchors: where they go, what they find out, and that a place out of reach holds nobody up."""

import datetime as dt
import json
import random
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse

from portal.audit import anchoring, places, sealing
from portal.audit.models import Anchor, SealedBlock
from portal.messages.models import Message
from tests.portal.audit import tampering
from tests.portal.audit.tampering import CHAIN
from tests.portal.audit.test_sealing import seal

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def chain(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Six hundred rows in blocks of fifty, each block written down as it is sealed."""
    monkeypatch.setattr(sealing, "BLOCK_ROWS", 50)
    tampering.fill(600, transactions=30, at=now)
    seal(now)
    anchoring.journal()


def faults() -> list[sealing.Fault]:
    return list(sealing.verify(chain=CHAIN, anchors=anchoring.known()))


@pytest.mark.parametrize("tamper", tampering.KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_tampering_is_found_and_named(tamper: Callable[..., tampering.Named], chain: None) -> None:
    assert faults() == []

    for seed in range(4):
        with transaction.atomic():
            named = tamper(random.Random(seed))
            found = faults()
            transaction.set_rollback(True)

        assert named.is_in(found), (named, found)


def test_a_tail_cut_off_and_sealed_anew_is_found_by_the_file(chain: None, now: dt.datetime) -> None:
    with transaction.atomic():
        named = tampering.truncate(random.Random(1))
    tampering.fill(60, transactions=2, at=now)
    seal(now)
    anchoring.journal()

    assert (named.block, None, "block differs from its anchor") in [(f.block, f.row, f.kind) for f in faults()]


def test_a_chain_forged_from_one_block_on_is_named_from_that_block(chain: None, now: dt.datetime) -> None:
    with transaction.atomic():
        tampering.execute("UPDATE audit_auditevent SET verb = 'other' WHERE verb = 'thing.do260'")
        tampering.execute("DELETE FROM audit_sealedblock WHERE number > 5")
    seal(now)

    assert [(f.block, f.kind) for f in faults()] == [(n, "block differs from its anchor") for n in range(6, 13)]


def test_the_heads_of_a_day_are_put_once_to_every_place(chain: None, now: dt.datetime, anchor_root: Path) -> None:
    put = [anchoring.anchor(day=now.date(), at=now) for _again in range(2)]

    head = SealedBlock.objects.get(chain=CHAIN, number=12)
    assert [(a.place, a.number, a.digest) for a in put[0] if a.chain == CHAIN] == [
        ("file", 12, head.digest),
        ("page", 12, head.digest),
    ]
    assert put[1] == []
    written = [json.loads(line) for line in (anchor_root / f"{CHAIN}.jsonl").read_text().splitlines()]
    assert [(line["number"], line["digest"]) for line in written][-1] == (12, head.digest)


def test_the_public_page_shows_the_anchors_and_hands_out_the_program(
    chain: None, now: dt.datetime, client: Client
) -> None:
    anchoring.anchor(day=now.date(), at=now)
    digest = Anchor.objects.get(chain=CHAIN, place="page").digest

    page = client.get(reverse("public_anchors")).content.decode()
    lines = client.get(reverse("public_anchors_file")).content.decode().splitlines()
    program = b"".join(client.get(reverse("public_verifier")).streaming_content)

    assert digest[:32] in page
    assert digest in [json.loads(line)["digest"] for line in lines]
    assert program == Path(places.__file__).with_name("verifier.py").read_bytes()


class _Notary(BaseHTTPRequestHandler):
    status = 200
    seen: list[tuple[str, bytes]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.seen.append((self.headers["webhook-signature"], body))
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(b"receipt 17")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def notary(settings: Any) -> Iterator[type[_Notary]]:
    server = HTTPServer(("127.0.0.1", 0), _Notary)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.ANCHOR_PLACES = ["portal.audit.places.Http", "portal.audit.places.Mail"]
    settings.ANCHOR_URL = f"http://127.0.0.1:{server.server_port}/anchors"
    settings.ANCHOR_MAIL = ["notary@example.org"]
    settings.ANCHOR_SECRET = "shared"
    _Notary.status, _Notary.seen = 200, []
    yield _Notary
    server.shutdown()
    thread.join(timeout=5)
    server.server_close()


def test_a_notary_and_a_mailbox_get_the_signed_statement(chain: None, now: dt.datetime, notary: type[_Notary]) -> None:
    anchoring.anchor(day=now.date(), at=now)

    [(signature, body)] = notary.seen
    assert signature == f"v1,{places.sign(f'anchors-{now.date()}.{int(now.timestamp())}.'.encode() + body)}"
    assert Anchor.objects.get(chain=CHAIN, place="http").receipt == "receipt 17"
    mail = Message.objects.get(address="notary@example.org")
    assert body.decode() in mail.body


def test_a_place_out_of_reach_is_asked_again_and_holds_up_no_other(
    chain: None, now: dt.datetime, notary: type[_Notary]
) -> None:
    notary.status = 503
    first = {anchor.place for anchor in anchoring.anchor(day=now.date(), at=now)}
    notary.status = 200

    second = {anchor.place for anchor in anchoring.anchor(day=now.date(), at=now)}

    assert (first, second) == ({"mail"}, {"http"})


def test_the_commands_anchor_and_verify_against_a_file_kept_elsewhere(
    chain: None, now: dt.datetime, tmp_path: Path, anchor_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("anchor_audit")
    kept = tmp_path / "kept.jsonl"
    kept.write_bytes((anchor_root / f"{CHAIN}.jsonl").read_bytes())
    (anchor_root / f"{CHAIN}.jsonl").unlink()
    call_command("verify_audit", "--anchors", str(kept))
    with transaction.atomic():
        tampering.truncate(random.Random(0))

    with pytest.raises(CommandError, match=r"faults? found"):
        call_command("verify_audit", "--chain", CHAIN, "--anchors", str(kept))

    assert "audit_auditevent, block 12 of audit.auditevent: block removed" in capsys.readouterr().err
