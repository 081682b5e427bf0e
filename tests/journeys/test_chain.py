"""The whole chain in a browser, each step by its own people: from registration to a compensated loss."""

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from enterprises.models import Enterprise
from institutions.products.models import ProductVersion
from lending.applications.models import Application
from lending.compensation.models import Claim
from lending.ledger import queries as ledger
from lending.loans import tasks as classification
from lending.loans.models import Loan
from lending.province.paper import sheet
from tests.journeys.conftest import PASSWORD, World, code_sent_to, count_figures, link_sent_to

Snap = Callable[[Page, str], Path]
Visit = Callable[..., Page]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_from_registration_to_a_compensated_loss(world: World, visit: Visit, snap: Snap, tmp_path: Path) -> None:
    paper = tmp_path / "材料.pdf"
    paper.write_bytes(sheet("材料", "SAMPLE").read())

    owner = register_and_bind(world, visit, snap)
    invite_a_handler(visit, owner, snap)
    draft_a_product(visit, snap)
    list_the_product(visit, snap)
    application = ask_consent_and_apply(visit, snap)
    look_and_ask_for_a_document(visit, snap, application)
    the_firm_sees_the_look_and_answers(visit, snap, application, paper)
    decide_with_four_eyes(visit, snap, application)
    loan = sign_and_draw(world, visit, snap, application)
    enrol(visit, snap, loan)
    pay_once_and_then_no_more(world, visit, snap, loan)
    claim = file_the_claim(visit, snap, loan, paper)
    three_officers_pay(visit, snap, claim)
    money_comes_back(world, visit, snap, claim)
    supervise(visit, snap, loan)


def register_and_bind(world: World, visit: Visit, snap: Snap) -> Page:
    """Step 1: a person registers by phone, binds the firm and proves to represent it."""
    page, firm = visit(), world.firm
    page.goto("/")
    snap(page, "journey-1-home")
    register(page, firm.person, "138 1234 5678")

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


def register(page: Page, name: str, phone: str) -> None:
    page.goto("/accounts/signup/")
    page.get_by_label("姓名").fill(name)
    page.get_by_label("手机号").first.fill(phone)
    page.get_by_label("密码").first.fill(PASSWORD)
    page.get_by_label("再次输入密码").fill(PASSWORD)
    page.get_by_label("我已阅读并同意").check()
    page.get_by_role("button", name="注册并获取验证码").click()
    page.get_by_label(re.compile("验证码|代码")).fill(code_sent_to(phone.replace(" ", "")))
    page.get_by_role("button", name=re.compile("确认|验证")).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def invite_a_handler(visit: Visit, owner: Page, snap: Snap) -> None:
    """Step 1, its end: the handler registers by phone too and takes the invitation up."""
    owner.goto("/enterprise/members/")
    owner.get_by_role("link", name="邀请成员").click()
    owner.get_by_label("经办人").check()
    owner.get_by_label("手机号或邮箱").fill("13987654321")
    owner.get_by_role("button", name="发出邀请").click()
    handler = visit()
    register(handler, "马晓燕", "13987654321")
    handler.goto(link_sent_to("13987654321"))
    snap(handler, "journey-1-invitation")
    handler.get_by_role("button", name=re.compile("接受|加入")).click()
    handler.goto("/enterprise/")
    expect(handler.get_by_text("经办人").first).to_be_visible()


def draft_a_product(visit: Visit, snap: Snap) -> None:
    """Step 2: the product manager drafts a product with structured criteria and submits it."""
    page = visit("pm")
    page.goto("/bank/products/draft/")
    page.get_by_label("产品名称").fill("塞上信用快贷")
    page.get_by_label("一句话介绍").fill("面向中小微企业的信用贷款")
    figures = {
        "最低额度": "1",
        "最高额度": "300",
        "最短期限": "3",
        "最长期限": "24",
        "最低年利率": "3.5",
        "最高年利率": "4.4",
    }
    for label, value in figures.items():
        page.get_by_label(label).fill(value)
    page.locator('input[name="guarantees"][value="credit"]').check()
    page.locator('input[name="repayment_methods"][value="interest_first"]').check()
    page.get_by_label("成立满").fill("1")
    page.locator('input[name="exclusions"]').first.check()
    page.locator("summary", has_text="纳税").click()
    page.locator('select[name="item_TX_RATING"]').select_option("detail")
    page.locator('select[name="item_TX_PAYMENT"]').select_option("summary")
    page.get_by_role("button", name="预览条件").click()
    expect(page.get_by_text("成立满1年").first).to_be_visible()
    snap(page, "journey-2-draft")
    page.get_by_role("button", name="保存草稿").click()
    page.get_by_role("button", name="提交审核").click()
    expect(page.get_by_text("等待审核")).to_be_visible()


