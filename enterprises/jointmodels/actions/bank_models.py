"""The life of a bank's model: handed in, reviewed on what the run over all firms found, put in force, retired."""

from datetime import datetime

from cryptography.hazmat.primitives.hashes import SM3, Hash
from django.db import transaction
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from enterprises.jointmodels import graphs, policies, queries, scorecards
from enterprises.jointmodels.models import BankModel, Limit, ModelKind
from enterprises.jointmodels.states import MODEL_MOVES, ModelState
from institutions.models import Institution, Officer
from portal.accounts.models import User
from portal.accounts.roles import Permission
from portal.audit import actions as audit
from portal.messages import actions as messages
from portal.refusals import Conflict, NotPermitted, Refusal
from portal.transitions import move


class FileNotSound(Refusal):
    """The file is no scorecard, or a graph that does not come in: says which rule and where."""

    code = "file_not_sound"

    def __init__(self, fault: str = "", place: str = "") -> None:
        words = queries.FAULTS.get(fault, fault)
        super().__init__(
            _("模型文件不符合要求：%(what)s%(place)s。请修改后重新上传。")
            % {"what": words, "place": f" ({place})" if place else ""}
        )


class ModelInTheMaking(Conflict):
    code = "model_in_the_making"
    message = _("同名模型已有一个版本在审核中，请等审核结束后再提交新版本。")


class NoReportYet(Conflict):
    code = "no_report_yet"
    message = _("审核报告还没有生成，请稍候刷新页面。")


class ReportFails(Refusal):
    code = "report_fails"

    def __init__(self, count: int = 0) -> None:
        super().__init__(_("审核报告有 %(count)s 项超限，不能通过。请退回机构修改，或判定不通过。") % {"count": count})


class NoteMissing(Refusal):
    code = "note_missing"
    message = _("请写明理由，机构会看到这段文字。")


class LimitUnsound(Refusal):
    code = "limit_unsound"
    message = _("阈值须大于 0，请重新填写。")


@transaction.atomic
def hand_in(
    *, officer: Officer, name: str, use: str, declaration: bytes, is_csv: bool, graph: bytes, at: datetime
) -> BankModel:
    """A new version of a model, read and checked before it is kept. The worker then runs it over the station's firms."""
    if not policies.may_keep_models(officer):
        raise NotPermitted
    card = _checked(declaration, graph, is_csv=is_csv)
    Institution.objects.select_for_update(of=("self",), no_key=True).get(pk=officer.institution_id)
    versions = BankModel.objects.filter(institution_id=officer.institution_id, name=name.strip())
    if versions.filter(state__in=[ModelState.SUBMITTED, ModelState.REVIEWING]).exists():
        raise ModelInTheMaking
    model = BankModel.objects.create(
        institution_id=officer.institution_id,
        name=name.strip(),
        number=versions.count() + 1,
        kind=ModelKind.GRAPH if graph else ModelKind.SCORECARD,
        use=use.strip(),
        declaration=declaration,
        is_csv=is_csv,
        graph=graph,
        size=len(declaration) + len(graph),
        digest=_digest(declaration, graph),
        inputs=list(card.inputs),
        submitted_at=at,
        submitted_by=officer.user,
    )
    _note("hand_in", model, officer.user, at)
    transaction.on_commit(lambda: _review_later(model.pk))
    return model


def _checked(declaration: bytes, graph: bytes, *, is_csv: bool) -> scorecards.Card:
    most = int(queries.limits()["most_bytes"])
    if len(declaration) + len(graph) > most:
        raise FileNotSound("too_large")
    try:
        card = scorecards.read(declaration, is_csv=is_csv, known=queries.INPUTS)
        if not graph and not card.columns:
            raise scorecards.CardFault("graph_missing")
        if graph:
            _check_graph(card, graph, most)
    except (scorecards.CardFault, graphs.GraphFault) as fault:
        raise FileNotSound(fault.code, fault.place) from fault
    return card


def _check_graph(card: scorecards.Card, graph: bytes, most: int) -> None:
    words = next((name for name in card.inputs if name in queries.WORDS), None)
    if card.columns or words:
        raise scorecards.CardFault("inputs_are_numbers", words or "")
    found = graphs.check(graph, inputs=card.inputs, most_bytes=most)
    if (len(found.outputs) > 1) != bool(card.scale.reasons):
        raise scorecards.CardFault("reasons_and_output_differ")


# --- Review -------------------------------------------------------------------------------------------------------------


@transaction.atomic
def take_up(*, model: BankModel, by: User, at: datetime) -> BankModel:
    """A reviewer has begun."""
    model = _for_review(model, by)
    move(model, "take_up", table=MODEL_MOVES, by=by, at=at)
    _note("take_up", model, by, at)
    return model


