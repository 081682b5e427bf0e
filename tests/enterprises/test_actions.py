import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from enterprises import actions
from enterprises.digests import person_digest
from enterprises.models import Enterprise, Invitation, Member, ProofMethod, RegistrationStatus, Representation
from enterprises.states import RepresentationState
from portal.accounts.models import User
from portal.accounts.roles import EnterpriseRole, StaffRole
from portal.audit.models import AuditEvent
from portal.documents.actions import UploadNotWhatItSays
from portal.identifiers import COOPERATIVE, SOLE_TRADER, resident_check_character
from portal.messages.models import Message
from portal.refusals import NotPermitted, Refusal
from portal.transitions import IllegalMove
from tests.factories import (
    EnterpriseFactory,
    InvitationFactory,
    MemberFactory,
    RepresentationFactory,
    StaffPostFactory,
    UserFactory,
    uscc,
)

pytestmark = pytest.mark.django_db

ID_NUMBER = "64010419800101123" + resident_check_character("64010419800101123")
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def _firm(**fields: object) -> Enterprise:
    return EnterpriseFactory(legal_representative_digest=person_digest(ID_NUMBER), **fields)


def _compare(user: User, firm: Enterprise, at: dt.datetime, **fields: str) -> Representation:
    typed = {"claimed_name": "王建国", "id_number": ID_NUMBER} | fields
    return actions.claim_firm(user=user, uscc=firm.uscc, method=ProofMethod.REGISTRY, at=at, **typed)


def _verbs() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("verb", flat=True))


def _reviewer(**fields: object) -> User:
    return StaffPostFactory(role=StaffRole.REGISTRY_REVIEWER, **fields).user


# Comparing with the registry


@pytest.mark.parametrize("prefix", ["91", SOLE_TRADER, COOPERATIVE])
def test_whoever_the_registry_confirms_becomes_the_legal_representative(prefix: str, now: dt.datetime) -> None:
    firm, user = _firm(uscc=uscc(77, prefix=prefix)), UserFactory()

    claim = _compare(user, firm, now, claimed_name=" 王 建国", id_number=ID_NUMBER.lower())

    firm.refresh_from_db()
    member = Member.objects.get(enterprise=firm)
    assert (claim.state, claim.reviewed_at, claim.reviewed_by) == (RepresentationState.PROVED, now, None)
    assert (member.user, member.role, firm.bound_at) == (user, EnterpriseRole.LEGAL_REPRESENTATIVE, now)
    assert _verbs() == ["representation.prove"]


@pytest.mark.parametrize("typed", [{"claimed_name": "李四"}, {"id_number": "640104198001011239"}])
def test_a_wrong_name_or_number_binds_nothing_and_is_kept_as_a_try(typed: dict[str, str], now: dt.datetime) -> None:
    firm, user = _firm(), UserFactory()

    claim = _compare(user, firm, now, **typed)

    assert (claim.state, claim.refusal_reason) == (RepresentationState.REFUSED, "姓名或证件号码与登记信息不一致")
    assert not Member.objects.exists()
    assert _verbs() == ["representation.refuse"]


def test_three_wrong_tries_lock_the_comparison_until_tomorrow_for_every_firm(now: dt.datetime) -> None:
    firm, other, user = _firm(), _firm(), UserFactory()
    for _try in range(3):
        _compare(user, firm, now, claimed_name="李四")

    with pytest.raises(actions.TooManyTries):
        _compare(user, other, now)
    assert _compare(user, other, now + dt.timedelta(days=1)).state == RepresentationState.PROVED


def test_tries_of_one_person_do_not_lock_another(now: dt.datetime) -> None:
    firm, stranger = _firm(), UserFactory()
    for _try in range(3):
        _compare(stranger, firm, now, claimed_name="李四")

    assert _compare(UserFactory(), firm, now).state == RepresentationState.PROVED


def test_without_a_number_in_the_registry_the_comparison_is_refused(now: dt.datetime) -> None:
    with pytest.raises(actions.RegistryCannotProve):
        _compare(UserFactory(), EnterpriseFactory(), now)


def test_a_firm_already_bound_is_refused_with_what_to_do(now: dt.datetime) -> None:
    firm = _firm()
    MemberFactory(enterprise=firm)

    with pytest.raises(actions.FirmAlreadyBound, match="请由法定代表人邀请您"):
        _compare(UserFactory(), firm, now)


