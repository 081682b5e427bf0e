"""What PostgreSQL itself holds of the books; the bodies stand in the migration ``posting_in_the_database``.

The lines of one statement balance entry by entry when the statement ends, and an entry has lines when its transaction
commits: there is no moment, inside a transaction or after it, at which a side is missing. After the commit the entry is
closed: a line that comes later, even a balanced pair, is refused.
"""

import pgtrigger
from django.db import models


class Held(pgtrigger.Trigger):  # type: ignore[misc] # pgtrigger ships no types
    """A trigger that calls the function ``ledger_<name>``, which nobody can ask to stand aside.

    The functions that pgtrigger makes obey a session variable (``pgtrigger.ignore``): whoever can write SQL could set it.
    """

    func = "RETURN NEW;"

    def render_execute(self, model: models.Model) -> str:
        return f"ledger_{self.name}()"