@transaction.atomic
def approve(*, model: BankModel, by: User, at: datetime, note: str = "") -> BankModel:
    """Only on a report without a broken bound; what may leave is from now on what that report found to be shared by ten."""
    model = _for_review(model, by)
    report = model.reports.order_by("-pk").first()
    if report is None:
        raise NoReportYet
    if not report.is_passed:
        raise ReportFails(len(report.findings))
    move(model, "approve", table=MODEL_MOVES, by=by, at=at, review_note=note.strip(), release=report.release)
    _note("approve", model, by, at)
    _tell_bank(model, _now("模型 %(model)s 已通过审核，可以启用"), at)
    return model


@transaction.atomic
def refuse(*, model: BankModel, note: str, by: User, at: datetime) -> BankModel:
    return _answered("refuse", model, note, by=by, at=at, subject=_now("模型 %(model)s 未通过审核"))


@transaction.atomic
def return_model(*, model: BankModel, note: str, by: User, at: datetime) -> BankModel:
    """Send it back with what must change; the bank hands in a new version."""
    return _answered(
        "return", model, note, by=by, at=at, subject=_now("模型 %(model)s 被退回，请按审核意见修改后提交新版本")
    )


def _answered(verb: str, model: BankModel, note: str, *, by: User, at: datetime, subject: str) -> BankModel:
    model = _for_review(model, by)
    if not note.strip():
        raise NoteMissing
    move(model, verb, table=MODEL_MOVES, by=by, at=at, review_note=note.strip())
    _note(verb, model, by, at)
    _tell_bank(model, subject, at)
    return model


# --- Use ----------------------------------------------------------------------------------------------------------------


@transaction.atomic
def put_in_force(*, model: BankModel, officer: Officer, at: datetime) -> BankModel:
    """The version that is run from now on, in the place of the one before."""
    model = _for_bank(model, officer)
    former = BankModel.objects.select_for_update(of=("self",)).filter(
        institution_id=model.institution_id, name=model.name, state=ModelState.IN_FORCE
    )
    for version in former.exclude(pk=model.pk):
        move(version, "retire", table=MODEL_MOVES, by=officer.user, at=at)
    move(model, "put_in_force", table=MODEL_MOVES, by=officer.user, at=at)
    _note("put_in_force", model, officer.user, at)
    return model


@transaction.atomic
def retire(*, model: BankModel, officer: Officer, at: datetime) -> BankModel:
    """Not run any more; what it has told stays on record."""
    model = _for_bank(model, officer)
    move(model, "retire", table=MODEL_MOVES, by=officer.user, at=at)
    _note("retire", model, officer.user, at)
    return model


@transaction.atomic
def set_limit(*, limit: Limit, value: object, by: User, at: datetime) -> Limit:
    """Reports already made keep the bounds they were held to."""
    if not by.may(Permission.MODEL_REVIEW):
        raise NotPermitted
    limit = Limit.objects.select_for_update(of=("self",)).get(pk=limit.pk)
    limit.value = value  # type: ignore[assignment] # a cleaned Decimal
    if limit.value <= 0:
        raise LimitUnsound
    limit.save(update_fields=["value"])
    audit.record("joint_limit.set", limit, by=by, at=at, facts={"code": limit.code, "value": limit.value})
    return limit


# --- Inside -------------------------------------------------------------------------------------------------------------


def _locked(model: BankModel) -> BankModel:
    """The institution first: the order in which versions come in and go into force."""
    Institution.objects.select_for_update(of=("self",), no_key=True).get(pk=model.institution_id)
    return BankModel.objects.select_for_update(of=("self",)).select_related("institution").get(pk=model.pk)


def _for_review(model: BankModel, by: User) -> BankModel:
    model = _locked(model)
    if not policies.may_review(by, model):
        raise NotPermitted
    return model


def _for_bank(model: BankModel, officer: Officer) -> BankModel:
    model = _locked(model)
    if not policies.may_keep_models(officer) or model.institution_id != officer.institution_id:
        raise NotPermitted
    return model


def _digest(declaration: bytes, graph: bytes) -> str:
    digest = Hash(SM3())
    digest.update(len(declaration).to_bytes(8, "big") + declaration + graph)
    return digest.finalize().hex()


def _note(verb: str, model: BankModel, by: User, at: datetime) -> None:
    facts = {"number": model.number, "digest": model.digest}
    audit.record(f"bank_model.{verb}", model, by=by, at=at, institution_id=model.institution_id, facts=facts)


def _tell_bank(model: BankModel, subject: str, at: datetime) -> None:
    officers = (
        Officer.objects.serving().filter(institution_id=model.institution_id).select_related("user", "institution")
    )
    keepers = [officer.user for officer in officers if policies.may_keep_models(officer)]
    link = f"/bank/models/{model.pk}/"
    messages.notify(users=keepers, subject=subject % {"model": model}, body=model.review_note, link=link, at=at)


def _review_later(model_id: int) -> None:
    from enterprises.jointmodels.tasks import review  # noqa: PLC0415 - tasks import actions

    review.delay(model_id)
