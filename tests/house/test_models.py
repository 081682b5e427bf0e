"""House rules of every model: declared sensitivity, a query of what may be seen, no way round the gate, sound deletes."""

import pytest
from django.apps import apps
from django.contrib.auth.models import AbstractUser
from django.core.management import call_command
from django.db import models

from portal.records import Record
from tests.house.tree import ROOMS

OURS = [model for model in apps.get_models() if model.__module__.split(".")[0] in ROOMS]
#: Tables written by triggers about other tables; they carry their model's columns and are not ours to declare.
KEPT_BY_TRIGGERS = [model for model in OURS if model.__name__.endswith("Event") and hasattr(model, "pgh_tracked_model")]
MODELS = [model for model in OURS if model not in KEPT_BY_TRIGGERS]
#: Reached only through their parent or read by everybody; their doors check the parent.
WITHOUT_OWNER = {
    "audit.auditevent",
    "audit.sealedblock",
    "accounts.user",
    "accounts.staffpost",
    "applications.documentrequest",
    "compensation.fund",
    "compensation.fundbudget",
    "compensation.fundcontributor",
    "compensation.recovery",
    "compensation.scheme",
    "consent.authorizeditem",
    "consent.disputedrecord",
    "consent.fairuse",
    "consent.purpose",
    "credit.contact",
    "credit.creditrecord",
    "credit.department",
    "credit.featurerow",
    "credit.item",
    "credit.itemversion",
    "credit.reject",
    "credit.source",
    "credit.stagedrow",
    "evaluation.grade",
    "evaluation.scorecard",
    "institutions.branch",
    "loans.instalment",
    "loans.repayment",
    "pages.publicnotice",
    "pages.publicremark",
    "jointmodels.answer",
    "jointmodels.askablefeature",
    "jointmodels.limit",
    "jointmodels.questionbudget",
    "jointmodels.runoutcome",
    "pages.publishedfigure",
    "products.askableitem",
    "supervision.dayfigures",
}
BEHIND_THE_GATE = ("credit", "evaluation", "consent")


def label(model: type[models.Model]) -> str:
    return model._meta.label_lower


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_a_model_declares_what_is_sensitive_in_it(model: type[Record]) -> None:
    assert issubclass(model, Record | AbstractUser)
    names = {field.name for field in model._meta.get_fields()}
    assert isinstance(model.sensitive, frozenset)
    assert model.sensitive <= names


@pytest.mark.parametrize("model", [m for m in MODELS if label(m) not in WITHOUT_OWNER], ids=label)
def test_a_model_with_an_owner_says_who_may_see_its_rows(model: type[models.Model]) -> None:
    assert callable(getattr(model._default_manager.all(), "visible_to", None))


def test_the_list_of_models_without_owner_holds_no_stale_name() -> None:
    without = {label(model) for model in MODELS if not hasattr(model._default_manager.all(), "visible_to")}

    assert WITHOUT_OWNER - {label(model) for model in MODELS} == set()
    assert without <= WITHOUT_OWNER


@pytest.mark.parametrize("model", [m for m in OURS if m._meta.app_label in BEHIND_THE_GATE], ids=label)
def test_no_relation_leads_back_into_the_credit_file(model: type[models.Model]) -> None:
    for field in model._meta.get_fields():
        if isinstance(field, models.ForeignKey) and field.related_model._meta.app_label != model._meta.app_label:
            related_name = str(field.remote_field.related_name)
            assert related_name.endswith("+"), f"{label(model)}.{field.name} can be followed from the other side"


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_nothing_disappears_with_something_else(model: type[models.Model]) -> None:
    for field in model._meta.local_fields:
        if isinstance(field, models.ForeignKey) and not field.name.startswith("pgh_"):
            assert field.remote_field.on_delete is models.PROTECT, f"{label(model)}.{field.name}"


@pytest.mark.django_db
def test_the_migrations_are_complete() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
