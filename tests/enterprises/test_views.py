import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from enterprises.access import SESSION_KEY
from enterprises.digests import person_digest
from enterprises.models import Invitation, Member, Representation
from portal.accounts.roles import EnterpriseRole, StaffRole
from portal.audit.models import AuditEvent
from portal.identifiers import resident_check_character
from portal.messages.models import Message
from tests.factories import (
    EnterpriseFactory,
    InvitationFactory,
    MemberFactory,
    RepresentationFactory,
    StaffPostFactory,
    UploadFactory,
    UserFactory,
    uscc,
)

pytestmark = pytest.mark.django_db

ID_NUMBER = "64010419800101123" + resident_check_character("64010419800101123")


def _signed_in(client: Client, user: object) -> Client:
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")  # type: ignore[arg-type]
    return client


GOOD = uscc(12345)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (GOOD[:-1], "应为 18 位，现在是 17 位"),
        (GOOD[:8] + "I" + GOOD[9:], "第 9 位“I”不是代码可用的字符"),
        (GOOD[:2] + "64A104" + GOOD[8:], "第 3 至 8 位应为登记机关行政区划"),
        (GOOD[:16] + ("1" if GOOD[16] != "1" else "2") + GOOD[17], "第 17 位校验码"),
        (GOOD[:17] + ("1" if GOOD[17] != "1" else "2"), "第 18 位校验码"),
    ],
)
def test_a_faulty_code_is_refused_and_says_which_character(typed: str, sentence: str, client: Client) -> None:
    answer = _signed_in(client, UserFactory()).get(reverse("enterprise_bind"), {"uscc": typed})

    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_a_pasted_code_leads_to_the_registrys_facts_with_the_person_and_address_masked(client: Client) -> None:
    firm = EnterpriseFactory(number=12345, legal_representative="王建国", domicile="银川市兴庆区解放西街1号")
    pasted = f" {firm.uscc[:8].lower()}-{firm.uscc[8:]} "

    answer = _signed_in(client, UserFactory()).get(reverse("enterprise_bind"), {"uscc": pasted}, follow=True)

    text = answer.content.decode()
    assert answer.redirect_chain == [(reverse("enterprise_bind_prove", args=[firm.uscc]), 302)]
    assert all(fact in text for fact in (firm.name, firm.uscc, "企业", "存续", "兴庆区"))
    assert "王建国" not in text
    assert "解放西街" not in text


def test_a_code_the_registry_does_not_hold_says_what_to_do(client: Client) -> None:
    answer = _signed_in(client, UserFactory()).get(reverse("enterprise_bind"), {"uscc": GOOD})

    assert answer.status_code == 422
    assert "登记库中没有这个统一社会信用代码" in answer.content.decode()


def test_the_representative_binds_by_comparison_and_lands_among_the_members(client: Client) -> None:
    firm = EnterpriseFactory(legal_representative_digest=person_digest(ID_NUMBER))
    typed = {"method": "registry", "registry-claimed_name": "王建国", "registry-id_number": ID_NUMBER}

    answer = _signed_in(client, UserFactory()).post(
        reverse("enterprise_bind_prove", args=[firm.uscc]), typed, follow=True
    )

    assert answer.redirect_chain[-1] == (reverse("enterprise_members"), 302)
    assert firm.name in answer.content.decode()
    assert client.session[SESSION_KEY] == Member.objects.get().pk


def test_a_mismatch_says_how_many_tries_are_left(client: Client) -> None:
    firm = EnterpriseFactory(legal_representative_digest=person_digest(ID_NUMBER))
    typed = {"method": "registry", "registry-claimed_name": "李四", "registry-id_number": ID_NUMBER}

    answer = _signed_in(client, UserFactory()).post(reverse("enterprise_bind_prove", args=[firm.uscc]), typed)

    assert answer.status_code == 422
    assert "今天还可以比对 2 次" in answer.content.decode()
    assert ID_NUMBER not in answer.content.decode()


def test_a_mistyped_identity_number_costs_no_try(client: Client) -> None:
    firm = EnterpriseFactory(legal_representative_digest=person_digest(ID_NUMBER))
    wrong = ID_NUMBER[:-1] + ("1" if ID_NUMBER[-1] != "1" else "2")
    typed = {"method": "registry", "registry-claimed_name": "王建国", "registry-id_number": wrong}

    answer = _signed_in(client, UserFactory()).post(reverse("enterprise_bind_prove", args=[firm.uscc]), typed)

    assert "末位校验码不符" in answer.content.decode()
    assert not Representation.objects.exists()


