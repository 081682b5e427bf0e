"""What is done to the credit data: deliver, advance, retract, withdraw, refresh, keep the catalogue."""

from enterprises.credit.actions.catalogue import load_catalogue
from enterprises.credit.actions.deliveries import (
    AlreadyDelivered,
    NotRetractable,
    advance,
    note_download,
    receive,
    retract,
)
from enterprises.credit.actions.facts import NoSuchRecord, refresh_features, withdraw_record

__all__ = [
    "AlreadyDelivered",
    "NoSuchRecord",
    "NotRetractable",
    "advance",
    "load_catalogue",
    "note_download",
    "receive",
    "refresh_features",
    "retract",
    "withdraw_record",
]
