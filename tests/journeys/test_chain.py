"""The whole chain in a browser, each step by its own people: from registration to a compensated loss."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import PASSWORD, World, code_sent_to

Snap = Callable[[Page, str], Path]
Visit = Callable[..., Page]

pytestmark = pytest.mark.django_db(transaction=True)


def test_from_registration_to_a_compensated_loss(world: World, visit: Visit, snap: Snap) -> None:
    owner = register_and_bind(world, visit, snap)
    invite_a_handler(world, visit, owner, snap)


def register_and_bind(world: World, visit: Visit, snap: Snap) -> Page:
    """Step 1: a person registers by phone, binds the firm and proves to represent it."""
    page, firm = visit(), world.firm
    page.goto("/")
    snap(page, "journey-1-home")
    page.goto("/accounts/signup/")
    page.get_by_label("姓名").fill(firm.person)
    page.get_by_label("手机号", exact=False).first.fill("138 1234 5678")
    page.get_by_label("密码", exact=False).first.fill(PASSWORD)
    page.get_by_label("再次输入密码").fill(PASSWORD)
    page.get_by_label("我已阅读并同意").check()
    snap(page, "journey-1-register")
    page.get_by_role("button", name="注册并获取验证码").click()
    page.get_by_label(re.compile("验证码|代码")).fill(code_sent_to("13812345678"))
    page.get_by_role("button", name=re.compile("确认|验证")).click()

    expect(page.get_by_role("heading", name="绑定企业")).to_be_visible()
    page.get_by_label("统一社会信用代码").fill(firm.uscc[:-1] + ("0" if firm.uscc[-1] != "0" else "1"))
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_text("校验码")).to_be_visible()
    page.get_by_label("统一社会信用代码").fill(f"{firm.uscc[:8]} {firm.uscc[8:].lower()}")
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("heading", name=firm.name)).to_be_visible()
    snap(page, "journey-1-bind")
    page.get_by_label(re.compile("姓名")).first.fill(firm.person)
    page.get_by_label("证件号码").fill(firm.id_number)
    page.get_by_role("button", name="比对并绑定").click()
    page.goto("/enterprise/")
    expect(page.get_by_role("heading", name=firm.name)).to_be_visible()
    snap(page, "journey-1-first-page")
    return page


def invite_a_handler(world: World, visit: Visit, owner: Page, snap: Snap) -> None:
    pass
