"""Items of the courts and of the serious-breach lists (司法, 严重失信主体名单)."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from lending.province.draws import happens
from lending.province.firms import facts
from lending.province.items.world import Row, Subject, money, office

CAUSES = ("买卖合同纠纷", "金融借款合同纠纷", "建设工程施工合同纠纷", "租赁合同纠纷", "劳动争议", "民间借贷纠纷")
COURTS: dict[str, str] = facts("words")["courts"]


def _case(day: date, number: int, word: str) -> str:
    return f"({day.year})宁{number % 90 + 100:04d}{word}{number:05d}号"


def _enforcement(subject: Subject) -> tuple[Random, date, int, int, str]:
    """The firm's enforcement case as all three court items tell it: day, sum, what is still owed, its number."""
    rng, firm = subject.shared("enforcement"), subject.firm
    age = rng.randint(60, 900)
    day = max(firm.established_on + timedelta(days=1), subject.today - timedelta(days=age))
    amount = max(20_000, firm.revenue_wan * 10_000 // rng.randint(6, 30))
    left = amount * rng.randint(20, 100) // 100
    return rng, day, amount, left, _case(day, firm.number, "执")


def judgments(subject: Subject) -> Iterator[Row]:
    firm, rng = subject.firm, subject.rng
    roles = ["被告"] * rng.choice((1, 1, 2, 3)) if subject.fate.is_defendant else []
    roles += ["原告"] if happens(rng, 45) else []
    for number, role in enumerate(roles):
        day = subject.day_within(720)
        yield {
            "case_no": _case(day, firm.number * 4 + number, "民初"),
            "uscc": firm.uscc,
            "party_role": role,
            "cause": rng.choice(CAUSES),
            "court": COURTS[firm.city],
            "judge_date": str(day),
            "effective_date": "",
            "claim_amount": money(max(8_000, firm.revenue_wan * 10_000 // rng.randint(10, 60))),
            "result_summary": "准许撤诉" if happens(rng, 200) else "判决支付货款及利息",
        }


def executions(subject: Subject) -> Iterator[Row]:
    if not subject.fate.is_executed:
        return
    rng, day, amount, left, case = _enforcement(subject)
    is_closed = happens(rng, 250) and not subject.fate.is_dishonest
    yield {
        "case_no": case,
        "uscc": subject.firm.uscc,
        "entity_name": subject.firm.name,
        "court": COURTS[subject.firm.city],
        "filing_date": str(day),
        "exec_amount": money(amount),
        "unfulfilled_amount": money(0 if is_closed else left),
        "case_status": "结案" if is_closed else rng.choice(("执行中", "执行中", "终本")),
        "close_date": str(day + timedelta(days=50)) if is_closed else "",
    }


def dishonest(subject: Subject) -> Iterator[Row]:
    if not subject.fate.is_dishonest:
        return
    rng, day, _amount, _left, case = _enforcement(subject)
    has_left = happens(rng, 160)
    yield {
        "case_no": case,
        "uscc": subject.firm.uscc,
        "entity_name": subject.firm.name,
        "legal_rep_name": subject.firm.person,
        "court": COURTS[subject.firm.city],
        "basis_doc_no": case.replace("执", "民初"),
        "basis_org": COURTS[subject.firm.city],
        "obligation": "给付金钱",
        "performance": rng.choice(("全部未履行", "部分履行")),
        "behavior": "有履行能力而拒不履行生效法律文书确定义务",
        "filing_date": str(day),
        "publish_date": str(day + timedelta(days=25)),
        "exit_date": str(day + timedelta(days=55)) if has_left else "",
    }


def restrictions(subject: Subject) -> Iterator[Row]:
    if not subject.fate.is_restricted:
        return
    rng, day, _amount, _left, case = _enforcement(subject)
    yield {
        "case_no": case,
        "uscc": subject.firm.uscc,
        "restricted_person": subject.firm.person,
        "court": COURTS[subject.firm.city],
        "filing_date": str(day),
        "publish_date": str(day + timedelta(days=28)),
        "lift_date": str(day + timedelta(days=58)) if happens(rng, 150) else "",
    }


def bankruptcies(subject: Subject) -> Iterator[Row]:
    firm, rng, kind = subject.firm, subject.rng, subject.fate.bankruptcy
    if not kind:
        return
    day = subject.day_within(420, since=200)
    approved = str(day + timedelta(days=150)) if kind == "重整" else ""
    yield {
        "case_no": _case(day, firm.number, "破"),
        "uscc": firm.uscc,
        "procedure": kind,
        "court": COURTS[firm.city],
        "accept_date": str(day),
        "administrator": "宁夏某律师事务所",
        "claim_deadline": str(day + timedelta(days=60)),
        "plan_approve_date": approved,
        "plan_end_date": str(day + timedelta(days=150 + 365 * 3)) if approved else "",
        "stage": rng.choice(("执行中", "批准重整计划")) if approved else "受理",
    }


def serious_lists(subject: Subject) -> Iterator[Row]:
    firm, rng = subject.firm, subject.rng
    if not subject.fate.is_on_serious_list:
        return
    day = subject.day_within(1000, since=90)
    is_removed = happens(rng, 200)
    code, name, organ = rng.choice(
        (
            ("SCJG01", "市场监督管理严重违法失信名单", "市场监督管理局"),
            ("SPYP01", "食品安全严重违法生产经营者名单", "市场监督管理局"),
            ("LDBZ01", "拖欠农民工工资失信联合惩戒对象名单", "人力资源和社会保障局"),
        )
    )
    yield {
        "list_code": code,
        "list_name": name,
        "uscc": firm.uscc,
        "entity_name": firm.name,
        "include_doc_no": f"宁失信列字〔{day.year}〕{firm.number}号",
        "include_reason": "性质恶劣、情节严重、社会危害较大",
        "include_date": str(day),
        "include_org": office(organ, firm.county, at_city=True)[0],
        "remove_date": str(day + timedelta(days=80)) if is_removed else "",
        "status": "已移出" if is_removed else "在列",
    }