def list_the_product(visit: Visit, snap: Snap) -> None:
    """Step 2: a reviewer lists it; it stands on the public shelf."""
    version = ProductVersion.objects.get(product__name="塞上信用快贷")
    page = visit("reviewer")
    page.goto(f"/admin/products/productversion/{version.pk}/change/")
    snap(page, "journey-2-review")
    page.get_by_role("button", name="审核通过并上架").click()
    public = visit()
    public.goto("/products/")
    expect(public.get_by_text("塞上信用快贷").first).to_be_visible()
    snap(public, "journey-2-shelf")


def ask_consent_and_apply(visit: Visit, snap: Snap, *, login: str = "13812345678", phone: bool = False) -> Application:
    """Step 3: the firm posts a need, sees why products fit, consents and applies."""
    page, kind = visit(login, phone=phone), "phone-3" if phone else "journey-3"
    page.goto("/enterprise/needs/post/")
    page.get_by_label("需要多少资金").fill("30")
    page.get_by_label("用多久").fill("6")
    page.get_by_label("联系人").fill("张经理")
    page.get_by_label("联系电话").fill("13812345678")
    snap(page, f"{kind}-need")
    page.get_by_role("button", name="发布并查看匹配产品").click()
    expect(page.get_by_text("塞上信用快贷").first).to_be_visible()
    snap(page, f"{kind}-matches")
    page.get_by_role("link", name="申请该产品").first.click()
    page.get_by_role("link", name="去授权").click()
    prove_again(page)
    for box in page.locator('main input[type="checkbox"]').all():
        box.check()
    snap(page, f"{kind}-consent")
    page.get_by_role("button", name="签署并授权").click()
    expect(page.get_by_role("button", name="提交申请")).to_be_visible()
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_text("待受理").first).to_be_visible()
    snap(page, f"{kind}-applied")
    return Application.objects.get()


def prove_again(page: Page) -> None:
    """A signature asks for the password once more."""
    page.get_by_label("密码").first.fill(PASSWORD)
    page.get_by_role("button", name="确认").click()
    expect(page.get_by_role("button", name="签署并授权")).to_be_visible()


def look_and_ask_for_a_document(visit: Visit, snap: Snap, application: Application) -> None:
    """Step 4: the officer takes the application in, opens the file through the gate and asks for a document."""
    page = visit("officer")
    page.goto("/bank/")
    snap(page, "journey-4-bank-home")
    page.get_by_role("link", name=application.enterprise.name).first.click()
    page.get_by_role("button", name="受理").click()
    page.get_by_role("button", name="打开信用档案").click()
    expect(page.get_by_text("纳税").first).to_be_visible()
    snap(page, "journey-4-credit-file")
    page.goto(f"/bank/applications/{application.pk}/")
    page.locator("details", has=page.get_by_label("所需材料")).locator("summary").click()
    page.get_by_label("所需材料").fill("近三个月银行流水")
    page.get_by_role("button", name="发送").click()
    expect(page.get_by_text("待补充材料").first).to_be_visible()
    snap(page, "journey-4-application")


def the_firm_sees_the_look_and_answers(visit: Visit, snap: Snap, application: Application, paper: Path) -> None:
    """Step 4: the look stands in the firm's tracker; the firm hands the document in."""
    page = visit("13987654321")
    page.goto("/enterprise/looks/")
    look = page.get_by_role("row").filter(has_text="塞上银行").first
    expect(look.get_by_text("已放行")).to_be_visible()
    snap(page, "journey-4-tracker")
    page.goto("/enterprise/")
    page.get_by_role("link", name="补充材料").first.click()
    page.locator('input[type="file"]').set_input_files(paper)
    page.get_by_role("button", name="提交材料").click()
    expect(page.get_by_text("审查中").first).to_be_visible()


def decide_with_four_eyes(visit: Visit, snap: Snap, application: Application) -> None:
    """Step 4: proposed by the officer, approved by somebody else."""
    page = visit("officer")
    page.goto(f"/bank/applications/{application.pk}/")
    page.get_by_label("授信金额").fill("30")
    page.get_by_label("年利率").fill("4.2")
    page.get_by_role("button", name="提交审批").click()
    expect(page.get_by_text("待审批").first).to_be_visible()
    approver = visit("approver")
    approver.goto("/bank/")
    approver.get_by_role("link", name="审批下一笔").click()
    approver.get_by_role("button", name="批准授信").click()
    expect(approver.get_by_text("已授信").first).to_be_visible()
    snap(approver, "journey-4-approved")


def sign_and_draw(world: World, visit: Visit, snap: Snap, application: Application) -> Loan:
    """Step 5: contract and drawdown; the schedule is drawn up."""
    page = visit("officer")
    page.goto(f"/bank/applications/{application.pk}/sign/")
    page.get_by_label("合同编号").fill("TSB-2026-JOURNEY")
    page.get_by_role("button", name="登记合同").click()
    page.get_by_role("button", name="登记放款").click()
    expect(page.get_by_text("还款中").first).to_be_visible()
    snap(page, "journey-5-schedule")
    return Loan.objects.get(contract_number="TSB-2026-JOURNEY")


