"""What a verification says of a document, and nothing about whom it concerns."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils.module_loading import import_string

from portal.documents.models import IssuedDocument


@dataclass(frozen=True)
class Standing:
    """A genuine document and whether it still holds on a day."""

    document: IssuedDocument
    day: date

    @property
    def state(self) -> str:
        if self.document.revoked_at is not None:
            return "revoked"
        if self.document.valid_until is not None and self.document.valid_until < self.day:
            return "expired"
        return "valid"


def signature_of(document: IssuedDocument) -> object | None:
    """What the room behind a kind of document says of its signature: scheme, digest, whether it holds; None where none is signed."""
    judge = settings.DOCUMENT_SIGNATURES.get(document.kind)
    return import_string(judge)(document.subject_id) if judge else None


def standing(number: str, *, day: date) -> Standing | None:
    """The standing of the document with this number; None where the station has issued none."""
    document = IssuedDocument.objects.filter(number=number).first() if number.isprintable() else None
    return Standing(document, day) if document else None