def test_a_member_need_not_bind_again(now: dt.datetime) -> None:
    member = MemberFactory(enterprise=_firm())

    with pytest.raises(actions.AlreadyMember):
        _compare(member.user, member.enterprise, now)


@pytest.mark.parametrize("status", sorted(actions.GONE))
def test_a_firm_that_is_gone_cannot_be_bound(status: str, now: dt.datetime) -> None:
    with pytest.raises(actions.FirmGone):
        _compare(UserFactory(), _firm(status=status), now)


def test_a_firm_at_rest_may_be_bound(now: dt.datetime) -> None:
    claim = _compare(UserFactory(), _firm(status=RegistrationStatus.SUSPENDED), now)

    assert claim.state == RepresentationState.PROVED


def test_a_code_the_registry_does_not_know_is_refused(now: dt.datetime) -> None:
    with pytest.raises(actions.FirmNotFound):
        _compare(UserFactory(), EnterpriseFactory.build(uscc=uscc(99)), now)


# The licence and its reviewer


def _file(
    user: User, firm: Enterprise, at: dt.datetime, content: bytes = PDF, name: str = "营业执照.pdf"
) -> Representation:
    licence = SimpleUploadedFile(name, content)
    return actions.claim_firm(
        user=user, uscc=firm.uscc, method=ProofMethod.LICENCE, claimed_name="王建国", licence=licence, at=at
    )


def test_a_licence_is_filed_for_a_reviewer_and_binds_nothing_yet(now: dt.datetime) -> None:
    claim = _file(UserFactory(), EnterpriseFactory(), now)

    assert (claim.state, claim.licence is not None) == (RepresentationState.FILED, True)
    assert not Member.objects.exists()


def test_a_licence_that_is_not_what_it_says_is_refused(now: dt.datetime) -> None:
    with pytest.raises(UploadNotWhatItSays):
        _file(UserFactory(), EnterpriseFactory(), now, content=b"MZ not a picture", name="licence.png")

    assert not Representation.objects.exists()


def test_a_claim_without_a_licence_is_refused(now: dt.datetime) -> None:
    with pytest.raises(actions.LicenceMissing):
        actions.claim_firm(
            user=UserFactory(), uscc=EnterpriseFactory().uscc, method=ProofMethod.LICENCE, claimed_name="王建国", at=now
        )


def test_a_second_claim_waits_for_the_first(now: dt.datetime) -> None:
    user, firm = UserFactory(), EnterpriseFactory()
    _file(user, firm, now)

    with pytest.raises(actions.ClaimWaits):
        _file(user, firm, now)


def test_approval_binds_the_firm_and_tells_the_applicant(now: dt.datetime) -> None:
    claim, reviewer = RepresentationFactory(), _reviewer()

    actions.approve_representation(representation=claim, by=reviewer, at=now)

    claim.refresh_from_db()
    assert (claim.state, claim.reviewed_at, claim.reviewed_by) == (RepresentationState.PROVED, now, reviewer)
    assert Member.objects.get(enterprise=claim.enterprise).user == claim.user
    assert [message.recipient for message in Message.objects.all()] == [claim.user]


def test_of_two_claims_on_one_firm_the_second_approval_is_refused(now: dt.datetime) -> None:
    first, reviewer = RepresentationFactory(), _reviewer()
    second = RepresentationFactory(enterprise=first.enterprise)
    actions.approve_representation(representation=first, by=reviewer, at=now)

    with pytest.raises(actions.FirmAlreadyBound):
        actions.approve_representation(representation=second, by=reviewer, at=now)


def test_a_claim_on_a_firm_that_has_gone_meanwhile_is_not_approved(now: dt.datetime) -> None:
    claim = RepresentationFactory()
    Enterprise.objects.update(status=RegistrationStatus.CLOSED)

    with pytest.raises(actions.FirmGone):
        actions.approve_representation(representation=claim, by=_reviewer(), at=now)


def test_a_handler_whose_own_claim_waits_is_not_made_a_member_twice(now: dt.datetime) -> None:
    claim = RepresentationFactory()
    MemberFactory(user=claim.user, enterprise=claim.enterprise, role=EnterpriseRole.HANDLER)

    with pytest.raises(actions.AlreadyMember):
        actions.approve_representation(representation=claim, by=_reviewer(), at=now)


