"""The one door to a firm's credit file.

Whoever looks — page, PDF, export, task, model — comes through here: the consent is checked at the moment of reading, under a
lock that a revocation also takes; what may be seen is compiled; the look is recorded in the same transaction. Data leaves only
after that transaction has committed: no record, no data. A refused look is recorded in a transaction of its own.
"""

from enterprises.consent.files import CreditFile
from enterprises.consent.gate.facts import (
    AGE_FACTS,
    REGISTRY_FACTS,
    Consent,
    check_live,
    consented_facts,
    consents_of,
    live_authorization,
    matching_facts,
    matching_facts_many,
    model_facts,
)
from enterprises.consent.gate.reading import (
    open_file,
    own_file,
    own_grades,
    own_looks,
    own_record,
    own_requests,
    staff_file,
)
from enterprises.consent.gate.refusals import (
    BY_STATE,
    AccessRefused,
    AuthorizationNotFound,
    AuthorizationNotLive,
    Declined,
    Expired,
    NotCovered,
    NotStarted,
    NotYetGranted,
    OfficerMayNotLook,
    OverFrequency,
    Paused,
    ReasonMissing,
    Revoked,
    StaffMayNotLook,
    UnknownFact,
    UsedUp,
    WrongInstitution,
)

__all__ = [
    "AGE_FACTS",
    "BY_STATE",
    "REGISTRY_FACTS",
    "AccessRefused",
    "AuthorizationNotFound",
    "AuthorizationNotLive",
    "Consent",
    "CreditFile",
    "Declined",
    "Expired",
    "NotCovered",
    "NotStarted",
    "NotYetGranted",
    "OfficerMayNotLook",
    "OverFrequency",
    "Paused",
    "ReasonMissing",
    "Revoked",
    "StaffMayNotLook",
    "UnknownFact",
    "UsedUp",
    "WrongInstitution",
    "check_live",
    "consented_facts",
    "consents_of",
    "live_authorization",
    "matching_facts",
    "matching_facts_many",
    "model_facts",
    "open_file",
    "own_file",
    "own_grades",
    "own_looks",
    "own_record",
    "own_requests",
    "staff_file",
]
