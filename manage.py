#!/usr/bin/env python
"""Django's command line."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - after the environment is set
    from django.db.utils import OperationalError  # noqa: PLC0415 - likewise

    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) is not None:
            raise  # the database answered; what it refused is for the developer to read
        sys.exit(
            f"The database does not answer ({str(error).splitlines()[0]}). Start the engines with `make demo` or "
            "`python -m portal.embedded start`, or set DATABASE_URL."
        )


if __name__ == "__main__":
    main()