def test_a_claim_is_judged_once(now: dt.datetime) -> None:
    claim, reviewer = RepresentationFactory(), _reviewer()
    actions.refuse_representation(representation=claim, reason="照片不清晰", by=reviewer, at=now)

    with pytest.raises(IllegalMove):
        actions.approve_representation(representation=claim, by=reviewer, at=now)


def test_a_refusal_needs_a_reason_and_reaches_the_applicant(now: dt.datetime) -> None:
    claim, reviewer = RepresentationFactory(), _reviewer()

    with pytest.raises(actions.ReasonMissing):
        actions.refuse_representation(representation=claim, reason=" ", by=reviewer, at=now)
    actions.refuse_representation(representation=claim, reason="照片不清晰", by=reviewer, at=now)

    assert Message.objects.get(recipient=claim.user).body == "照片不清晰"


def test_nobody_reviews_the_own_claim_nor_another_regions(now: dt.datetime) -> None:
    reviewer = _reviewer()
    own = RepresentationFactory(user=reviewer)
    elsewhere = _reviewer(region_code="640200")

    with pytest.raises(actions.ReviewNotYours):
        actions.approve_representation(representation=own, by=reviewer, at=now)
    with pytest.raises(actions.ReviewNotYours):
        actions.approve_representation(representation=RepresentationFactory(), by=elsewhere, at=now)
    with pytest.raises(actions.ReviewNotYours):
        actions.approve_representation(representation=RepresentationFactory(), by=UserFactory(), at=now)


def test_the_database_itself_refuses_a_reviewer_who_is_the_applicant() -> None:
    claim = RepresentationFactory()

    with pytest.raises(IntegrityError, match="nobody_proves_the_own_representation"), transaction.atomic():
        Representation.objects.filter(pk=claim.pk).update(reviewed_by=claim.user)


# Invitations


def _token() -> str:
    """The token as it stands in the message that was sent."""
    return Message.objects.latest("id").link.rstrip("/").rpartition("/")[2]


def test_an_invitation_is_sent_with_a_link_whose_token_is_not_kept(now: dt.datetime) -> None:
    member = MemberFactory()

    invitation = actions.invite(member=member, role=EnterpriseRole.HANDLER, address="138 0013 8000", at=now)

    message = Message.objects.get()
    assert (invitation.address, message.address, message.channel) == ("+8613800138000", "+8613800138000", "sms")
    assert invitation.token_digest == actions.token_digest(_token()) != _token()
    assert invitation.expires_at == now + dt.timedelta(days=7)


def test_whoever_holds_the_address_joins_and_a_second_click_changes_nothing(now: dt.datetime) -> None:
    member, invited = MemberFactory(), UserFactory(phone="+8613800138000")
    actions.invite(member=member, role=EnterpriseRole.HANDLER, address="13800138000", at=now)
    token = _token()

    joined = actions.accept_invitation(token=token, user=invited, at=now)
    again = actions.accept_invitation(token=token, user=invited, at=now)

    assert (joined.role, joined.enterprise, joined.joined_by) == ("handler", member.enterprise, member.user)
    assert again == joined
    assert _verbs() == ["member.invite", "member.join"]


@pytest.mark.parametrize("holder", [{"phone": "+8613900000001"}, {"phone": "+8613800138000", "phone_verified": False}])
def test_an_invitation_for_another_address_is_refused(holder: dict[str, object], now: dt.datetime) -> None:
    InvitationFactory(address="+8613800138000", token="t1")

    with pytest.raises(actions.InvitationForAnother):
        actions.accept_invitation(token="t1", user=UserFactory(**holder), at=now)


def test_an_e_mail_address_counts_only_when_verified(now: dt.datetime) -> None:
    from allauth.account.models import EmailAddress

    user = UserFactory()
    InvitationFactory(address="fin@example.com", token="t1")
    address = EmailAddress.objects.create(user=user, email="Fin@example.com", verified=False)

    with pytest.raises(actions.InvitationForAnother):
        actions.accept_invitation(token="t1", user=user, at=now)
    address.verified = True
    address.save()
    assert actions.accept_invitation(token="t1", user=user, at=now).user == user


