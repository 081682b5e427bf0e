"""The life of a product version: drafted and submitted by the bank, listed or returned by a reviewer, paused, withdrawn."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from institutions.models import Institution, Officer
from institutions.products import policies
from institutions.products.criteria import clean_criteria
from institutions.products.models import (
    AskableItem,
    AskedMode,
    Product,
    ProductVersion,
)
from institutions.products.rules import CriteriaError, Terms
from institutions.products.states import MOVES, VersionState
from institutions.states import InstitutionState
from portal.accounts.models import User
from portal.accounts.roles import OfficerRole, Permission
from portal.audit.actions import record
from portal.messages.actions import notify
from portal.refusals import Conflict, NotPermitted, Refusal
from portal.transitions import IllegalMove, move

EDITABLE = frozenset({VersionState.DRAFT, VersionState.RETURNED})
IN_THE_MAKING = EDITABLE | {VersionState.SUBMITTED}
ON_OFFER = frozenset({VersionState.LISTED, VersionState.PAUSED})


class ProductNameTaken(Conflict):
    code = "product_name_taken"
    message = _("本机构已有同名产品。请换一个名称，或在原产品上起草新版本。")


class AlreadyInTheMaking(Conflict):
    code = "already_in_the_making"
    message = _("该产品已有一个起草或审核中的版本，请先完成它。")


class TermsUnsound(Refusal):
    code = "terms_unsound"
    message = _("产品条款有误，请检查后重试。")


class InstitutionNotAdmitted(Refusal):
    code = "institution_not_admitted"
    message = _("本机构当前未准入或已暂停，不能提交产品。请联系平台管理方。")


class OwnDraft(NotPermitted):
    code = "own_draft"
    message = _("不能审核自己起草、自己提交或所在机构的产品，请交由另一位审核员办理。")


class NoteMissing(Refusal):
    code = "note_missing"
    message = _("退回时请写明需要修改的内容。")


@transaction.atomic
def draft(*, officer: Officer, name: str, terms: Terms, at: datetime) -> ProductVersion:
    """A new product with its first version. The institution's row is locked, so that a form sent twice makes one product."""
    institution = Institution.objects.select_for_update(of=("self",), no_key=True).get(pk=officer.institution_id)
    if not policies.may_draft(officer, institution.pk):
        raise NotPermitted
    if Product.objects.filter(institution=institution, name=name).exists():
        raise ProductNameTaken
    product = Product.objects.create(institution=institution, name=name, drafted_at=at, drafted_by=officer.user)
    version = ProductVersion.objects.create(
        product=product, number=1, drafted_at=at, drafted_by=officer.user, **_columns(terms)
    )
    _note("draft", version, by=officer.user, at=at)
    return version


@transaction.atomic
def draft_next(*, product: Product, officer: Officer, at: datetime) -> ProductVersion:
    """A new version that starts from the newest one. The version on offer stays until the new one is listed."""
    product = Product.objects.select_for_update(of=("self",), no_key=True).get(pk=product.pk)
    if not policies.may_draft(officer, product.institution_id):
        raise NotPermitted
    if product.versions.filter(state__in=IN_THE_MAKING).exists():
        raise AlreadyInTheMaking
    latest = product.versions.order_by("-number")[0]
    version = ProductVersion.objects.create(
        product=product,
        number=latest.number + 1,
        drafted_at=at,
        drafted_by=officer.user,
        **_columns(terms_of(latest)),
    )
    _note("draft", version, by=officer.user, at=at)
    return version


@transaction.atomic
def revise(*, version: ProductVersion, officer: Officer, terms: Terms, at: datetime) -> ProductVersion:
    """Change the terms of a version that nobody is reviewing. Whoever revises becomes its drafter and may not review it."""
    version = _locked(version)
    if not policies.may_draft(officer, version.product.institution_id):
        raise NotPermitted
    if version.state not in EDITABLE:
        raise IllegalMove
    columns = _columns(terms)
    for column, value in columns.items():
        setattr(version, column, value)
    version.drafted_at, version.drafted_by = at, officer.user
    version.reviewed_at = version.reviewed_by = None
    version.save(update_fields=[*columns, "drafted_at", "drafted_by", "reviewed_at", "reviewed_by"])
    _note("revise", version, by=officer.user, at=at)
    return version


@transaction.atomic
def submit(*, version: ProductVersion, officer: Officer, at: datetime) -> ProductVersion:
    version = _locked(version)
    if not policies.may_draft(officer, version.product.institution_id):
        raise NotPermitted
    if version.product.institution.state != InstitutionState.ADMITTED:
        raise InstitutionNotAdmitted
    move(version, "submit", table=MOVES, by=officer.user, at=at, reviewed_at=None, reviewed_by=None, review_note="")
    _note("submit", version, by=officer.user, at=at)
    return version


