"""The credit report as a sheet of paper: made only of a file that the gate has given out."""

from datetime import datetime

from django.utils.translation import gettext as _

from enterprises.consent.files import CreditFile
from enterprises.models import Enterprise
from portal.accounts.models import User
from portal.documents import actions as documents
from portal.documents import pdf
from portal.documents.models import DocumentKind, IssuedDocument

TEMPLATE = "enterprises/consent/report.html"


def issue(*, file: CreditFile, enterprise: Enterprise, by: User, at: datetime) -> IssuedDocument:
    """The firm's own report: registered, with a number anybody can verify."""
    return documents.issue(
        kind=DocumentKind.CREDIT_REPORT,
        title=_("企业信用报告"),
        template=TEMPLATE,
        template_version="2026-1",
        context={"file": file},
        subject=enterprise,
        enterprise_id=enterprise.pk,
        by=by,
        at=at,
    )


def render(*, file: CreditFile) -> bytes:
    """For an institution: printed from this very look and kept nowhere, so that no copy outlives the consent here."""
    return pdf.render_pdf(TEMPLATE, {"file": file})
