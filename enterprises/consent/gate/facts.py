"""Questions about a consent, and facts that are used inside: for criteria, verification questions and models."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from enterprises.consent import queries, rules
from enterprises.consent.gate.looks import count_use, leave_record, lock, modes_of, reason_to_refuse
from enterprises.consent.gate.refusals import (
    AccessRefused,
    AuthorizationNotFound,
    AuthorizationNotLive,
    NotCovered,
    UnknownFact,
)
from enterprises.consent.models import Authorization, Mode
from enterprises.consent.states import AuthorizationState
from enterprises.credit import queries as credit
from enterprises.credit.models import FeatureRow
from enterprises.evaluation import queries as evaluation
from enterprises.evaluation.models import Grade, GradeKind
from enterprises.models import Enterprise
from institutions.models import Officer
from portal.audit import actions as audit

#: What may be asked besides features: the firm as the registry has it, and how old the features are.
REGISTRY_FACTS: Final = frozenset(
    {
        "county_code",
        "city_code",
        "responsible_region",
        "industry_code",
        "kind",
        "size_class",
        "status",
        "established_on",
    }
)
AGE_FACTS: Final = frozenset({"refreshed_at", "items_as_of"})
#: What facts inside may serve: an outcome (a model's score) or a verification (yes, no, unknown).
USES: Final = frozenset({Mode.OUTCOME, Mode.VERIFY})


def check_live(
    *,
    authorization_id: int,
    enterprise_id: int,
    institution_id: int,
    purpose_code: str | None = None,
    parent: tuple[str, int] | None = None,
    at: datetime,
) -> None:
    """Refuse where no live consent of this firm to this institution stands, for this purpose and parent where they are named.

    Holds it until the caller's transaction ends.
    """
    rows = Authorization.objects.filter(
        queries.live(at), pk=authorization_id, enterprise_id=enterprise_id, institution_id=institution_id
    )
    if purpose_code is not None:
        rows = rows.filter(purpose__code=purpose_code)
    if parent is not None:
        rows = rows.filter(parent_kind=parent[0], parent_id=parent[1])
    if transaction.get_connection().in_atomic_block:
        rows = rows.select_for_update(of=("self",), no_key=True)
    if not rows.values_list("pk", flat=True).first():
        raise AuthorizationNotLive


def live_authorization(*, enterprise_id: int, institution_id: int, purpose_code: str, at: datetime) -> int | None:
    """The newest live consent for this purpose, if any."""
    rows = Authorization.objects.filter(
        queries.live(at), enterprise_id=enterprise_id, institution_id=institution_id, purpose__code=purpose_code
    )
    return rows.order_by("-pk").values_list("pk", flat=True).first()


@dataclass(frozen=True)
class Consent:
    """A consent as the rooms above may know it."""

    id: int
    state: str
    state_name: str
    is_live: bool
    starts_at: datetime
    ends_at: datetime
    frequency: str
    use_count: int
    last_used_at: datetime | None


def consents_of(*, parent: tuple[str, int], institution_id: int, at: datetime) -> list[Consent]:
    """The consents that belong to one thing, say a loan, newest first."""
    rows = Authorization.objects.filter(parent_kind=parent[0], parent_id=parent[1], institution_id=institution_id)
    return [
        Consent(
            id=row.pk,
            state=row.state,
            state_name=row.get_state_display(),
            is_live=row.state == AuthorizationState.GRANTED and row.starts_at <= at < row.ends_at,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            frequency=row.frequency,
            use_count=row.use_count,
            last_used_at=row.last_used_at,
        )
        for row in rows.order_by("-pk")[:10]
    ]


def matching_facts(*, enterprise_id: int, at: datetime) -> dict[str, object]:
    """Flat facts for criteria. Used inside to judge, never shown raw: a page says met, missed or unknown."""
    return matching_facts_many(enterprise_ids=[enterprise_id]).get(enterprise_id, {})


def matching_facts_many(*, enterprise_ids: Collection[int]) -> dict[int, dict[str, object]]:
    """The same for many firms in three queries."""
    features = credit.feature_facts(enterprise_ids)
    grades = evaluation.current_grades(enterprise_ids)
    return {
        enterprise.pk: {
            **features.get(enterprise.pk, {}),
            **_registry_facts(enterprise),
            **_best_grade(grades.get(enterprise.pk, {})),
        }
        for enterprise in Enterprise.objects.filter(pk__in=list(enterprise_ids))
    }


def consented_facts(*, authorization_id: int) -> dict[str, object]:
    """The same facts as the holder of this consent may know them: public ones, those made of the items it covers, and the
    grade made under it or of public items. What lies beyond is None, as if nothing were held."""
    authorization = Authorization.objects.select_related("enterprise").get(pk=authorization_id)
    enterprise, covered = authorization.enterprise, authorization.items.values_list("item_code", flat=True)
    hidden = dict.fromkeys(credit.features_beyond(list(covered)))
    base = evaluation.current_grades([enterprise.pk]).get(enterprise.pk, {}).get(GradeKind.BASE)
    grades = {GradeKind.BASE: base, GradeKind.FULL: evaluation.full_grade(authorization.pk)}
    return {
        **credit.feature_facts([enterprise.pk])[enterprise.pk],
        **hidden,
        **_registry_facts(enterprise),
        **_best_grade({kind: grade for kind, grade in grades.items() if grade is not None}),
    }


# --- Facts that stay inside -------------------------------------------------------------------------------------------------


def model_facts(
    *,
    authorization_id: int,
    officer: Officer,
    feature_names: Collection[str],
    purpose_of_use: str,
    door: str,
    parent: tuple[str, int] | None = None,
    at: datetime,
) -> dict[str, object]:
    """Raw facts for a caller inside the house, who lets nothing but an outcome leave.

    The consent is checked as for an open file; every item that a fact under consent rests on must be covered in at least
    ``purpose_of_use`` ("outcome" for a model, "verify" for a question). One call is one look: recorded in the same transaction and
    counted. Beside features, ``feature_names`` may hold :data:`REGISTRY_FACTS` and :data:`AGE_FACTS`.
    """
    if purpose_of_use not in USES:
        raise ValueError(f"facts inside serve an outcome or a verification, not {purpose_of_use!r}")
    if set(feature_names) - set(credit.FEATURE_NAMES) - REGISTRY_FACTS - AGE_FACTS:
        raise UnknownFact
    found = _look_inside(
        authorization_id=authorization_id,
        officer=officer,
        names=frozenset(feature_names),
        use=purpose_of_use,
        door=door,
        parent=parent,
        at=at,
    )
    if isinstance(found, AccessRefused):
        raise found
    return found


@transaction.atomic(durable=True)
def _look_inside(
    *,
    authorization_id: int,
    officer: Officer,
    names: frozenset[str],
    use: str,
    door: str,
    parent: tuple[str, int] | None,
    at: datetime,
) -> dict[str, object] | AccessRefused:
    authorization = lock(authorization_id)
    if authorization is None:
        audit.record("file.refuse", officer, by=officer.user, at=at, facts={"authorization": authorization_id})
        return AuthorizationNotFound()
    items = credit.items_of_features(names)
    refusal = reason_to_refuse(authorization, officer, at) or _uncovered(authorization, names, use)
    leave_record(
        enterprise_id=authorization.enterprise_id,
        actor=officer.user,
        role=officer.get_role_display(),
        institution=(officer.institution_id, officer.institution.name),
        purpose=authorization.purpose.name,
        authorization_id=authorization.pk,
        items=dict.fromkeys(items, use),
        door=door,
        parent=parent,
        refusal=refusal,
        at=at,
    )
    if refusal is not None:
        return refusal
    count_use(authorization, at)
    return _inside_facts(authorization.enterprise, names, items)


def _uncovered(authorization: Authorization, names: frozenset[str], use: str) -> NotCovered | None:
    """The refusal that names the items which facts under consent rest on and the consent does not cover far enough."""
    modes = modes_of(authorization)
    covered = {code for code, mode in modes.items() if rules.MODES.index(mode) >= rules.MODES.index(use)}
    missing = credit.items_of_features(names & FeatureRow.sensitive) - covered
    if not missing:
        return None
    return NotCovered("、".join(schema.name for schema in credit.schemas(missing).values()))


def _inside_facts(enterprise: Enterprise, names: frozenset[str], items: frozenset[str]) -> dict[str, object]:
    columns = sorted(names - REGISTRY_FACTS)
    row = FeatureRow.objects.filter(pk=enterprise.pk).values(*columns).first() if columns else None
    facts: dict[str, object] = {**dict.fromkeys(columns), **(row or {}), **_registry_facts(enterprise)}
    as_of = facts.get("items_as_of")
    if isinstance(as_of, dict):
        facts["items_as_of"] = {code: day for code, day in as_of.items() if code in items}
    return {name: facts[name] for name in names}


# --- Inside -----------------------------------------------------------------------------------------------------------------


def _registry_facts(enterprise: Enterprise) -> dict[str, object]:
    return {
        "county_code": enterprise.county_code,
        "city_code": enterprise.city_code,
        "responsible_region": enterprise.responsible_region,
        "industry_code": enterprise.industry_code,
        "kind": enterprise.kind,
        "size_class": enterprise.size_class,
        "status": enterprise.status,
        "established_on": enterprise.established_on,
    }


def _best_grade(grades: Mapping[str, Grade]) -> dict[str, object]:
    """The full grade where there is one with a letter, otherwise the base grade; None where too little is known."""
    for kind in (GradeKind.FULL, GradeKind.BASE):
        if kind in grades and grades[kind].letter:
            return {"grade": grades[kind].letter, "score": grades[kind].score}
    return {"grade": None, "score": None}
