"""What a visitor finds ready: sample logins with a first thing to try, colleagues, a newcomer, work in the review queues."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from enterprises import actions as registry
from enterprises.consent import gate
from enterprises.models import Enterprise, Member, ProofMethod
from enterprises.objections import actions as remedies
from enterprises.objections.models import Repair
from lending.province.draws import stream
from lending.province.firms import Firm
from lending.province.paper import sheet
from lending.province.people import People, enter
from portal.accounts.models import User
from portal.accounts.roles import EnterpriseRole
from portal.messages.models import Message
from portal.refusals import Refusal

#: Records that a firm may object to and have repaired.
ADVERSE: Final = ("AP_PENALTY", "MR_ABNORMAL")


@dataclass(frozen=True)
class Login:
    """One line of the list of sample logins."""

    role: str
    username: str
    first: str

    def as_json(self) -> dict[str, str]:
        return asdict(self)


def invite_colleagues(people: People, legal: Member, *, at: datetime) -> None:
    """A handler and a viewer, who take up the invitation from the message they were sent."""
    colleagues = {"handler": EnterpriseRole.HANDLER, "viewer": EnterpriseRole.VIEWER}
    users = {name: people.make(name, at=at) for name in colleagues}
    enter(list(users.values()))
    for name, role in colleagues.items():
        user = users[name]
        registry.invite(member=legal, role=role, address=user.email, at=at)
        link = Message.objects.filter(address=user.email).order_by("-pk").values_list("link", flat=True)[0]
        token = link.strip("/").rpartition("/")[2]
        registry.accept_invitation(token=token, user=user, at=at + timedelta(hours=3))


def add_newcomers(people: People, firms: list[Firm], *, at: datetime) -> Firm:
    """Somebody who has registered and may bind a firm, and somebody whose licence waits for a reviewer."""
    bound = set(Enterprise.objects.filter(bound_at__isnull=False).values_list("uscc", flat=True))
    free = [firm for firm in firms if firm.is_living and firm.uscc not in bound and firm.quality > 500]
    newcomer, waiting = free[0], free[1]
    users = [
        people.make("newcomer", name=newcomer.person, at=at),
        people.make("waiting", name=waiting.person, at=at),
    ]
    enter(users)
    registry.claim_firm(
        user=users[1],
        uscc=waiting.uscc,
        method=ProofMethod.LICENCE,
        claimed_name=waiting.person,
        licence=sheet("营业执照", "SAMPLE LICENCE"),
        at=at + timedelta(minutes=8),
    )
    return newcomer


def file_remedies(firms: list[Firm], remedy_officer: User, *, seed: int, at: datetime) -> int:
    """An objection that waits, and a repair that is being handled; by firms that do have an adverse record."""
    filed = 0
    for firm in firms:
        member = Member.objects.acting().select_related("enterprise", "user").filter(enterprise__uscc=firm.uscc).first()
        found = _adverse_record(member, at) if member else None
        if member is None or found is None:
            continue
        rng = stream(seed, "remedies", firm.number)
        item, record_id = found
        key, moment = UUID(int=rng.getrandbits(128), version=4), at + timedelta(hours=filed)
        try:
            if filed == 0:
                _object(member, item, record_id, key, moment)
            else:
                repair = _repair(member, item, record_id, key, moment)
                remedies.accept(remedy=repair, by=remedy_officer, at=moment + timedelta(hours=20))
        except Refusal:
            continue  # still inside its shortest period of publication
        filed += 1
        if filed == 2:
            break
    return filed


def _adverse_record(member: Member, at: datetime) -> tuple[str, int] | None:
    file = gate.own_file(member=member, item_codes=ADVERSE, at=at)
    return next(((section.code, row.record_id) for section in file.sections for row in section.rows), None)


def _object(member: Member, item: str, record_id: int, key: UUID, at: datetime) -> None:
    remedies.file_objection(
        member=member,
        item_code=item,
        record_id=record_id,
        statement="该处罚决定已被行政复议撤销,附复议决定书,请核实后更正。",
        evidence=sheet("行政复议决定书", "SAMPLE"),
        submission_key=key,
        at=at,
    )


def _repair(member: Member, item: str, record_id: int, key: UUID, at: datetime) -> Repair:
    return remedies.file_repair(
        member=member,
        item_code=item,
        record_id=record_id,
        statement="已缴纳罚款并完成整改,附缴款凭证。",
        commitment="我单位承诺依法诚信经营,不再发生同类违法行为,如违反承诺愿接受加重惩戒。",
        evidence=sheet("缴款凭证与整改报告", "SAMPLE"),
        submission_key=key,
        at=at,
    )


def logins(newcomer: Firm) -> list[Login]:
    """Whom to be, and what to try first."""
    return [
        Login("企业新用户", "newcomer", f"绑定 {newcomer.name}:{newcomer.uscc},{newcomer.person},{newcomer.id_number}"),
        Login("企业法定代表人", "legal", "看首页等级与理由,发布一笔融资需求,授权并申请"),
        Login("企业经办人", "handler", "跟进申请,提交补充材料"),
        Login("企业查看人", "viewer", "查看档案与贷款"),
        Login("银行信贷员", "officer", "从收件箱打开申请,查看信用档案,提出授信建议;贷款、备案、补偿"),
        Login("银行审批人", "approver", "审批信贷员的授信建议(不能审批自己提出的)"),
        Login("银行产品经理", "pm", "起草产品与准入条件,提交审核"),
        Login("银行管理员", "bankadmin", "管理网点与人员"),
        Login("数据中心管理员", "steward", "报送批次、问题行、信息目录"),
        Login("主体核验员", "registry", "核验待审的营业执照"),
        Login("机构与产品审核员", "reviewer", "审核待上架的产品"),
        Login("异议与修复专员", "remedy", "办理异议与信用修复"),
        Login("补偿审查员", "checker", "审查待办的补偿申请"),
        Login("补偿审定员", "claimapprover", "审定已审查的补偿申请"),
        Login("资金拨付员", "treasurer", "拨付已审定的补偿,看试算平衡"),
        Login("统筹监督员", "supervisor", "首页漏斗与五市一基地,逐层下钻"),
        Login("系统管理员", "sysadmin", "用户与岗位"),
        Login("安全管理员", "secadmin", "查询记录"),
        Login("审计管理员", "auditor", "审计事件与封存块"),
    ]
