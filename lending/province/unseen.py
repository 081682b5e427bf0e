"""Used and not seen: two models of the first bank, questions asked of its applicants, a list compared with the station."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final
from uuid import uuid5

from django.utils import timezone

from enterprises.consent.models import Authorization
from enterprises.jointmodels import link_digests, queries
from enterprises.jointmodels.actions import bank_models, linkages, questions, reviews, runs
from enterprises.jointmodels.models import AskableFeature, BankModel, Invitation, ModelRun
from enterprises.models import Enterprise, Member
from institutions.models import Officer
from lending.province.offers import House
from portal.accounts.models import User
from portal.accounts.roles import OfficerRole
from portal.identifiers import COMPANY, make_uscc
from portal.refusals import Refusal

FACTS: Final = Path(__file__).parent / "facts"
#: Feature, threshold in yuan or ones.
ASKED: Final = (("tax_paid_12m_amount", 200_000), ("tax_paid_12m_amount", 1_000_000), ("insured_staff", 10))


def show(house: House, reviewer: User, *, at: datetime) -> int:
    """Returns how many questions were answered."""
    manager = house.officers[OfficerRole.PRODUCT_MANAGER][0]
    officer = house.officers[OfficerRole.LOAN_OFFICER][0]
    models = [_model(manager, reviewer, name, at=at) for name in ("small_firms", "growth")]
    answered = 0
    for consent in queries.live_consents(officer, at=at).order_by("-pk")[:4]:
        answered += _ask(officer, consent, at=at)
        for model in models:
            _run(officer, consent, model, at=at)
    _compare(manager, at=at)
    return answered


def _model(manager: Officer, reviewer: User, name: str, *, at: datetime) -> BankModel:
    """Handed in, reported on, approved where the report allows it, put in force."""
    words = {
        "small_firms": ("小微企业评分卡", "小微信用贷款贷前评价，供信贷员参考"),
        "growth": ("成长性模型", "科技型企业授信额度测算"),
    }
    graph = FACTS / f"{name}.onnx"
    declaration = FACTS / (f"{name}.json" if graph.exists() else f"{name}.csv")
    model = bank_models.hand_in(
        officer=manager,
        name=words[name][0],
        use=words[name][1],
        declaration=declaration.read_bytes(),
        is_csv=declaration.suffix == ".csv",
        graph=graph.read_bytes() if graph.exists() else b"",
        at=at - timedelta(days=6),
    )
    report = model.reports.first() or reviews.review(model=model, at=at - timedelta(days=6))
    model = bank_models.take_up(model=model, by=reviewer, at=at - timedelta(days=5))
    if report.is_passed:
        model = bank_models.approve(model=model, by=reviewer, at=at - timedelta(days=5))
        model = bank_models.put_in_force(model=model, officer=manager, at=at - timedelta(days=4))
    return model


def _ask(officer: Officer, consent: Authorization, *, at: datetime) -> int:
    answered = 0
    for place, (name, threshold) in enumerate(ASKED):
        feature = AskableFeature.objects.get(feature=name)
        try:
            questions.ask(
                authorization_id=consent.pk,
                officer=officer,
                feature=feature,
                comparison="at_least",
                threshold=Decimal(threshold),
                at=at + timedelta(minutes=place),
            )
        except Refusal:
            continue  # this consent does not cover the item, or is used up
        answered += 1
    return answered


def _run(officer: Officer, consent: Authorization, model: BankModel, *, at: datetime) -> None:
    key = uuid5(consent.submission_key, f"model {model.pk}")
    try:
        run = runs.request(authorization_id=consent.pk, officer=officer, model=model, submission_key=key, at=at)
    except Refusal:
        return
    runs.make(run=ModelRun.objects.select_related("model").get(pk=run.pk), at=at)


def _compare(manager: Officer, *, at: datetime) -> None:
    """Half of the firms in use of the station and a hundred that are not; a few answer."""
    here = list(Enterprise.objects.filter(bound_at__isnull=False).order_by("pk").values_list("uscc", flat=True))[::2]
    strangers = [make_uscc(COMPANY, "640104", f"99{number:06d}") for number in range(120)]
    linkage = linkages.open_linkage(officer=manager, title=f"{timezone.localtime(at).year}年存量小微客户", at=at)
    told = link_digests.digests([*here, *strangers], bytes.fromhex(linkage.secret), str(linkage.pk))
    linkages.count(linkage=linkage, officer=manager, digests="\n".join(told).encode(), at=at)
    for place, invitation in enumerate(Invitation.objects.filter(linkage=linkage).order_by("-pk")[:3]):
        member = (
            Member.objects.acting().filter(enterprise_id=invitation.enterprise_id, role="legal_representative").first()
        )
        if member is not None:
            answer = linkages.decline if place == 1 else linkages.agree
            answer(invitation=invitation, member=member, at=at + timedelta(hours=1 + place))
