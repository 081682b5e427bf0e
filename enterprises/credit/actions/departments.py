"""Who answers for the items: departments are renamed, and contacts are added and ended."""

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from enterprises.credit.actions.catalogue import announce
from enterprises.credit.models import Contact, Department
from portal.accounts.models import User
from portal.audit import actions as audit
from portal.refusals import Conflict, Refusal


class NameUnchanged(Refusal):
    code = "department_name_unchanged"
    message = _("新名称与现名称相同，请填写新的名称。")


class RenamedTooEarly(Refusal):
    code = "department_renamed_too_early"
    message = _("启用日期应晚于上一次更名的日期，且不晚于今天。")


class ContactKnown(Conflict):
    code = "contact_known"
    message = _("该单位已登记这个邮箱。")


@transaction.atomic
def rename_department(*, department: Department, name: str, since: date, by: User, at: datetime) -> Department:
    """Give a department its new name from ``since`` on; the name before is kept with its last day."""
    department = Department.objects.select_for_update(of=("self",)).get(pk=department.pk)
    if name == department.name:
        raise NameUnchanged
    last_day = since - timedelta(days=1)
    ended = [row["until"] for row in department.former_names if row["until"]]
    if since > timezone.localdate(at) or (ended and last_day.isoformat() <= max(ended)):
        raise RenamedTooEarly
    department.former_names = [*department.former_names, {"name": department.name, "until": last_day.isoformat()}]
    department.name = name
    department.save(update_fields=["name", "former_names"])
    audit.record("department.rename", department, by=by, at=at, facts={"since": since})
    announce(at=at)
    return department


@transaction.atomic
def add_contact(*, department: Department, name: str, address: str, by: User, at: datetime) -> Contact:
    """Name somebody whom the station writes to."""
    try:
        with transaction.atomic():
            contact = Contact.objects.create(
                department=department, name=name, address=address.lower(), added_at=at, added_by=by
            )
    except IntegrityError as fault:
        raise ContactKnown from fault
    audit.record("contact.add", department, by=by, at=at, facts={"contact": contact.pk})
    return contact


@transaction.atomic
def end_contact(*, contact: Contact, by: User, at: datetime) -> Contact:
    """Write to somebody no more; ending twice changes nothing."""
    contact = Contact.objects.select_for_update(of=("self",)).select_related("department").get(pk=contact.pk)
    if contact.ended_at is None:
        contact.ended_at, contact.ended_by = at, by
        contact.save(update_fields=["ended_at", "ended_by"])
        audit.record("contact.end", contact.department, by=by, at=at, facts={"contact": contact.pk})
    return contact