def test_a_firm_bound_by_another_is_refused_with_409(client: Client) -> None:
    firm = MemberFactory(enterprise__legal_representative_digest=person_digest(ID_NUMBER)).enterprise
    typed = {"method": "registry", "registry-claimed_name": "王建国", "registry-id_number": ID_NUMBER}

    answer = _signed_in(client, UserFactory()).post(reverse("enterprise_bind_prove", args=[firm.uscc]), typed)

    assert answer.status_code == 409
    assert "请由法定代表人邀请您加入" in answer.content.decode()


def test_a_licence_is_filed_and_its_state_shown_on_the_binding_page(client: Client) -> None:
    firm = EnterpriseFactory()
    licence = SimpleUploadedFile("营业执照.pdf", b"%PDF-1.4\ntrailer<<>>\n%%EOF\n")
    typed = {"method": "licence", "licence-claimed_name": "王建国", "licence-licence": licence}

    answer = _signed_in(client, UserFactory()).post(
        reverse("enterprise_bind_prove", args=[firm.uscc]), typed, follow=True
    )

    assert answer.redirect_chain[-1] == (reverse("enterprise_bind"), 302)
    assert "待核验" in answer.content.decode()


# Members


def test_somebody_without_a_firm_is_led_to_bind_one(client: Client) -> None:
    answer = _signed_in(client, UserFactory()).get(reverse("enterprise_members"))

    assert (answer.status_code, answer["Location"]) == (302, reverse("enterprise_bind"))


@pytest.mark.parametrize("role", [EnterpriseRole.HANDLER, EnterpriseRole.VIEWER])
def test_only_the_legal_representative_may_open_the_invitation_form(role: str, client: Client) -> None:
    answer = _signed_in(client, MemberFactory(role=role).user).get(reverse("enterprise_invite"))

    assert answer.status_code == 403


def test_an_invitation_travels_from_form_to_link_to_membership(client: Client) -> None:
    boss, invited = MemberFactory(), UserFactory(phone="+8613800138000")
    _signed_in(client, boss.user).post(reverse("enterprise_invite"), {"role": "handler", "address": "138 0013 8000"})
    link = Message.objects.get().link

    shown = Client().get(link)
    joined = _signed_in(Client(), invited).post(link, follow=True)

    assert boss.enterprise.name in shown.content.decode()
    assert reverse("account_login") in shown.content.decode()
    assert "您已加入" in joined.content.decode()


def test_a_wrong_link_says_so(client: Client) -> None:
    answer = client.get(reverse("invitation_accept", args=["nothing"]))

    assert answer.status_code == 422
    assert "邀请链接无效" in answer.content.decode()


def test_ending_a_membership_asks_first(client: Client) -> None:
    boss = MemberFactory()
    handler = MemberFactory(enterprise=boss.enterprise, role=EnterpriseRole.HANDLER)
    page = reverse("enterprise_member_end", args=[handler.pk])

    asked = _signed_in(client, boss.user).get(page)
    assert Member.objects.acting().filter(pk=handler.pk).exists()
    client.post(page)

    assert str(handler.user) in asked.content.decode()
    assert not Member.objects.acting().filter(pk=handler.pk).exists()


def test_another_firms_members_and_invitations_do_not_exist(client: Client) -> None:
    _signed_in(client, MemberFactory().user)
    stranger, invitation = MemberFactory(role=EnterpriseRole.HANDLER), InvitationFactory()

    assert client.post(reverse("enterprise_member_end", args=[stranger.pk])).status_code == 404
    assert client.post(reverse("enterprise_invitation_cancel", args=[invitation.pk])).status_code == 404
    assert client.post(reverse("enterprise_switch"), {"member": stranger.pk}).status_code == 404


def test_a_person_with_two_firms_switches_between_them(client: Client) -> None:
    first = MemberFactory()
    second = MemberFactory(user=first.user)
    _signed_in(client, first.user)

    client.post(reverse("enterprise_switch"), {"member": second.pk})

    assert second.enterprise.name in client.get(reverse("enterprise_members")).content.decode()
    assert client.session[SESSION_KEY] == second.pk


def test_an_ended_membership_opens_nothing(client: Client) -> None:
    member = MemberFactory(role=EnterpriseRole.VIEWER, ended_at=timezone.now())

    answer = _signed_in(client, member.user).get(reverse("enterprise_members"))

    assert answer["Location"] == reverse("enterprise_bind")


