"""State a fact under a signed commitment, correct it, take it back. Each becomes a batch of one row, judged like any other."""

import io
import json
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from enterprises.consent import signing
from enterprises.credit import actions as credit
from enterprises.credit import queries as catalogue
from enterprises.credit import tasks
from enterprises.credit.models import Batch, Item
from enterprises.credit.schemas import OPERATION, ItemSchema
from enterprises.declarations import commitment, policies, queries
from enterprises.declarations.models import Declaration
from enterprises.declarations.states import DeclarationState
from enterprises.models import Enterprise, Member
from portal.accounts.models import User
from portal.audit import actions as audit
from portal.documents import actions as documents
from portal.documents.models import DocumentKind, IssuedDocument
from portal.refusals import Conflict, NotPermitted, Refusal


class FactUnsound(Refusal):
    code = "fact_unsound"
    message = _("填报内容未通过校验，请按提示修改。")


class FactStated(Conflict):
    code = "fact_already_stated"
    message = _("同一事实已经填报过；内容有变化的，请在原填报上更正。")


class NotInForce(Conflict):
    code = "declaration_not_in_force"
    message = _("这条填报已更正、撤回或尚未入库，请刷新页面查看最新状态。")


class AnotherFact(Refusal):
    code = "correction_of_another_fact"
    message = _("更正不能改变主键字段；要填报另一事实的，请新增填报。")


class KeyOfAnother(Conflict):
    code = "submission_key_of_another"
    message = _("表单已过期，请重新打开页面后再提交。")


@transaction.atomic
def declare(
    *,
    member: Member,
    item: Item,
    cells: Mapping[str, str],
    corrects: Declaration | None = None,
    submission_key: UUID,
    at: datetime,
) -> Declaration:
    """Sign one fact for the member's firm. The same ``submission_key`` gives the declaration already signed.

    The worker then brings it into the record store; until then it waits, and what the checks refuse shows on its page.
    """
    if not policies.may_declare(member, item):
        raise NotPermitted
    Enterprise.objects.select_for_update(of=("self",), no_key=True).get(pk=member.enterprise_id)
    if known := Declaration.objects.filter(submission_key=submission_key).first():
        if known.enterprise_id != member.enterprise_id:
            raise KeyOfAnother
        return known
    schema = catalogue.schemas([item.pk])[item.pk]
    kept = {name: text for name, text in cells.items() if text and name in schema.by_name}
    kept |= {schema.uscc_field: member.enterprise.uscc}
    corrects = corrects and Declaration.objects.select_related("batch").get(pk=corrects.pk)  # as it is under the lock
    _refuse(schema, kept, corrects, member, at)
    declaration = _signed(
        member=member, schema=schema, cells=kept, corrects=corrects, submission_key=submission_key, at=at
    )
    declaration.batch = _send(schema, kept, key=str(submission_key), by=member.user, at=at)
    declaration.save()
    _record("fact.declare", declaration, member.user, at)
    return declaration


@transaction.atomic
def withdraw(*, declaration: Declaration, member: Member, at: datetime) -> Declaration:
    """Take a stated fact back: the record is withdrawn as a new version, the signed declaration stays."""
    rows = Declaration.objects.select_for_update(of=("self",)).select_related(
        "item", "enterprise", "batch__item_version__item__department"
    )
    declaration = rows.get(pk=declaration.pk)
    if declaration.enterprise_id != member.enterprise_id or not policies.may_declare(member, declaration.item):
        raise NotPermitted
    if _fate(declaration) != DeclarationState.IN_FORCE:
        raise NotInForce
    schema = catalogue.schema_of(declaration.batch.item_version)
    key = {*schema.natural_key, schema.uscc_field}
    cells = {name: text for name, text in declaration.cells.items() if name in key} | {OPERATION: "D"}
    declaration.withdrawal = _send(schema, cells, key=str(uuid4()), by=member.user, at=at)
    declaration.withdrawn_at, declaration.withdrawn_by = at, member.user
    declaration.save(update_fields=["withdrawal", "withdrawn_at", "withdrawn_by"])
    _record("fact.withdraw", declaration, member.user, at)
    return declaration


