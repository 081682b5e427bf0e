"""The one way to leave an audit event."""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models

from portal.audit.models import AuditEvent

if TYPE_CHECKING:
    from portal.accounts.models import User


@dataclass(frozen=True)
class Origin:
    """Where the current request came from; set by the middleware, empty in tasks and commands."""

    request_id: str = ""
    ip: str | None = None


origin: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039 - frozen

#: What an event may say of a subject's facts: plain values that JSON holds without loss.
Fact = str | int | bool | None


def record(
    verb: str,
    subject: models.Model,
    *,
    by: "User | None",
    at: datetime,
    enterprise_id: int | None = None,
    institution_id: int | None = None,
    facts: Mapping[str, object] | None = None,
) -> AuditEvent:
    """Append one event in the caller's transaction. ``by`` is None where the station itself acts.

    ``facts`` are written as text where they are not plain JSON values (amounts, dates); they hold no credit data.
    """
    source = origin.get()
    return AuditEvent.objects.create(
        at=at,
        verb=verb,
        actor_id=by.pk if by else None,
        actor_name=str(by)[:60] if by else "",
        subject_kind=subject._meta.label_lower,
        subject_id=str(subject.pk),
        subject_label=str(subject)[:200],
        enterprise_id=enterprise_id,
        institution_id=institution_id,
        facts={key: _plain(value) for key, value in (facts or {}).items()},
        request_id=source.request_id,
        ip=source.ip,
    )


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return str(value)
