"""A small province loaded twice from one seed is the same province; what it holds is what the demonstration promises."""

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from enterprises.models import Enterprise
from lending.applications.models import Application
from lending.loans.models import Loan, Repayment
from lending.province import load
from lending.province.load import Loader
from portal.accounts.models import StaffPost, User
from portal.accounts.roles import StaffRole

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 20)


def load_small(enterprises: int = 60) -> None:
    Loader(enterprises=enterprises, seed=5, today=TODAY, password="x" * 12, say=lambda _text: None).run()


def fingerprint() -> str:
    """What must not differ between two databases: everything but keys, digests and files' names."""
    rows: list[Any] = [
        list(Enterprise.objects.order_by("uscc").values_list("uscc", "name", "size_class", "bound_at", "domicile")),
        list(User.objects.order_by("username").values_list("username", "full_name", "phone")),
        list(
            Application.objects.order_by("submitted_at", "submission_key").values_list("amount", "state", "decided_at")
        ),
        list(Loan.objects.order_by("contract_number").values_list("contract_number", "drawn_on", "principal_balance")),
        list(Repayment.objects.order_by("loan__contract_number", "reference").values_list("reference", "amount")),
    ]
    return hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"


def test_two_loads_from_one_seed_are_the_same_province() -> None:
    empty = transaction.savepoint()
    load_small()
    first = fingerprint()
    transaction.savepoint_rollback(empty)

    load_small()

    assert fingerprint() == first
    assert {post.role for post in StaffPost.objects.filter(region_code="640000")} == set(StaffRole.values)
    assert Loan.objects.filter(state="drawn").exists()
    assert {row.username for row in load.kept_logins()} <= set(User.objects.values_list("username", flat=True))


def test_loading_again_is_quiet_and_loading_over_other_data_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    User.objects.create(username="somebody")

    with pytest.raises(CommandError, match="demo-reset"):
        call_command("load_province")


def test_the_password_is_made_once_and_kept_from_others() -> None:
    password = load.demo_password()

    assert load.demo_password() == password
    assert (load.folder() / "password").stat().st_mode & 0o777 == 0o600
