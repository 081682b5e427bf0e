"""The rights are tried as the serving role itself, not read from a table of rights."""

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from portal import embedded
from portal.management.commands.grant_roles import append_only_tables, grant
from portal.management.ownership import as_owner
from tests.engines import IS_EMBEDDED
from tests.factories import UserFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not IS_EMBEDDED, reason="the lesser role is made by the embedded engine"),
]


def is_refused(statement: str) -> bool:
    """Try it as the serving role, in a savepoint whose end gives the owner's role back."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL ROLE {embedded.APP}")
            cursor.execute(statement)
            cursor.execute("RESET ROLE")
    except ProgrammingError as error:
        return "permission denied" in str(error) or "must be owner" in str(error)
    return False


def test_the_serving_role_reads_and_writes_after_the_grant() -> None:
    UserFactory()
    before = is_refused("SELECT * FROM accounts_user")

    grant(embedded.APP)

    assert before
    assert not is_refused("SELECT * FROM accounts_user")
    assert not is_refused("UPDATE accounts_user SET full_name = '马兰'")
    assert not is_refused("DELETE FROM accounts_user WHERE id = -1")


def test_the_serving_role_may_not_change_or_delete_what_is_append_only() -> None:
    grant(embedded.APP)

    tables = append_only_tables()
    assert "audit_auditevent" in tables
    for table in tables:
        assert not is_refused(f'SELECT FROM "{table}"')
        assert is_refused(f'UPDATE "{table}" SET id = id')
        assert is_refused(f'DELETE FROM "{table}"')
        assert is_refused(f'TRUNCATE "{table}"')


def test_the_serving_role_may_not_change_the_schema_or_the_list_of_migrations() -> None:
    grant(embedded.APP)

    assert is_refused("CREATE TABLE mine ()")
    assert is_refused("DELETE FROM django_migrations")


def test_a_right_taken_back_is_taken_back_on_every_partition() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_sealedblock RENAME TO audit_sealedblock_old")
        cursor.execute("CREATE TABLE audit_sealedblock (id int, chain text) PARTITION BY LIST (chain)")
        cursor.execute("CREATE TABLE sealed_access PARTITION OF audit_sealedblock FOR VALUES IN ('access')")

    grant(embedded.APP)

    assert "sealed_access" in append_only_tables()
    assert is_refused("UPDATE sealed_access SET id = 1")


def test_the_command_has_nothing_to_grant_where_one_role_owns_and_serves(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("grant_roles")

    assert "nothing to grant" in capsys.readouterr().out


def test_as_owner_is_the_same_connection_where_the_site_connects_as_the_owner() -> None:
    before = dict(connection.settings_dict)

    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == (embedded.OWNER,)

    assert connection.settings_dict == before
