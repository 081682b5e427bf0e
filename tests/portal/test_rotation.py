"""Sealed columns in the table, and keys that change while people work."""

import base64
import os
import subprocess
import sys
import threading
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from portal import embedded, keyring, rotation
from portal.accounts.models import User
from tests import engines
from tests.factories import UserFactory

OLD, NEW, INDEX = (base64.b64encode(letter * 32).decode() for letter in (b"o", b"n", b"i"))


@pytest.fixture(autouse=True)
def _old_key(settings: Any) -> None:
    settings.SEALING_KEYS, settings.SEALING_INDEX_KEY = f"a:{OLD}", INDEX


def turn(settings: Any) -> None:
    settings.SEALING_KEYS = f"b:{NEW},a:{OLD}"


def stored(user: User) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM accounts_user WHERE id = %s", [user.pk])
        return str(cursor.fetchone()[0])


@pytest.mark.django_db
def test_a_phone_number_is_sealed_in_the_table_and_plain_in_python() -> None:
    user = UserFactory(phone="+8613812345678")

    user.refresh_from_db()
    assert user.phone == "+8613812345678"
    assert stored(user).startswith("s4.a.")
    assert "138" not in stored(user)


@pytest.mark.django_db
def test_a_person_is_found_by_the_number_whatever_key_sealed_it(settings: Any) -> None:
    user, other = UserFactory(phone="+8613812345678"), UserFactory(phone="+8613812345679")
    turn(settings)

    assert User.objects.get(phone="+8613812345678") == user
    assert set(User.objects.filter(phone__in=["+8613812345678", "+8613812345679"])) == {user, other}
    assert not User.objects.filter(phone="+8613812345670").exists()
    with pytest.raises(TypeError, match="equality only"):
        User.objects.filter(phone__startswith="+86").first()


@pytest.mark.django_db
def test_two_people_cannot_have_one_number_even_under_two_keys(settings: Any) -> None:
    UserFactory(phone="+8613812345678")
    turn(settings)

    with pytest.raises(IntegrityError, match="one_person_per_phone_number"), transaction.atomic():
        UserFactory(phone="+8613812345678")


@pytest.mark.django_db
def test_what_only_looks_sealed_is_a_value_like_any_other() -> None:
    forged = f"s4.a.{'A' * 22}.{'A' * 60}"
    user = UserFactory(phone=forged)

    user.refresh_from_db()
    assert user.phone == forged


@pytest.mark.django_db
def test_the_secret_of_a_second_factor_is_sealed_and_turns_with_the_rest(settings: Any) -> None:
    TOTP.activate(UserFactory(), "JBSWY3DPEHPK3PXP")
    turn(settings)
    call_command("rotate_keys", verbosity=0)

    row = Authenticator.objects.get()
    assert row.data["secret"].startswith("s4.b.")
    assert keyring.sealer().open(row.data["secret"], "mfa_authenticator.data") == "JBSWY3DPEHPK3PXP"


@pytest.mark.django_db
def test_a_value_not_sealed_yet_is_read_and_sealed_by_the_next_turn(settings: Any) -> None:
    user = UserFactory(phone=None)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET phone = '+8613812345678' WHERE id = %s", [user.pk])
    assert User.objects.get(pk=user.pk).phone == "+8613812345678"

    rotation.rotate()

    assert stored(user).startswith("s4.a.")


@pytest.mark.django_db
def test_a_key_in_use_cannot_be_struck(settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    UserFactory(phone="+8613812345678")
    turn(settings)

    with pytest.raises(CommandError, match="still in use: a"):
        call_command("rotate_keys", "--check")
    call_command("rotate_keys")
    call_command("rotate_keys", "--check", "a")

    assert "b: 1 values (current)" in capsys.readouterr().out
    assert rotation.uses() == {"b": 1}


@pytest.mark.django_db(transaction=True)
def test_a_turn_killed_in_the_middle_goes_on_while_people_read_and_write(settings: Any) -> None:
    User.objects.bulk_create(User(username=f"u{n}", phone=f"+86138{n:08d}", password="!") for n in range(12_000))
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DATABASE_URL": engines.address(str(connection.settings_dict["NAME"])),
        "SEALING_KEYS": f"b:{NEW},a:{OLD}",
        "SEALING_INDEX_KEY": INDEX,
        "PYTHONUNBUFFERED": "1",
    }
    command = [sys.executable, "manage.py", "rotate_keys"]
    turn(settings)
    faults: list[Exception] = []
    is_over = threading.Event()

    def work() -> None:
        """Somebody registers, somebody changes the number, everybody is read."""
        count = 0
        while not is_over.is_set() and count < 2_000:
            count += 1
            try:
                user = User.objects.create(username=f"w{count}", phone=f"+86139{count:08d}", password="!")
                user.phone = f"+86137{count:08d}"
                user.save(update_fields=["phone"])
                one = User.objects.get(phone=f"+86138{count * 5 % 12_000:08d}")
                assert one.username == f"u{count * 5 % 12_000}"
            except Exception as fault:
                faults.append(fault)
                break
        connection.close()

    with subprocess.Popen(command, cwd=embedded.ROOT, env=environment, stdout=subprocess.PIPE, text=True) as first:
        worker = threading.Thread(target=work)
        worker.start()
        assert first.stdout is not None
        assert "rows" in first.stdout.readline()
        first.kill()
    half = rotation.uses()
    second = subprocess.run(
        command, cwd=embedded.ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    is_over.set()
    worker.join(timeout=30)
    rotation.rotate()

    assert (half["a"] > 0, half["b"] > 0) == (True, True)
    assert second.returncode == 0, second.stderr
    assert faults == []
    assert set(rotation.uses()) == {"b"}
    settings.SEALING_KEYS = f"b:{NEW}"
    assert [u.phone for u in User.objects.filter(username__in=["u0", "u11999"]).order_by("username")] == [
        "+8613800000000",
        "+8613800011999",
    ]