def commitment_letter(*, declaration: Declaration, by: User, at: datetime) -> IssuedDocument:
    """The signed commitment as PDF: issued once, the same file ever after."""
    issued = IssuedDocument.objects.filter(
        kind=DocumentKind.COMMITMENT, subject_kind=declaration._meta.label_lower, subject_id=str(declaration.pk)
    ).first()
    if issued is not None:
        return issued
    return documents.issue(
        kind=DocumentKind.COMMITMENT,
        title=commitment.in_force().title,
        template="enterprises/declarations/letter.html",
        template_version=declaration.commitment_version,
        context={
            "declaration": declaration,
            "stated": queries.stated(declaration),
            "scheme": signing.scheme_in_words(declaration.signature_scheme),
        },
        subject=declaration,
        enterprise_id=declaration.enterprise_id,
        by=by,
        at=at,
    )


def is_genuine(declaration: Declaration) -> bool | None:
    """Whether the stored words still give the signed digest, and the signature is of it; None where nobody can say just now."""
    digest = signing.sm3(signing.canonical_text(_terms(declaration)))
    if digest != declaration.digest:
        return False
    try:
        return signing.holds(declaration.signature_scheme, digest, declaration.signature)
    except signing.SigningUnavailable:
        return None


# --- Inside -------------------------------------------------------------------------------------------------------------


def _refuse(
    schema: ItemSchema, cells: Mapping[str, str], corrects: Declaration | None, member: Member, at: datetime
) -> None:
    if faults := queries.faults(schema, cells, timezone.localdate(at)):
        said = [f"{schema[field].label}：{'；'.join(texts)}" for field, texts in faults.items()]
        raise FactUnsound(_now("填报内容未通过校验：%(what)s") % {"what": "；".join(said)})
    if corrects is None:
        if queries.is_stated_already(schema=schema, cells=cells):
            raise FactStated
        return
    if corrects.enterprise_id != member.enterprise_id or _fate(corrects) != DeclarationState.IN_FORCE:
        raise NotInForce
    if any(cells.get(name) != corrects.cells.get(name) for name in schema.natural_key):
        raise AnotherFact


def _fate(declaration: Declaration) -> DeclarationState:
    (found,) = queries.told([declaration])
    return found.fate


def _signed(
    *,
    member: Member,
    schema: ItemSchema,
    cells: dict[str, str],
    corrects: Declaration | None,
    submission_key: UUID,
    at: datetime,
) -> Declaration:
    words = commitment.in_force()
    declaration = Declaration(
        enterprise=member.enterprise,
        item_id=schema.code,
        cells=cells,
        corrects=corrects,
        commitment_version=words.version,
        commitment=words.text,
        submission_key=submission_key,
        signer_role=member.role,
        signed_at=at,
        signed_by=member.user,
    )
    declaration.digest = signing.sm3(signing.canonical_text(_terms(declaration)))
    signed = signing.signer().sign(declaration.digest)
    declaration.signature, declaration.signature_scheme = signed.value, signed.scheme
    return declaration


def _terms(declaration: Declaration) -> dict[str, object]:
    """Everything the signature covers, as plain values."""
    return {
        "commitment": [declaration.commitment_version, declaration.commitment],
        "submission_key": str(declaration.submission_key),
        "enterprise": declaration.enterprise.uscc,
        "signer": {"user": declaration.signed_by_id, "role": str(declaration.signer_role)},
        "item": declaration.item_id,
        "cells": declaration.cells,
        "corrects": declaration.corrects_id,
        "signed_at": int(declaration.signed_at.timestamp()),
    }


def _send(schema: ItemSchema, cells: Mapping[str, str], *, key: str, by: User, at: datetime) -> Batch:
    """One row as a delivery of the source of declarations. The note makes each delivery a file of its own."""
    line = json.dumps({**cells, "#": key}, ensure_ascii=False)
    batch = credit.receive(
        item_code=schema.code,
        source_code=queries.declared_source().code,
        file=io.BytesIO(f"{line}\n".encode()),
        file_name="declaration.jsonl",
        idempotency_key=key,
        by=by,
        at=at,
    )
    transaction.on_commit(partial(tasks.advance_batch.delay, batch.pk))
    return batch


def _record(verb: str, declaration: Declaration, by: User, at: datetime) -> None:
    facts = {"item": declaration.item_id, "digest": declaration.digest}
    audit.record(verb, declaration, by=by, at=at, enterprise_id=declaration.enterprise_id, facts=facts)
