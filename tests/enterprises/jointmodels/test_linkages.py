import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest

from enterprises.jointmodels import link_digests
from enterprises.jointmodels.actions import linkages
from enterprises.jointmodels.models import Invitation, Linkage
from enterprises.models import Enterprise
from institutions.models import Officer
from portal.accounts.roles import EnterpriseRole, OfficerRole
from portal.messages.models import Message
from portal.refusals import NotPermitted
from portal.transitions import IllegalMove
from tests.factories import LONG_AGO, EnterpriseFactory, MemberFactory, OfficerFactory, uscc

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bounds")]


@pytest.fixture
def manager() -> Officer:
    return OfficerFactory(role=OfficerRole.PRODUCT_MANAGER)


@pytest.fixture
def customers() -> list[Enterprise]:
    """Sixty firms that use the station; the first has a representative."""
    firms = EnterpriseFactory.create_batch(60, bound_at=LONG_AGO)
    MemberFactory(enterprise=firms[0])
    return firms


def strangers(count: int) -> list[str]:
    return [uscc(70_000_000 + number) for number in range(count)]


def compare(officer: Officer, codes: list[str], at: dt.datetime) -> Linkage:
    linkage = linkages.open_linkage(officer=officer, title="存量客户", at=at)
    told = link_digests.digests(codes, bytes.fromhex(linkage.secret), str(linkage.pk))
    return linkages.count(linkage=linkage, officer=officer, digests="\n".join(told).encode(), at=at)


def test_a_bank_learns_about_how_many_and_nothing_else(
    manager: Officer, customers: list[Enterprise], now: dt.datetime
) -> None:
    linkage = compare(manager, [firm.uscc for firm in customers] + strangers(80), now)

    assert linkage.listed == 140
    assert linkage.told is not None
    assert linkage.told % 10 == 0
    assert 30 <= linkage.told <= 90
    assert linkage.secret == ""
    assert not Invitation.objects.visible_to(manager.user).exists()


def test_firms_that_only_stand_in_the_registry_do_not_count(manager: Officer, now: dt.datetime) -> None:
    codes = [firm.uscc for firm in EnterpriseFactory.create_batch(60)]

    linkage = compare(manager, codes + strangers(60), now)

    assert (linkage.told, linkage.members) == (None, [])


def test_a_small_overlap_is_not_told_and_nobody_is_asked(
    manager: Officer, customers: list[Enterprise], now: dt.datetime
) -> None:
    linkage = compare(manager, [customers[0].uscc, *strangers(120)], now)

    assert linkage.told is None
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("is_first", [True, False])
def test_a_list_less_one_firm_gets_the_same_answer_whether_or_not_the_firm_is_here(
    manager: Officer, customers: list[Enterprise], now: dt.datetime, is_first: bool
) -> None:
    """The subset attack: send a list, send it again without the target, compare."""
    target = customers[0].uscc
    rest = [firm.uscc for firm in customers[1:]] + strangers(80)
    order = [[target, *rest], rest] if is_first else [rest, [target, *rest]]

    told = [compare(manager, codes, now).told for codes in order]

    assert told[0] == told[1]


def test_lists_are_compared_so_often_in_a_quarter_and_no_more(manager: Officer, now: dt.datetime) -> None:
    for _turn in range(4):
        linkages.open_linkage(officer=manager, title="名单", at=now)

    with pytest.raises(linkages.LinkagesSpent):
        linkages.open_linkage(officer=manager, title="名单", at=now)
    assert linkages.open_linkage(officer=manager, title="名单", at=now + dt.timedelta(days=60)).pk


def test_a_comparison_is_made_once(manager: Officer, customers: list[Enterprise], now: dt.datetime) -> None:
    linkage = compare(manager, [firm.uscc for firm in customers] + strangers(80), now)

    with pytest.raises(linkages.AlreadyCounted):
        linkages.count(linkage=linkage, officer=manager, digests=b"", at=now)