@pytest.mark.parametrize("people", [3, 30])
def test_the_members_page_asks_as_many_queries_for_many_as_for_few(
    people: int, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    boss = MemberFactory()
    for _person in range(people):
        MemberFactory(enterprise=boss.enterprise, role=EnterpriseRole.VIEWER)
        InvitationFactory(enterprise=boss.enterprise, expires_at=timezone.now() + dt.timedelta(days=1))
    _signed_in(client, boss.user)

    with django_assert_max_num_queries(8):
        client.get(reverse("enterprise_members"))


# The reviewer's desk


def _desk(client: Client) -> Client:
    return _signed_in(client, StaffPostFactory(role=StaffRole.REGISTRY_REVIEWER).user)


def test_a_reviewer_approves_from_the_desk(client: Client) -> None:
    claim = RepresentationFactory()
    page = reverse("admin:enterprises_representation_change", args=[claim.pk])

    shown = _desk(client).get(page)
    client.post(reverse("admin:enterprises_representation_approve", args=[claim.pk]))

    assert "核验通过" in shown.content.decode()
    assert Member.objects.get(enterprise=claim.enterprise).user == claim.user
    assert reverse("admin:enterprises_representation_approve", args=[claim.pk]) not in client.get(page).content.decode()


def test_a_reviewer_refuses_with_a_reason_from_the_desk(client: Client) -> None:
    claim = RepresentationFactory()
    door = reverse("admin:enterprises_representation_refuse", args=[claim.pk])

    empty = _desk(client).post(door, {"_form_submitted": "on", "reason": ""})
    client.post(door, {"_form_submitted": "on", "reason": "照片不清晰"})

    claim.refresh_from_db()
    assert empty.status_code == 200
    assert (claim.state, claim.refusal_reason) == ("refused", "照片不清晰")


def test_an_approval_is_never_a_link(client: Client) -> None:
    claim = RepresentationFactory()

    answer = _desk(client).get(reverse("admin:enterprises_representation_approve", args=[claim.pk]))

    assert answer.status_code == 405


def test_the_desk_is_closed_to_other_posts_and_regions(client: Client) -> None:
    claim = RepresentationFactory()
    page = reverse("admin:enterprises_representation_change", args=[claim.pk])

    other_post = _signed_in(Client(), StaffPostFactory(role=StaffRole.TREASURER).user).get(page)
    other_region = _signed_in(
        Client(), StaffPostFactory(role=StaffRole.REGISTRY_REVIEWER, region_code="640200").user
    ).get(page)

    assert other_post.status_code == 403
    assert other_region.status_code == 302
    assert claim.claimed_name not in other_region.content.decode()


def test_a_licence_is_opened_by_the_reviewer_and_leaves_a_trace_and_by_nobody_else(client: Client) -> None:
    claim = RepresentationFactory(licence=UploadFactory())
    door = reverse("admin:enterprises_representation_licence", args=[claim.licence_id])

    other = _signed_in(Client(), StaffPostFactory(role=StaffRole.TREASURER).user).get(door)
    opened = _desk(client).get(door)

    assert (other.status_code, opened.status_code) == (404, 200)
    assert AuditEvent.objects.filter(verb="upload.open").count() == 1


def test_an_address_with_an_unknown_code_says_what_to_do(client: Client) -> None:
    answer = _signed_in(client, UserFactory()).get(reverse("enterprise_bind_prove", args=[uscc(777)]))

    assert answer.status_code == 422
    assert "登记库中没有这个统一社会信用代码" in answer.content.decode()


def test_an_invitation_sent_twice_is_refused_beside_the_form_and_one_can_be_cancelled(client: Client) -> None:
    _signed_in(client, MemberFactory().user)
    typed = {"role": "viewer", "address": "Fin@Example.com"}
    client.post(reverse("enterprise_invite"), typed)

    again = client.post(reverse("enterprise_invite"), typed)
    [invitation] = Invitation.objects.open()
    client.post(reverse("enterprise_invitation_cancel", args=[invitation.pk]))

    assert again.status_code == 409
    assert "已有未处理的邀请" in again.content.decode()
    assert not Invitation.objects.open().exists()


@pytest.mark.parametrize("address", ["12345", "a@", "no address"])
def test_an_address_that_is_neither_phone_nor_e_mail_is_refused(address: str, client: Client) -> None:
    answer = _signed_in(client, MemberFactory().user).post(
        reverse("enterprise_invite"), {"role": "viewer", "address": address}
    )

    assert answer.status_code == 422
    assert not Invitation.objects.exists()


def test_the_desk_lists_the_firms_of_the_reviewers_region_only(client: Client) -> None:
    here = EnterpriseFactory(county_code="640104")
    elsewhere = EnterpriseFactory(county_code="640202")
    reviewer = StaffPostFactory(role=StaffRole.REGISTRY_REVIEWER, region_code="640100").user

    text = _signed_in(client, reviewer).get(reverse("admin:enterprises_enterprise_changelist")).content.decode()

    assert (here.name in text, elsewhere.name in text, "兴庆区" in text) == (True, False, True)
