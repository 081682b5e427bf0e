"""What is done to the credit data: deliver, advance, retract, withdraw, refresh, keep the catalogue."""

from enterprises.credit.actions.catalogue import load_catalogue
from enterprises.credit.actions.conflicts import (
    ConflictGone,
    DeclaredNeverWins,
    NotAClaimant,
    ReasonTooShort,
    settle_conflict,
)
from enterprises.credit.actions.deliveries import (
    AlreadyDelivered,
    NotRetractable,
    advance,
    note_download,
    receive,
    retract,
)
from enterprises.credit.actions.departments import (
    ContactKnown,
    NameUnchanged,
    RenamedTooEarly,
    add_contact,
    end_contact,
    rename_department,
)
from enterprises.credit.actions.facts import NoSuchRecord, refresh_features, withdraw_record
from enterprises.credit.actions.items import (
    CodeTaken,
    ItemFacts,
    SchemaUnsound,
    Shape,
    TooEarly,
    add_item,
    change_item,
    check_shape,
    revise_item,
)

__all__ = [
    "AlreadyDelivered",
    "CodeTaken",
    "ConflictGone",
    "ContactKnown",
    "DeclaredNeverWins",
    "ItemFacts",
    "NameUnchanged",
    "NoSuchRecord",
    "NotAClaimant",
    "NotRetractable",
    "ReasonTooShort",
    "RenamedTooEarly",
    "SchemaUnsound",
    "Shape",
    "TooEarly",
    "add_contact",
    "add_item",
    "advance",
    "change_item",
    "check_shape",
    "end_contact",
    "load_catalogue",
    "note_download",
    "receive",
    "refresh_features",
    "rename_department",
    "retract",
    "revise_item",
    "settle_conflict",
    "withdraw_record",
]