def enrol(visit: Visit, snap: Snap, loan: Loan) -> None:
    """Step 6: the loan is registered under a scheme, clause by clause."""
    page = visit("officer")
    page.goto(f"/bank/loans/{loan.pk}/enrol/")
    snap(page, "journey-6-enrol")
    page.get_by_role("button", name="按此方案备案").first.click()
    expect(page.get_by_text("已备案").first).to_be_visible()


def pay_once_and_then_no_more(world: World, visit: Visit, snap: Snap, loan: Loan) -> None:
    """Step 5: one repayment comes, then none; the nightly run classes the loan."""
    first = loan.instalments.order_by("number")[0]
    world.clock.move(days=(first.due_on - world.clock.today).days)
    page = visit("officer")
    page.goto(f"/bank/loans/{loan.pk}/")
    page.get_by_label("还款流水号").fill("LS-0001")
    page.get_by_label("还款金额").fill(str(first.principal_due + first.interest_due))
    page.get_by_role("button", name="登记还款").click()
    expect(page.get_by_text("LS-0001")).to_be_visible()
    second = loan.instalments.order_by("number")[1]
    world.clock.move(days=(second.due_on - world.clock.today).days + 95)
    classification.classify()
    page = visit("officer")
    page.goto("/bank/loans/?show=overdue")
    expect(page.get_by_role("row").filter(has_text="TSB-2026-JOURNEY").get_by_text("次级")).to_be_visible()
    snap(page, "journey-5-overdue")


def file_the_claim(visit: Visit, snap: Snap, loan: Loan, paper: Path) -> Claim:
    """Step 6: the claim is open now; the bank files it with its evidence."""
    page = visit("officer")
    page.goto(f"/bank/enrolments/{loan.enrolments.get().pk}/claim/")
    page.get_by_label("司法进展").select_option(label="法院已受理")
    page.get_by_label("情况说明").fill("多次上门催收未果，已向法院起诉。")
    page.get_by_label("证明材料").set_input_files(paper)
    snap(page, "journey-6-claim")
    page.get_by_role("button", name="提交申报").click()
    expect(page.get_by_text("待审查").first).to_be_visible()
    return Claim.objects.get()


def three_officers_pay(visit: Visit, snap: Snap, claim: Claim) -> None:
    """Step 6: checked, approved and paid by three different people."""
    address = f"/admin/compensation/claim/{claim.pk}/change/"
    steps = (
        ("checker", "审查意见", "审查通过"),
        ("claimapprover", "审定意见", "同意补偿"),
        ("treasurer", "拨付凭证号", "确认已拨付"),
    )
    for login, label, button in steps:
        page = visit(login)
        page.goto(address)
        page.get_by_label(label).fill("CZ20260001")
        snap(page, f"journey-6-{login}")
        page.get_by_role("button", name=button).click()
    claim.refresh_from_db()
    assert (claim.state, len({claim.checked_by_id, claim.approved_by_id, claim.paid_by_id})) == ("paid", 3)


def money_comes_back(world: World, visit: Visit, snap: Snap, claim: Claim) -> None:
    """Step 6: a recovery is shared as the loss was, and the books balance."""
    page = visit("officer")
    page.goto(f"/bank/claims/{claim.pk}/recover/")
    page.get_by_label("追偿流水号").fill("ZC-0001")
    page.get_by_label("追回日期").fill(str(world.clock.today))
    page.get_by_label("追回总额").fill("50000.00")
    page.get_by_label("实现债权费用").fill("2000.00")
    page.get_by_role("button", name="登记追偿").click()
    expect(page.get_by_text("ZC-0001")).to_be_visible()
    snap(page, "journey-6-recovery")
    recovery = claim.recoveries.get()
    assert recovery.fund_amount + recovery.bank_amount + recovery.cost_amount == Decimal("50000.00")
    assert sum(ledger.balances(claim.enrolment.scheme.fund.code).values()) == 0


def supervise(visit: Visit, snap: Snap, loan: Loan) -> None:
    """Step 7: the funnel on the first page of the admin site, and down to the row."""
    count_figures()
    region = Enterprise.objects.get(pk=loan.enterprise_id).responsible_region
    page = visit("supervisor")
    page.goto("/admin/?span=twelve")
    expect(page.get_by_text("从需求到放款")).to_be_visible()
    snap(page, "journey-7-dashboard")
    page.locator(f'a[href*="/admin/loans/loan/"][href*="responsible_region={region}"]').first.click()
    expect(page.get_by_text("TSB-2026-JOURNEY").first).to_be_visible()
    snap(page, "journey-7-rows")
