"""Consent: what a firm lets an institution see; its bounds; what is owed when it ends; the record of every look."""

from enterprises.consent.models.authorizations import (
    Authorization,
    AuthorizedItem,
    FetchKind,
    FrequencyUnit,
    LifeUnit,
    Mode,
    Proof,
    Purpose,
)
from enterprises.consent.models.duties import DeletionDuty
from enterprises.consent.models.fair_use import FairUse
from enterprises.consent.models.looks import AccessRecord, DisputedRecord

__all__ = [
    "AccessRecord",
    "Authorization",
    "AuthorizedItem",
    "DeletionDuty",
    "DisputedRecord",
    "FairUse",
    "FetchKind",
    "FrequencyUnit",
    "LifeUnit",
    "Mode",
    "Proof",
    "Purpose",
]
