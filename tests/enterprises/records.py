"""Credit records laid down directly, where a test is about who may see them and not about how they arrive."""

import datetime as dt
import json
from typing import Any

from django.db import connection

from enterprises.credit.models import Source
from enterprises.models import Enterprise
from tests.factories import NOW


def keep(
    enterprise: Enterprise,
    item_code: str,
    *,
    occurred_on: dt.date | None = dt.date(2026, 6, 1),
    received_at: dt.datetime = NOW - dt.timedelta(days=1),
    **payload: Any,
) -> int:
    """Put one record of ``item_code`` in force and return its id."""
    text = json.dumps({"uscc": enterprise.uscc, **payload}, ensure_ascii=False)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO credit_record (item_code, enterprise_id, item_version, source_id, natural_key, payload,
                                       payload_digest, occurred_on, received_at)
            VALUES (%s, %s, 1, %s, %s, %s, md5(%s), %s, %s) RETURNING id
            """,
            [item_code, enterprise.pk, _source(), text, text, text, occurred_on, received_at],
        )
        return int(cursor.fetchone()[0])


def _source() -> int:
    pk: int = Source.objects.order_by("pk").values_list("pk", flat=True)[0]
    return pk