@transaction.atomic
def list_version(*, version: ProductVersion, by: User, at: datetime, note: str = "") -> ProductVersion:
    """Put a reviewed version on the shelf in place of the one on offer. Never by whoever drafted or submitted it."""
    version = _for_review(version, by)
    for former in ProductVersion.objects.select_for_update(of=("self",)).filter(
        product=version.product_id, state__in=ON_OFFER
    ):
        move(former, "replace", table=MOVES, by=by, at=at)
    move(version, "list", table=MOVES, by=by, at=at, review_note=note.strip())
    _note("list", version, by=by, at=at)
    _tell_bank(version, gettext("产品 %(product)s 已审核通过并上架"), at=at)
    return version


@transaction.atomic
def return_version(*, version: ProductVersion, note: str, by: User, at: datetime) -> ProductVersion:
    """Send a version back to the bank with what must change."""
    version = _for_review(version, by)
    if not note.strip():
        raise NoteMissing
    move(version, "return", table=MOVES, by=by, at=at, review_note=note.strip())
    _note("return", version, by=by, at=at)
    _tell_bank(version, gettext("产品 %(product)s 被退回，请按审核意见修改"), at=at)
    return version


@transaction.atomic
def pause(*, version: ProductVersion, by: User, at: datetime) -> ProductVersion:
    """Off the shelf for a while; running applications go on."""
    return _keep("pause", version, by, at)


@transaction.atomic
def resume(*, version: ProductVersion, by: User, at: datetime) -> ProductVersion:
    return _keep("resume", version, by, at)


@transaction.atomic
def withdraw(*, version: ProductVersion, by: User, at: datetime) -> ProductVersion:
    """Off the shelf for good; a new version may still be drafted."""
    return _keep("withdraw", version, by, at)


@transaction.atomic
def publish_items(*, items: Iterable[AskableItem], at: datetime) -> int:
    """Take over from the catalogue which items a product may ask for; items no longer in it are dropped."""
    rows = list(items)
    for row in rows:
        row.published_at = at
    AskableItem.objects.exclude(pk__in=[row.pk for row in rows]).delete()
    AskableItem.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["sequence", "category", "name", "needs_consent", "published_at"],
    )
    return len(rows)


def terms_of(version: ProductVersion) -> Terms:
    """The terms a version carries, to start another from."""
    return Terms(**{name: getattr(version, name) for name in Terms.__dataclass_fields__})


def _columns(terms: Terms) -> dict[str, object]:
    """The terms as columns. Refuses what no product may say, in the words of whichever rule is broken."""
    try:
        criteria = clean_criteria(terms.criteria)
    except CriteriaError as error:
        raise TermsUnsound(str(error)) from error
    amounts_in_order = 0 < terms.min_amount <= terms.max_amount
    terms_in_order = 0 < terms.min_term_months <= terms.max_term_months
    rates_in_order = 0 <= terms.min_rate <= terms.max_rate < 1
    if not (amounts_in_order and terms_in_order and rates_in_order and terms.guarantees and terms.repayment_methods):
        raise TermsUnsound
    if set(terms.asked_items.values()) - set(AskedMode.values):
        raise TermsUnsound(_("所需信用信息的使用方式无法识别。"))
    return asdict(terms) | {"criteria": criteria}


def _locked(version: ProductVersion) -> ProductVersion:
    """Product first, then version: the order everybody locks in."""
    Product.objects.select_for_update(of=("self",), no_key=True).get(pk=version.product_id)
    rows = ProductVersion.objects.select_for_update(of=("self",)).select_related("product__institution")
    return rows.get(pk=version.pk)


def _for_review(version: ProductVersion, by: User) -> ProductVersion:
    version = _locked(version)
    if not by.may(Permission.PRODUCT_REVIEW):
        raise NotPermitted
    if not policies.may_review(by, version):
        raise OwnDraft
    return version


def _keep(verb: str, version: ProductVersion, by: User, at: datetime) -> ProductVersion:
    version = _locked(version)
    if not policies.may_keep(by, version):
        raise NotPermitted
    move(version, verb, table=MOVES, by=by, at=at)
    _note(verb, version, by=by, at=at)
    return version


def _note(verb: str, version: ProductVersion, *, by: User, at: datetime) -> None:
    institution_id = version.product.institution_id
    record(f"product.{verb}", version, by=by, at=at, institution_id=institution_id, facts={"number": version.number})


def _tell_bank(version: ProductVersion, subject: str, *, at: datetime) -> None:
    managers = User.objects.filter(
        officer_posts__institution=version.product.institution_id,
        officer_posts__ended_at=None,
        officer_posts__role=OfficerRole.PRODUCT_MANAGER,
    )
    link = f"/bank/products/{version.pk}/"
    notify(users=managers, subject=subject % {"product": version.product}, body=version.review_note, link=link, at=at)
