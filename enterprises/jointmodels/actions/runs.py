"""Run a model over one firm under its consent; keep only what may leave."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from enterprises.consent import gate
from enterprises.jointmodels import chamber, policies, queries, scoring
from enterprises.jointmodels.actions.reviews import bounds
from enterprises.jointmodels.models import BankModel, ModelRun, RunOutcome
from enterprises.jointmodels.states import ModelState
from institutions.models import Officer
from portal.audit import actions as audit
from portal.refusals import Conflict, NotPermitted


class ModelNotInForce(Conflict):
    code = "model_not_in_force"
    message = _("这个模型没有启用，请在“模型”页面启用后再运行。")


class KeyOfAnother(Conflict):
    code = "submission_key_of_another"
    message = _("表单已过期，请重新打开页面后再提交。")


@transaction.atomic
def request(
    *, authorization_id: int, officer: Officer, model: BankModel, submission_key: UUID, at: datetime
) -> ModelRun:
    """Ask for a run; a worker makes it. The same ``submission_key`` gives the run already asked for."""
    if not policies.may_ask(officer):
        raise NotPermitted
    authorization = queries.live_consents(officer, at=at).select_for_update(of=("self",), no_key=True)
    consent = authorization.filter(pk=authorization_id).first()
    if consent is None:
        raise gate.AuthorizationNotLive
    if known := ModelRun.objects.filter(submission_key=submission_key).first():
        if (known.authorization_id, known.institution_id) != (authorization_id, officer.institution_id):
            raise KeyOfAnother
        return known
    if model.institution_id != officer.institution_id or model.state != ModelState.IN_FORCE:
        raise ModelNotInForce
    run = ModelRun.objects.create(
        model=model,
        enterprise_id=consent.enterprise_id,
        institution_id=officer.institution_id,
        authorization_id=authorization_id,
        asked_at=at,
        asked_by=officer.user,
        submission_key=submission_key,
    )
    _note("request", run, officer, at)
    transaction.on_commit(lambda: _run_later(run.pk))
    return run


def make(*, run: ModelRun, at: datetime) -> RunOutcome:
    """The run itself, by a worker. Repeated after a worker was lost it looks again, which the firm sees; its outcome is kept once."""
    if known := RunOutcome.objects.filter(run=run).first():
        return known
    officer = Officer.objects.serving().select_related("institution", "user").filter(user_id=run.asked_by_id).first()
    if officer is None or officer.institution_id != run.institution_id:
        return _keep(run, at, failure_code="not_permitted")
    card = queries.card_of(run.model)
    try:
        facts = gate.model_facts(
            authorization_id=run.authorization_id,
            officer=officer,
            feature_names=[*card.inputs, *gate.AGE_FACTS],
            purpose_of_use="outcome",
            door="model",
            parent=("model_run", run.pk),
            at=at,
        )
        scored = scoring.score(card, bytes(run.model.graph), [facts], bounds=bounds())
    except (gate.AccessRefused, chamber.ModelFailed) as refusal:
        return _keep(run, at, failure_code=refusal.code)
    told = queries.release_of(run.model).outcome(scored.outcomes[0])
    return _keep(
        run,
        at,
        score=told.score,
        band=card.scale.band(told.score),
        reasons=list(told.reasons),
        as_of=facts["refreshed_at"],
    )


@transaction.atomic
def _keep(run: ModelRun, at: datetime, **told: object) -> RunOutcome:
    outcome, is_new = RunOutcome.objects.get_or_create(run=run, defaults=told | {"finished_at": at})
    if is_new:
        audit.record(
            "model_run.finish",
            run,
            by=None,
            at=at,
            enterprise_id=run.enterprise_id,
            institution_id=run.institution_id,
            facts={"failure": outcome.failure_code},
        )
    return outcome


def _note(verb: str, run: ModelRun, officer: Officer, at: datetime) -> None:
    audit.record(
        f"model_run.{verb}",
        run,
        by=officer.user,
        at=at,
        enterprise_id=run.enterprise_id,
        institution_id=run.institution_id,
        facts={"model": run.model_id},
    )


def _run_later(run_id: int) -> None:
    from enterprises.jointmodels.tasks import run  # noqa: PLC0415 - tasks import actions

    run.delay(run_id)
