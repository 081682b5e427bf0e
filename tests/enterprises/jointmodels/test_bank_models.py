import datetime as dt
import json
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from enterprises.consent import gate
from enterprises.consent.models import AccessRecord
from enterprises.credit.models import FeatureRow
from enterprises.jointmodels import chamber, tasks
from enterprises.jointmodels.actions import bank_models, reviews, runs
from enterprises.jointmodels.models import BankModel, Limit, ModelRun, RunOutcome
from institutions.models import Officer
from portal.accounts.roles import OfficerRole, StaffRole
from portal.messages.models import Message
from portal.refusals import NotPermitted
from portal.transitions import IllegalMove
from tests.enterprises.jointmodels.conftest import Asking, know
from tests.enterprises.jointmodels.graphs import weighed
from tests.enterprises.jointmodels.test_scorecards import TREE
from tests.factories import EnterpriseFactory, OfficerFactory, StaffPostFactory

pytestmark = pytest.mark.django_db

CARD: dict[str, Any] = {
    "score": {"lowest": 300, "highest": 900, "step": 50},
    "base": 500,
    "bands": [{"code": "A", "from": 600}, {"code": "B", "from": 300}],
    "reasons": {"R1": "纳税偏少", "R2": "参保偏少"},
    "features": [
        {
            "feature": "tax_paid_12m_amount",
            "missing": {"points": 0},
            "bins": [{"below": 300000, "points": -60, "reason": "R1"}, {"points": 60}],
        },
        {
            "feature": "insured_staff",
            "missing": {"points": 0},
            "bins": [{"below": 15, "points": -60, "reason": "R2"}, {"points": 60}],
        },
    ],
}
ECHO: dict[str, Any] = CARD | {
    "score": {"lowest": 300, "highest": 900, "step": 10},
    "features": [
        {
            "feature": "insured_staff",
            "bins": [*({"below": n, "points": n * 10 - 200} for n in range(1, 30)), {"points": 100}],
        }
    ],
}


@pytest.fixture
def manager(asking: Asking) -> Officer:
    return OfficerFactory(institution=asking.officer.institution, role=OfficerRole.PRODUCT_MANAGER)


@pytest.fixture
def reviewer() -> Any:
    return StaffPostFactory(role=StaffRole.PRODUCT_REVIEWER).user


@pytest.fixture
def firms(bounds: None, now: dt.datetime) -> None:
    """Three hundred firms, tax and staff crossing each other."""
    made = EnterpriseFactory.create_batch(300)
    FeatureRow.objects.bulk_create(
        FeatureRow(
            enterprise=firm,
            refreshed_at=now,
            tax_paid_12m_amount=Decimal(place % 20 * 40_000),
            insured_staff=place // 10,
        )
        for place, firm in enumerate(made)
    )


def hand_in(
    officer: Officer, at: dt.datetime, card: dict[str, Any] = CARD, graph: bytes = b"", name: str = "小微评分卡"
) -> BankModel:
    return bank_models.hand_in(
        officer=officer,
        name=name,
        use="小微信用贷款贷前评价",
        declaration=json.dumps(card).encode(),
        is_csv=False,
        graph=graph,
        at=at,
    )


def in_force(officer: Officer, reviewer: Any, at: dt.datetime, **file: Any) -> BankModel:
    model = hand_in(officer, at, **file)
    reviews.review(model=model, at=at)
    bank_models.take_up(model=model, by=reviewer, at=at)
    bank_models.approve(model=model, by=reviewer, at=at)
    return bank_models.put_in_force(model=model, officer=officer, at=at)


def declared(inputs: list[str], reasons: dict[str, str] | None = None) -> dict[str, Any]:
    return {name: CARD[name] for name in ("score", "bands")} | {"inputs": inputs, "reasons": reasons or {}}


@pytest.mark.usefixtures("firms")
def test_an_honest_scorecard_passes_and_scores_one_firm(
    asking: Asking, manager: Officer, reviewer: Any, now: dt.datetime
) -> None:
    model = in_force(manager, reviewer, now)

    run = runs.request(
        authorization_id=asking.authorization.pk,
        officer=asking.officer,
        model=model,
        submission_key=uuid.uuid4(),
        at=now,
    )
    outcome = runs.make(run=run, at=now)

    report = model.reports.get()
    assert (report.firms, report.findings) == (301, [])
    assert (outcome.score, outcome.band, outcome.reasons) == (600, "A", [])
    look = AccessRecord.objects.get()
    assert (look.mode, look.door, look.parent_kind, look.parent_id) == ("outcome", "model", "model_run", run.pk)
    assert runs.make(run=run, at=now) == outcome  # a worker that was lost makes it once
    assert AccessRecord.objects.count() == 1


