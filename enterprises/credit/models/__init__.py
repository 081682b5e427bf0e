"""The credit data centre: catalogue, deliveries, records, features."""

from enterprises.credit.models.batches import Batch, Reject, StagedRow
from enterprises.credit.models.catalogue import Department, Item, ItemVersion, Sensitivity, Source
from enterprises.credit.models.features import FeatureRow
from enterprises.credit.models.records import CreditRecord

__all__ = [
    "Batch",
    "CreditRecord",
    "Department",
    "FeatureRow",
    "Item",
    "ItemVersion",
    "Reject",
    "Sensitivity",
    "Source",
    "StagedRow",
]
