"""What the loan officer does before and after the decision: accept, ask for a document, close by contract."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from institutions.models import Officer
from lending.applications import policies
from lending.applications.actions.notices import tell_firm
from lending.applications.models import Application, DocumentRequest
from lending.applications.states import MOVES, ApplicationState
from portal.audit import actions as audit
from portal.refusals import NotPermitted
from portal.transitions import move


@transaction.atomic
def accept(*, application: Application, officer: Officer, at: datetime) -> Application:
    """Take an application in hand; from now on the clock of the decision runs."""
    application = lock(application)
    if not policies.may_handle(officer, application):
        raise NotPermitted
    move(application, "accept", table=MOVES, by=officer.user, at=at, due_at=application.decide_due_at)
    record("application.accept", application, officer, at)
    tell_firm(application, gettext("%(bank)s已受理您的贷款申请") % {"bank": application.institution}, at=at)
    return application


@transaction.atomic
def ask(*, application: Application, officer: Officer, title: str, note: str = "", at: datetime) -> DocumentRequest:
    """Ask the firm for a document. The institution's clock stands still until everything asked for is there."""
    application = lock(application)
    if not policies.may_handle(officer, application):
        raise NotPermitted
    since = application.waiting_since if application.state == ApplicationState.WAITING else at
    move(application, "ask", table=MOVES, by=officer.user, at=at, due_at=None, waiting_since=since)
    document_request = DocumentRequest.objects.create(
        application=application, title=title, note=note, asked_at=at, asked_by=officer.user
    )
    record("application.ask", application, officer, at, title=title)
    subject = gettext("%(bank)s请您补充材料：%(title)s") % {"bank": application.institution, "title": title}
    tell_firm(application, subject, at=at)
    return document_request


@transaction.atomic
def contract(*, application: Application, officer: Officer, at: datetime) -> Application:
    """The loan contract is signed (called by ``loans.actions.sign``, which registers it)."""
    application = lock(application)
    move(application, "contract", table=MOVES, by=officer.user, at=at)
    record("application.contract", application, officer, at)
    return application


def lock(application: Application) -> Application:
    rows = Application.objects.select_for_update(of=("self",))
    return rows.select_related("enterprise", "institution", "product_version__product").get(pk=application.pk)


def record(verb: str, application: Application, officer: Officer, at: datetime, **facts: object) -> None:
    audit.record(
        verb,
        application,
        by=officer.user,
        at=at,
        enterprise_id=application.enterprise_id,
        institution_id=application.institution_id,
        facts=facts,
    )