@pytest.mark.usefixtures("firms")
def test_a_graph_is_reviewed_and_run_in_its_chamber(
    asking: Asking, manager: Officer, reviewer: Any, now: dt.datetime
) -> None:
    names = ["tax_paid_12m_amount", "insured_staff"]
    graph = weighed(names, [0.0003, 8.0], base=400.0)
    model = in_force(manager, reviewer, now, card=declared(names), graph=graph, name="图模型")
    run = runs.request(
        authorization_id=asking.authorization.pk,
        officer=asking.officer,
        model=model,
        submission_key=uuid.uuid4(),
        at=now,
    )

    outcome = runs.make(run=run, at=now)

    assert "calls" in model.reports.get().figures["took"]["walls"]
    assert (outcome.failure_code, outcome.band) == ("", "A")
    assert outcome.score in {told for _least, told in model.release["cells"]}


@pytest.mark.usefixtures("firms")
def test_a_model_that_echoes_an_input_is_not_approved(manager: Officer, reviewer: Any, now: dt.datetime) -> None:
    model = hand_in(manager, now, card=ECHO)
    report = reviews.review(model=model, at=now)
    bank_models.take_up(model=model, by=reviewer, at=now)

    with pytest.raises(bank_models.ReportFails):
        bank_models.approve(model=model, by=reviewer, at=now)

    assert {"echo", "echo_in_order"} <= {one["code"] for one in report.findings}


