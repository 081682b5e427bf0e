"""Sealed values: what opens, what does not, and what equal values share."""

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from portal import ciphers, keyring
from portal.ciphers import DoesNotOpen, Sealer

OLD, NEW, INDEX = b"o" * 32, b"n" * 32, b"i" * 32
BEFORE = Sealer({"a": OLD}, INDEX)
BOTH = Sealer({"b": NEW, "a": OLD}, INDEX)
AFTER = Sealer({"b": NEW}, INDEX)


@given(st.text(max_size=80), st.sampled_from([ciphers.SM4_GCM, ciphers.AES_GCM]))
def test_what_is_sealed_opens_again(value: str, cipher: str) -> None:
    sealer = Sealer({"a": OLD}, INDEX, cipher)

    sealed = sealer.seal(value, "t.c")

    assert ciphers.is_sealed(sealed)
    assert sealed.startswith(f"{cipher}.a.")
    assert sealer.open(sealed, "t.c") == value


def test_an_older_key_opens_and_the_current_one_seals() -> None:
    sealed = BEFORE.seal("13812345678", "t.c")

    assert BOTH.open(sealed, "t.c") == "13812345678"
    assert ciphers.key_of(BOTH.seal("13812345678", "t.c")) == "b"
    with pytest.raises(DoesNotOpen):
        AFTER.open(sealed, "t.c")


def test_equal_values_share_the_index_under_any_key_and_within_a_purpose_only() -> None:
    first, second = BEFORE.seal("1", "t.c"), BOTH.seal("1", "t.c")

    assert first.split(".")[2] == second.split(".")[2] == AFTER.index("1", "t.c")
    assert first != second
    assert BEFORE.index("1", "t.other") != BEFORE.index("1", "t.c")
    assert BEFORE.index("2", "t.c") != BEFORE.index("1", "t.c")


@pytest.mark.parametrize("place", range(0, 80, 7))
def test_one_letter_changed_does_not_open(place: int) -> None:
    sealed = BEFORE.seal("640104199001011234", "t.c")
    at = place % len(sealed)
    forged = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]

    with pytest.raises(DoesNotOpen):
        BEFORE.open(forged, "t.c")


def test_a_value_moved_to_another_column_does_not_open() -> None:
    with pytest.raises(DoesNotOpen, match="elsewhere"):
        BEFORE.open(BEFORE.seal("1", "t.c"), "t.d")


def test_the_value_is_nowhere_in_the_sealed_text() -> None:
    sealed = BEFORE.seal("13812345678", "t.c")

    body = base64.urlsafe_b64decode(sealed.split(".")[3] + "==")
    assert b"13812345678" not in body


@pytest.mark.parametrize(("keys", "index"), [({}, INDEX), ({"a": b"short"}, INDEX), ({"a": OLD}, b"short")])
def test_a_ring_without_sound_keys_is_refused(keys: dict[str, bytes], index: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Sealer(keys, index)


# --- The ring -----------------------------------------------------------------------------------------------------------


def text(key: bytes) -> str:
    return base64.b64encode(key).decode()


def test_the_ring_is_read_from_the_settings(settings: Any) -> None:
    settings.SEALING_KEYS, settings.SEALING_INDEX_KEY = f"b:{text(NEW)}, a:{text(OLD)}", text(INDEX)

    assert keyring.sealer().open(BEFORE.seal("1", "t.c"), "t.c") == "1"
    assert keyring.sealer().current == "b"


def test_nothing_is_served_without_keys_outside_demo_and_tests(settings: Any) -> None:
    settings.SEALING_KEYS, settings.TESTING, settings.DEMO = "", False, False
    keyring._sealer.cache_clear()

    with pytest.raises(ImproperlyConfigured, match="SEALING_KEYS"):
        keyring.require()


@pytest.mark.parametrize("listed", ["a", "a:", "a:c2hvcnQ=", "A B:x", "a:not base64"])
def test_a_malformed_ring_is_refused(listed: str, settings: Any) -> None:
    settings.SEALING_KEYS, settings.SEALING_INDEX_KEY = listed, text(INDEX)

    with pytest.raises(ImproperlyConfigured):
        keyring.sealer()


class _Service(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        import json

        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        is_known = asked["key"] == "a" and self.headers["authorization"] == "Bearer token"
        self.send_response(200 if is_known else 403)
        self.end_headers()
        unwrapped = bytes(byte ^ 0x55 for byte in base64.b64decode(asked["wrapped"]))
        self.wfile.write(json.dumps({"key": text(unwrapped)}).encode() if is_known else b"{}")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def kms(settings: Any) -> Iterator[None]:
    server = HTTPServer(("127.0.0.1", 0), _Service)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.SEALING_KMS_URL = f"http://127.0.0.1:{server.server_port}/unwrap"
    settings.SEALING_KMS_TOKEN, settings.SEALING_INDEX_KEY = "token", text(INDEX)
    yield
    server.shutdown()
    thread.join(timeout=5)
    server.server_close()


def test_a_wrapped_key_is_unwrapped_by_the_service(kms: None, settings: Any) -> None:
    settings.SEALING_KEYS = f"a:kms:{text(bytes(byte ^ 0x55 for byte in OLD))}"

    assert keyring.sealer().open(BEFORE.seal("1", "t.c"), "t.c") == "1"


def test_a_key_the_service_does_not_know_is_refused(kms: None, settings: Any) -> None:
    settings.SEALING_KEYS = f"other:kms:{text(OLD)}"

    with pytest.raises(ImproperlyConfigured, match="did not unwrap other"):
        keyring.sealer()
