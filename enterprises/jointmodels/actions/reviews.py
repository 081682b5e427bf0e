"""The report a reviewer decides on: the model run over the station's firms, and what its outcomes give away."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from enterprises.consent import aggregates
from enterprises.consent.aggregates import Firm
from enterprises.jointmodels import chamber, leaks, queries, rules, scorecards, scoring
from enterprises.jointmodels.models import BankModel, ReviewReport
from enterprises.models import SizeClass
from portal import industries, regions
from portal.audit import actions as audit

#: A model is run over at most so many firms, drawn by its own digest.
MOST_FIRMS: Final = 50_000


def bounds() -> chamber.Bounds:
    told = queries.limits()
    return chamber.Bounds(megabytes=int(told["run_megabytes"]), seconds=int(told["run_seconds"]))


def review(*, model: BankModel, at: datetime) -> ReviewReport:
    """Run first, then keep the report: the run holds no lock. A model that fails has a report that says so."""
    card = queries.card_of(model)
    firms = aggregates.population(card.inputs, most=MOST_FIRMS, seed=model.digest)
    try:
        scored = scoring.score(card, bytes(model.graph), [firm.facts for firm in firms], bounds=bounds())
    except chamber.ModelFailed as failure:
        finding = leaks.Finding(f"failed_{failure.code}", "", 1, 0)
        return _keep(model, len(firms), {}, [finding], release=rules.Release((), frozenset()), at=at)
    return _report(model, card, firms, scored, at)


def _report(
    model: BankModel, card: scorecards.Card, firms: Sequence[Firm], scored: scoring.Scored, at: datetime
) -> ReviewReport:
    outcomes, scale = scored.outcomes, card.scale
    release = rules.release_of(outcomes)
    separated = leaks.separation(outcomes, scale, release)
    held = leaks.inputs(
        scoring.columns(card.inputs, [firm.facts for firm in firms]),
        outcomes,
        scale,
        seed=int(model.digest[:8], 16),
    )
    each = scored.milliseconds / max(len(firms), 1)
    broken = leaks.findings(separated, held, queries.limits(), milliseconds=each)
    figures = {
        "separation": asdict(separated) | {"distinct_share": separated.distinct_share, "cells": len(release.cells)},
        "inputs": [asdict(one) for one in held],
        "bands": _bands(outcomes, scale),
        "groups": _groups(firms, outcomes, scale),
        "took": {"milliseconds": each, "megabytes": scored.megabytes, "walls": list(scored.walls)},
    }
    return _keep(model, len(firms), figures, broken, release=release, at=at)


def _bands(outcomes: Sequence[rules.Outcome], scale: rules.Scale) -> list[dict[str, Any]]:
    counted = dict.fromkeys((code for code, _least in scale.bands), 0)
    for outcome in outcomes:
        counted[scale.band(outcome.score)] += 1
    return [{"band": code, "firms": firms} for code, firms in counted.items()]


def _groups(
    firms: Sequence[Firm], outcomes: Sequence[rules.Outcome], scale: rules.Scale
) -> dict[str, list[dict[str, Any]]]:
    """Fairness by size, city and industry: who is above the lowest band."""
    pass_from = scale.bands[-2][1] if len(scale.bands) > 1 else scale.lowest
    ways = {
        "size": [str(SizeClass(firm.size_class).label) for firm in firms],
        "region": [regions.name_of(firm.city_code) for firm in firms],
        "industry": [industries.name_of(firm.industry_section) for firm in firms],
    }
    return {way: leaks.groups(outcomes, labels, scale, pass_from) for way, labels in ways.items()}


@transaction.atomic
def _keep(
    model: BankModel,
    firms: int,
    figures: dict[str, Any],
    broken: Sequence[leaks.Finding],
    *,
    release: rules.Release,
    at: datetime,
) -> ReviewReport:
    report = ReviewReport.objects.create(
        model=model,
        made_at=at,
        firms=firms,
        figures=figures,
        findings=[asdict(one) for one in broken],
        release=queries.as_stored(release),
    )
    facts = {"firms": firms, "findings": sorted({one.code for one in broken})}
    audit.record("bank_model.review", model, by=None, at=at, institution_id=model.institution_id, facts=facts)
    return report