@pytest.mark.parametrize("code", ["time", "memory"])
def test_a_model_that_was_ended_has_a_report_that_says_so(
    manager: Officer, now: dt.datetime, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    def ended(*_given: object, **_named: object) -> None:
        raise chamber.ModelFailed(code)

    model = hand_in(manager, now, card=declared(["insured_staff"]), graph=weighed(["insured_staff"], [1.0]))
    monkeypatch.setattr(chamber, "run", ended)

    report = reviews.review(model=model, at=now)

    assert [one["code"] for one in report.findings] == [f"failed_{code}"]


@pytest.mark.parametrize(
    ("card", "graph", "what"),
    [
        (TREE | {"bands": []}, b"", "档位"),
        (declared(["insured_staff"]), b"", "没有上传"),
        (declared(["insured_staff"]), weighed(["employees"], [1.0]), "不一致"),
        (declared(["tax_grade"]), weighed(["tax_grade"], [1.0]), "数值特征"),
        (declared(["insured_staff"], {"R1": "x"}), weighed(["insured_staff"], [1.0]), "reasons"),
        (declared(["insured_staff"]), b"nothing", "无法读取"),
    ],
)
def test_a_file_that_is_not_sound_is_refused_in_words(
    manager: Officer, now: dt.datetime, card: dict[str, Any], graph: bytes, what: str
) -> None:
    with pytest.raises(bank_models.FileNotSound) as refusal:
        hand_in(manager, now, card=card, graph=graph)

    assert what in str(refusal.value)


def test_a_large_file_is_refused(manager: Officer, now: dt.datetime) -> None:
    Limit.objects.filter(code="most_bytes").update(value=100)

    with pytest.raises(bank_models.FileNotSound):
        hand_in(manager, now)


def test_a_small_sample_does_not_pass(manager: Officer, now: dt.datetime) -> None:
    report = reviews.review(model=hand_in(manager, now), at=now)

    assert "sample_too_small" in {one["code"] for one in report.findings}


def test_a_second_version_waits_for_the_first(manager: Officer, now: dt.datetime) -> None:
    hand_in(manager, now)

    with pytest.raises(bank_models.ModelInTheMaking):
        hand_in(manager, now)


@pytest.mark.usefixtures("firms")
def test_a_new_version_takes_the_place_of_the_one_in_force(manager: Officer, reviewer: Any, now: dt.datetime) -> None:
    first = in_force(manager, reviewer, now)
    second = in_force(manager, reviewer, now)

    first.refresh_from_db()
    assert (first.number, first.state, second.number, second.state) == (1, "retired", 2, "in_force")
    assert bank_models.retire(model=second, officer=manager, at=now).state == "retired"


def test_the_bank_is_told_why_and_a_note_is_asked_for(manager: Officer, reviewer: Any, now: dt.datetime) -> None:
    returned, refused = hand_in(manager, now), hand_in(manager, now, name="另一个")
    for model in (returned, refused):
        bank_models.take_up(model=model, by=reviewer, at=now)

    with pytest.raises(bank_models.NoteMissing):
        bank_models.return_model(model=returned, note=" ", by=reviewer, at=now)
    states = [
        bank_models.return_model(model=returned, note="请说明用途", by=reviewer, at=now).state,
        bank_models.refuse(model=refused, note="与用途无关", by=reviewer, at=now).state,
    ]

    assert states == ["returned", "refused"]
    assert set(Message.objects.filter(recipient=manager.user).values_list("body", flat=True)) == {
        "请说明用途",
        "与用途无关",
    }
    with pytest.raises(IllegalMove):
        bank_models.take_up(model=refused, by=reviewer, at=now)


def test_without_a_report_nothing_is_approved(manager: Officer, reviewer: Any, now: dt.datetime) -> None:
    model = bank_models.take_up(model=hand_in(manager, now), by=reviewer, at=now)

    with pytest.raises(bank_models.NoReportYet):
        bank_models.approve(model=model, by=reviewer, at=now)


def test_who_may_hand_in_and_who_may_review(asking: Asking, manager: Officer, reviewer: Any, now: dt.datetime) -> None:
    model = hand_in(manager, now)
    at_the_bank = StaffPostFactory(role=StaffRole.PRODUCT_REVIEWER).user
    OfficerFactory(user=at_the_bank, institution=manager.institution, role=OfficerRole.ADMINISTRATOR)

    with pytest.raises(NotPermitted):
        hand_in(asking.officer, now)
    for person in (at_the_bank, manager.user, StaffPostFactory(role=StaffRole.SUPERVISOR).user):
        with pytest.raises(NotPermitted):
            bank_models.take_up(model=model, by=person, at=now)
    with pytest.raises(NotPermitted):
        bank_models.put_in_force(model=model, officer=OfficerFactory(role=OfficerRole.PRODUCT_MANAGER), at=now)
    with pytest.raises(NotPermitted):
        bank_models.set_limit(limit=Limit.objects.first(), value=Decimal(1), by=manager.user, at=now)


def test_limits_are_above_zero(bounds: None, reviewer: Any, now: dt.datetime) -> None:
    limit = Limit.objects.get(code="order")

    assert bank_models.set_limit(limit=limit, value=Decimal("0.9"), by=reviewer, at=now).value == Decimal("0.9")
    with pytest.raises(bank_models.LimitUnsound):
        bank_models.set_limit(limit=limit, value=Decimal(0), by=reviewer, at=now)


def test_the_database_keeps_the_file_and_the_release(manager: Officer, now: dt.datetime) -> None:
    model = hand_in(manager, now)

    with pytest.raises(Exception, match="the_file_of_a_model_is_frozen"), transaction.atomic():
        BankModel.objects.update(declaration=b"{}")
    with pytest.raises(IntegrityError, match="an_approved_model_has_its_release"), transaction.atomic():
        BankModel.objects.update(state="approved")
    with pytest.raises(IntegrityError, match="not_reviewed_by_whoever"), transaction.atomic():
        BankModel.objects.update(reviewed_by=manager.user)
    with pytest.raises(Exception, match="never_deleted"), transaction.atomic():
        model.delete()


@pytest.mark.usefixtures("firms")
def test_a_run_asks_for_a_live_consent_and_a_model_in_force(
    asking: Asking, manager: Officer, reviewer: Any, now: dt.datetime
) -> None:
    waiting, model = hand_in(manager, now, name="未启用"), in_force(manager, reviewer, now)
    asked: dict[str, Any] = {"authorization_id": asking.authorization.pk, "officer": asking.officer, "at": now}
    key = uuid.uuid4()

    with pytest.raises(runs.ModelNotInForce):
        runs.request(**asked, model=waiting, submission_key=uuid.uuid4())
    with pytest.raises(gate.AuthorizationNotLive):
        runs.request(**asked | {"at": now + dt.timedelta(days=4000)}, model=model, submission_key=uuid.uuid4())
    with pytest.raises(NotPermitted):
        runs.request(**asked | {"officer": manager}, model=model, submission_key=uuid.uuid4())
    first, again = (runs.request(**asked, model=model, submission_key=key) for _turn in range(2))

    assert first == again


def test_what_the_gate_refuses_is_kept_as_a_failure_and_sent_again_it_stays(
    asking: Asking, manager: Officer, now: dt.datetime
) -> None:
    card = CARD | {"features": [CARD["features"][0] | {"feature": "electricity_12m"}, CARD["features"][1]]}
    model = hand_in(manager, now, card=card)
    run = ModelRun.objects.create(
        model=model, enterprise=asking.firm, institution=manager.institution, authorization_id=asking.authorization.pk,
        asked_at=now, asked_by=asking.officer.user, submission_key=uuid.uuid4(),
    )  # fmt: skip

    tasks.run(run.pk)
    tasks.run(run.pk)

    assert list(RunOutcome.objects.values_list("failure_code", "score")) == [("not_covered", None)]


def test_the_clock_takes_up_what_lost_its_worker(
    asking: Asking, manager: Officer, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = hand_in(manager, now)
    know(asking.firm, now, insured_staff=3)
    monkeypatch.setattr("django.utils.timezone.now", lambda: now + dt.timedelta(minutes=5))

    tasks.resume()

    assert model.reports.count() == 1