@pytest.mark.parametrize(
    "gone",
    [
        {"expires_at": dt.datetime(2026, 11, 19, tzinfo=dt.UTC)},
        {"cancelled_at": dt.datetime(2026, 11, 19, tzinfo=dt.UTC)},
    ],
)
def test_an_invitation_that_is_over_is_refused(gone: dict[str, object], now: dt.datetime) -> None:
    user = UserFactory(phone="+8613800138000")
    InvitationFactory(address=user.phone, token="t1", **gone)

    with pytest.raises(actions.InvitationOver):
        actions.accept_invitation(token="t1", user=user, at=now)


def test_an_unknown_token_is_refused(now: dt.datetime) -> None:
    with pytest.raises(actions.InvitationNotFound):
        actions.accept_invitation(token="nothing", user=UserFactory(), at=now)


def test_a_member_cannot_take_up_an_invitation(now: dt.datetime) -> None:
    member = MemberFactory()
    InvitationFactory(enterprise=member.enterprise, address=member.user.phone, token="t1")

    with pytest.raises(actions.AlreadyMember):
        actions.accept_invitation(token="t1", user=member.user, at=now)


@pytest.mark.parametrize(
    ("by_role", "role", "refusal"),
    [
        (EnterpriseRole.HANDLER, EnterpriseRole.HANDLER, NotPermitted),
        (EnterpriseRole.VIEWER, EnterpriseRole.VIEWER, NotPermitted),
        (EnterpriseRole.LEGAL_REPRESENTATIVE, EnterpriseRole.LEGAL_REPRESENTATIVE, actions.RoleNotInvitable),
    ],
)
def test_only_the_legal_representative_invites_and_only_to_lesser_roles(
    by_role: str, role: str, refusal: type[Refusal], now: dt.datetime
) -> None:
    with pytest.raises(refusal):
        actions.invite(member=MemberFactory(role=by_role), role=role, address="a@example.com", at=now)


def test_an_open_invitation_is_not_sent_twice_but_a_cancelled_one_is(now: dt.datetime) -> None:
    member = MemberFactory()
    first = actions.invite(member=member, role="viewer", address="A@example.com", at=now)

    with pytest.raises(actions.AlreadyInvited):
        actions.invite(member=member, role="viewer", address="a@example.com", at=now)
    actions.cancel_invitation(invitation=first, member=member, at=now)
    actions.invite(member=member, role="viewer", address="a@example.com", at=now)

    assert Invitation.objects.open().count() == 1


def test_an_answered_invitation_cannot_be_cancelled_nor_by_another_firm(now: dt.datetime) -> None:
    member = MemberFactory()
    answered = InvitationFactory(enterprise=member.enterprise, accepted_at=now)

    with pytest.raises(actions.InvitationOver):
        actions.cancel_invitation(invitation=answered, member=member, at=now)
    with pytest.raises(NotPermitted):
        actions.cancel_invitation(invitation=InvitationFactory(), member=member, at=now)


# Ending membership


def test_the_legal_representative_ends_a_handlers_membership_who_is_told(now: dt.datetime) -> None:
    boss = MemberFactory()
    handler = MemberFactory(enterprise=boss.enterprise, role=EnterpriseRole.HANDLER)

    ended = actions.end_membership(member=handler, by=boss, at=now)

    assert (ended.ended_at, ended.ended_by) == (now, boss.user)
    assert Message.objects.get().recipient == handler.user
    with pytest.raises(actions.MembershipEnded):
        actions.end_membership(member=handler, by=boss, at=now)


def test_everybody_may_leave_except_the_legal_representative(now: dt.datetime) -> None:
    boss = MemberFactory()
    viewer = MemberFactory(enterprise=boss.enterprise, role=EnterpriseRole.VIEWER)

    actions.end_membership(member=viewer, by=viewer, at=now)

    assert not Member.objects.acting().filter(pk=viewer.pk).exists()
    with pytest.raises(actions.LastLegalRepresentative):
        actions.end_membership(member=boss, by=boss, at=now)


def test_a_handler_or_another_firms_representative_ends_nobody(now: dt.datetime) -> None:
    boss = MemberFactory()
    handler = MemberFactory(enterprise=boss.enterprise, role=EnterpriseRole.HANDLER)
    viewer = MemberFactory(enterprise=boss.enterprise, role=EnterpriseRole.VIEWER)

    for by in (handler, MemberFactory()):
        with pytest.raises(NotPermitted):
            actions.end_membership(member=viewer, by=by, at=now)