@pytest.mark.parametrize(
    ("digests", "refusal"),
    [
        (("91640100MA75W6X00X\n" * 200).encode(), linkages.NotDigests),
        (("0" * 64 + "\n").encode() * 200, linkages.ListTooShort),
        (b"\xff\xfe" * 200, linkages.NotDigests),
        (b"", linkages.ListTooShort),
    ],
)
def test_what_is_no_list_of_digests_is_refused(
    manager: Officer, now: dt.datetime, digests: bytes, refusal: type[Exception]
) -> None:
    linkage = linkages.open_linkage(officer=manager, title="名单", at=now)

    with pytest.raises(refusal):
        linkages.count(linkage=linkage, officer=manager, digests=digests, at=now)


def test_a_loan_officer_and_another_bank_do_not_compare(manager: Officer, now: dt.datetime) -> None:
    linkage = linkages.open_linkage(officer=manager, title="名单", at=now)

    with pytest.raises(NotPermitted):
        linkages.open_linkage(officer=OfficerFactory(), title="名单", at=now)
    with pytest.raises(NotPermitted):
        linkages.count(linkage=linkage, officer=OfficerFactory(role=OfficerRole.PRODUCT_MANAGER), digests=b"", at=now)


def test_a_firm_is_asked_and_is_named_once_it_agrees_until_it_declines(
    manager: Officer, customers: list[Enterprise], now: dt.datetime
) -> None:
    linkage = compare(manager, [firm.uscc for firm in customers] + strangers(80), now)
    member = customers[0].members.get()
    invitation = Invitation.objects.get(enterprise=customers[0])
    assert Message.objects.filter(recipient=member.user, link="/enterprise/invitations/").count() == 1

    linkages.agree(invitation=invitation, member=member, at=now)
    named = list(Invitation.objects.visible_to(manager.user).values_list("linkage", "enterprise__name"))
    linkages.decline(invitation=invitation, member=member, at=now)

    assert named == [(linkage.pk, customers[0].name)]
    assert not Invitation.objects.visible_to(manager.user).exists()
    with pytest.raises(IllegalMove):
        linkages.decline(invitation=invitation, member=member, at=now)


def test_only_whoever_may_grant_answers_and_only_for_the_own_firm(
    manager: Officer, customers: list[Enterprise], now: dt.datetime
) -> None:
    compare(manager, [firm.uscc for firm in customers] + strangers(80), now)
    invitation = Invitation.objects.get(enterprise=customers[0])

    for member in (MemberFactory(), MemberFactory(enterprise=customers[0], role=EnterpriseRole.VIEWER)):
        with pytest.raises(NotPermitted):
            linkages.agree(invitation=invitation, member=member, at=now)


def test_a_firm_is_asked_once_per_bank(manager: Officer, customers: list[Enterprise], now: dt.datetime) -> None:
    codes = [firm.uscc for firm in customers] + strangers(80)
    compare(manager, codes, now)
    compare(manager, codes, now)

    assert Invitation.objects.filter(enterprise=customers[0]).count() == 1


# The program that banks run.


def test_sm3_in_plain_python_gives_the_digests_of_the_standard() -> None:
    """GB/T 32905-2016, annex A."""
    assert link_digests.sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert link_digests.sm3(b"abcd" * 16).hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


def test_the_program_runs_alone_and_gives_the_stations_digests(tmp_path: Path) -> None:
    (tmp_path / "tool.py").write_text(Path(link_digests.__file__).read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "key").write_text(f"17\n{'ab' * 32}\n", encoding="ascii")
    (tmp_path / "list.csv").write_text("代码,名称\n91640100ma75w6x00x ,甲\n\n91640100MA75W6X00X,乙\n", encoding="utf-8")

    subprocess.run(
        [sys.executable, "-I", "-S", "tool.py", "key", "list.csv", "out"], cwd=tmp_path, check=True, capture_output=True
    )

    expected = link_digests.digests(["91640100MA75W6X00X"], bytes.fromhex("ab" * 32), "17")
    assert (tmp_path / "out").read_text(encoding="ascii").split() == expected
