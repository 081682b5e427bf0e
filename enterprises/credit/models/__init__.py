"""The credit data centre: catalogue, deliveries, records, features."""

from enterprises.credit.models.batches import Batch, Reject, StagedRow
from enterprises.credit.models.catalogue import Contact, Department, Item, ItemVersion, Sensitivity, Source, SourceLevel
from enterprises.credit.models.conflicts import Conflict, Settlement
from enterprises.credit.models.features import FeatureRow
from enterprises.credit.models.records import CreditRecord

__all__ = [
    "Batch",
    "Conflict",
    "Contact",
    "CreditRecord",
    "Department",
    "FeatureRow",
    "Item",
    "ItemVersion",
    "Reject",
    "Sensitivity",
    "Settlement",
    "Source",
    "SourceLevel",
    "StagedRow",
]
