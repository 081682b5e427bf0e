"""Who may do what in the database: the owner owns, the serving role reads and writes, and history is only ever appended to."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import connection, transaction
from psycopg import sql

from portal.management.ownership import as_owner, serving_role


class Command(BaseCommand):
    help = "Give the serving role its rights on every table; on append-only tables it may neither change nor delete."
    requires_migrations_checks = False

    def handle(self, *args: Any, **options: Any) -> None:
        role = serving_role()
        with as_owner():
            if role == connection.settings_dict["USER"]:
                self.stdout.write("One role owns and serves: there is nothing to grant.")
                return
            closed = grant(role)
        if options["verbosity"] > 0:
            self.stdout.write(
                f"{role} may read and write; {len(closed)} append-only tables refuse it change and deletion."
            )


@transaction.atomic
def grant(role: str) -> list[str]:
    """Give ``role`` its rights with the present connection; return the append-only tables, partitions included."""
    closed = append_only_tables()
    to, tables = sql.Identifier(role), sql.SQL(", ").join(map(sql.Identifier, closed))
    statements = [
        sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(to),
        sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(to),
        sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(to),
        sql.SQL("REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {}").format(to),
    ]
    if closed:
        statements.append(sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(tables, to))
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    return closed


def append_only_tables() -> list[str]:
    """Every table whose model says so, and their partitions; tables that are not there yet are passed over."""
    named = [model._meta.db_table for model in apps.get_models() if getattr(model, "append_only", False)]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE tree AS (
                SELECT oid FROM pg_class WHERE relname = ANY(%s) AND relnamespace = 'public'::regnamespace
                UNION
                SELECT inhrelid FROM pg_inherits JOIN tree ON inhparent = tree.oid
            )
            SELECT relname FROM tree JOIN pg_class USING (oid) WHERE relkind IN ('r', 'p') ORDER BY relname
            """,
            [named],
        )
        return [name for (name,) in cursor.fetchall()]
