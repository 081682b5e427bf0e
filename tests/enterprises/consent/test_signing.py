import base64
import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import gmalg
import pytest
from django.test import Client
from django.urls import reverse

from enterprises.consent import actions, signing
from enterprises.consent.signing.schemes import key_id
from tests.factories import AuthorizationFactory, MemberFactory

DIGEST = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"

#: GB/T 32918.2-2016, annex A of part 5 on the recommended curve: key, public key, random number, message and signature.
KEY = "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8"
PUBLIC = (
    "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
RANDOM = "59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21"
FIRST = "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
SECOND = "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"


def test_sm3_gives_the_digest_of_the_standards_example() -> None:
    """GB/T 32905-2016, example 1."""
    assert signing.sm3("abc") == DIGEST


def test_sm2_gives_the_signature_of_the_standards_example() -> None:
    signer = gmalg.SM2(
        sk=bytes.fromhex(KEY),
        uid=b"1234567812345678",
        pk=bytes.fromhex(PUBLIC),
        rnd_fn=lambda _bits: int(RANDOM, 16),
    )

    first, second = signer.sign(b"message digest")

    assert (first.hex().upper(), second.hex().upper()) == (FIRST, SECOND)


def test_a_signature_is_of_its_digest_its_key_and_nothing_else(tmp_path: Path) -> None:
    ours, theirs = signing.Sm2Signer(path=tmp_path / "a.key"), signing.Sm2Signer(path=tmp_path / "b.key")

    signed = ours.sign(DIGEST)

    assert ours.verify(DIGEST, signed.value, signed.scheme)
    assert not ours.verify("0" * 64, signed.value, signed.scheme)
    assert not ours.verify(DIGEST, "not base64", signed.scheme)
    assert not ours.verify(DIGEST, base64.b64encode(b"0" * 70).decode(), signed.scheme)
    assert not ours.verify(DIGEST, signed.value, "software-sm2-sm3:0000000000000000")
    assert not theirs.verify(DIGEST, signed.value, signed.scheme)


def test_openssl_verifies_what_we_sign_and_we_what_openssl_signs(tmp_path: Path) -> None:
    signer = signing.Sm2Signer(path=tmp_path / "sm2.key")
    signed = signer.sign(DIGEST)
    (tmp_path / "public.pem").write_text(signer.public_pem())
    (tmp_path / "signature").write_bytes(base64.b64decode(signed.value))
    (tmp_path / "digest").write_text(DIGEST)
    asked = ["openssl", "pkeyutl", "-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678", "-in", "digest"]

    verified = subprocess.run(
        [*asked, "-verify", "-pubin", "-inkey", "public.pem", "-sigfile", "signature"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "Signature Verified Successfully" in verified.stdout + verified.stderr


def test_openssls_signature_holds_here(tmp_path: Path) -> None:
    def openssl(*words: str) -> bytes:
        done = subprocess.run(["openssl", *words], cwd=tmp_path, capture_output=True, check=True)
        return done.stdout

    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-out", "key.pem")
    public = openssl("pkey", "-in", "key.pem", "-pubout", "-outform", "DER")[-65:]
    (tmp_path / "digest").write_text(DIGEST)
    options = ("-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678", "-in", "digest", "-out", "signature")
    openssl("pkeyutl", "-sign", "-inkey", "key.pem", *options)
    value = base64.b64encode((tmp_path / "signature").read_bytes()).decode()

    signer = signing.Sm2Signer(path=tmp_path / "own.key", retired=(public.hex(),))

    assert signer.verify(DIGEST, value, f"software-sm2-sm3:{key_id(public)}")


def test_of_two_makers_one_key_remains(tmp_path: Path) -> None:
    first, second = (signing.Sm2Signer(path=tmp_path / "keys" / "sm2.key") for _ in range(2))

    signed = first.sign(DIGEST)

    assert second.verify(DIGEST, signed.value, signed.scheme)
    assert oct((tmp_path / "keys" / "sm2.key").stat().st_mode)[-3:] == "600"


def test_what_the_older_key_signed_still_holds(tmp_path: Path) -> None:
    signer = signing.Ed25519Signer(path=tmp_path / "old.pem")
    signed = signer.sign(DIGEST)

    assert signer.verify(DIGEST, signed.value, signed.scheme)
    assert not signer.verify("0" * 64, signed.value, signed.scheme)


def test_a_scheme_nobody_knows_holds_nothing() -> None:
    assert not signing.holds("quantum", DIGEST, "x")
    assert not signing.holds("", DIGEST, "x")


# --- An authority outside -------------------------------------------------------------------------------------------------


class Authority(BaseHTTPRequestHandler):
    """A certification authority that signs by writing the digest backwards."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answers: dict[str, dict[str, Any]] = {
            "/sign": {"signature": asked["digest"][::-1], "certificate": "CA-2026-0001"},
            "/verify": {"valid": asked.get("signature") == asked["digest"][::-1]},
            "/empty/sign": {"signature": ""},
        }
        known = self.headers["Authorization"] == "Bearer secret" and self.path in answers
        self.send_response(200 if known else 403)
        self.end_headers()
        self.wfile.write(json.dumps(answers[self.path]).encode() if known else b"no")

    def log_message(self, *_words: Any) -> None:
        """Quiet."""


@pytest.fixture
def authority() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Authority)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_authority_signs_and_verifies(authority: str) -> None:
    signer = signing.CaSigner(url=authority, token="secret")

    signed = signer.sign(DIGEST)

    assert signed == signing.Signed("ca-sm2-sm3:CA-2026-0001", DIGEST[::-1])
    assert signer.verify(DIGEST, signed.value, signed.scheme)
    assert not signer.verify(DIGEST, "else", signed.scheme)


@pytest.mark.parametrize(("path", "token"), [("", "wrong"), ("/empty", "secret"), ("/nowhere", "secret")])
def test_an_authority_that_does_not_answer_soundly_signs_nothing(path: str, token: str, authority: str) -> None:
    with pytest.raises(signing.SigningUnavailable):
        signing.CaSigner(url=authority + path, token=token).sign(DIGEST)


def test_an_authority_out_of_reach_signs_nothing() -> None:
    with pytest.raises(signing.SigningUnavailable):
        signing.CaSigner(url="http://127.0.0.1:9", token="x").sign(DIGEST)
    with pytest.raises(signing.SigningUnavailable):
        signing.CaSigner().sign(DIGEST)


@pytest.mark.django_db
@pytest.mark.usefixtures("catalogue")
def test_a_signature_nobody_can_check_just_now_is_neither_good_nor_bad() -> None:
    authorization = AuthorizationFactory()
    terms = signing.digest(
        authorization,
        signer_id=authorization.granted_by_id or 0,
        role=authorization.signer_role,
        at=authorization.granted_at or authorization.starts_at,
    )
    authorization.digest, authorization.signature_scheme = terms, "ca-sm2-sm3:CA-1"

    assert signing.is_genuine(authorization) is None


# --- The verification page ------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.usefixtures("catalogue")
def test_the_verification_page_names_the_scheme_and_whether_it_holds(
    client: Client, settings: Any, tmp_path: Path, now: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    member = MemberFactory()
    authorization = actions.agree(
        authorization=AuthorizationFactory(member=member, state="requested"), member=member, proof="totp", at=now
    )
    letter = actions.letter(authorization=authorization, by=member.user, at=now)

    shown = client.get(reverse("public_verify", args=[letter.number])).content.decode()

    assert "条款与签名一致" in shown
    assert "平台软件密钥，演示用" in shown
    assert authorization.digest in shown
    assert member.enterprise.name not in shown
