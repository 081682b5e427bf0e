"""Items of many departments: licences, penalties, honours, support and titles."""

from collections.abc import Iterator
from datetime import date, timedelta

from lending.province.draws import happens
from lending.province.items.world import Row, Subject, office, wan

#: Trade -> (document, certificate, content, body).
LICENCES = {
    "餐饮": ("食品经营许可", "食品经营许可证", "热食类食品制售", "市场监督管理局"),
    "快餐": ("食品经营许可", "食品经营许可证", "热食类食品制售", "市场监督管理局"),
    "超市": ("食品经营许可", "食品经营许可证", "预包装食品销售", "市场监督管理局"),
    "便利": ("烟草专卖零售许可", "烟草专卖零售许可证", "卷烟零售", "烟草专卖局"),
    "医药": ("药品经营许可", "药品经营许可证", "处方药、非处方药零售", "市场监督管理局"),
    "口腔诊所": ("诊所备案", "诊所备案凭证", "口腔诊疗", "卫生健康局"),
    "物流": ("道路运输经营许可", "道路运输经营许可证", "道路普通货物运输", "交通运输局"),
    "化工": ("危险化学品经营许可", "危险化学品经营许可证", "危险化学品经营", "应急管理局"),
    "建筑工程": ("建筑施工企业安全生产许可", "安全生产许可证", "建筑施工", "住房和城乡建设局"),
    "葡萄酒庄": ("食品生产许可", "食品生产许可证", "酒类生产", "市场监督管理局"),
    "枸杞": ("食品生产许可", "食品生产许可证", "水果制品生产", "市场监督管理局"),
    "粮油": ("食品生产许可", "食品生产许可证", "粮食加工品生产", "市场监督管理局"),
    "乳业": ("食品生产许可", "食品生产许可证", "乳制品生产", "市场监督管理局"),
    "人力资源": ("劳务派遣经营许可", "劳务派遣经营许可证", "劳务派遣", "人力资源和社会保障局"),
    "养老服务": ("养老机构备案", "养老机构备案回执", "机构养老", "民政局"),
    "宾馆": ("特种行业许可", "特种行业许可证", "旅馆业", "公安局"),
}
SUBJECT_TYPES = {"company": "法人及非法人组织", "cooperative": "法人及非法人组织", "sole_trader": "个体工商户"}
VIOLATIONS = (
    ("轻微", "未按规定明码标价", "警告", 0, "市场监督管理局"),
    ("一般", "销售超过保质期的食品", "罚款", 8_000, "市场监督管理局"),
    ("一般", "未如实申报环境影响", "罚款", 30_000, "生态环境局"),
    ("一般", "安全生产管理人员未经考核合格", "罚款", 20_000, "应急管理局"),
    ("严重", "生产、销售不合格产品情节严重", "罚款", 120_000, "市场监督管理局"),
)
TITLES = ("科技型中小企业", "科技型中小企业", "雏鹰", "瞪羚")
TECHNICAL = frozenset(
    {
        "软件",
        "信息技术",
        "新材料",
        "光伏科技",
        "仪表阀门",
        "机械制造",
        "环保科技",
        "生物科技",
        "化工",
        "检测技术",
        "炭素",
    }
)
RURAL = frozenset({"枸杞", "滩羊养殖", "葡萄酒庄", "肉牛养殖", "马铃薯", "冷凉蔬菜", "乳业", "粮油"})


def licences(subject: Subject) -> Iterator[Row]:
    firm, rng = subject.firm, subject.rng
    if firm.trade not in LICENCES or not firm.is_living or happens(rng, 120):
        return
    document, certificate, content, body = LICENCES[firm.trade]
    day = subject.day_within(1500, since=30)
    until = day + timedelta(days=365 * 5)
    organ, code = office(body, firm.county)
    yield {
        "subject_name": firm.name,
        "subject_type": SUBJECT_TYPES[firm.kind],
        "subject_uscc": firm.uscc,
        "legal_rep_name": firm.person,
        "legal_rep_cert_no": firm.id_number,
        "doc_name": f"{document}决定书",
        "doc_no": f"宁许字〔{day.year}〕{firm.number:05d}号",
        "license_category": "普通",
        "certificate_name": certificate,
        "certificate_no": f"JY{firm.county}{firm.number:08d}",
        "content": content,
        "decide_date": str(day),
        "valid_from": str(day),
        "valid_to": str(until),
        "license_org": organ,
        "license_org_uscc": code,
        "status": "有效" if until > subject.today else "无效",
        "source_org": organ,
        "source_org_uscc": code,
        "remark": "",
    }


def penalties(subject: Subject) -> Iterator[Row]:
    firm, rng = subject.firm, subject.rng
    if not subject.fate.is_penalised:
        return
    for number in range(rng.choice((1, 1, 1, 2))):
        worst = 5 if firm.quality < 300 else 4
        severity, violation, kind, fine, body = VIOLATIONS[rng.randrange(worst)]
        day = subject.day_within(700)
        organ, code = office(body, firm.county)
        yield {
            "subject_name": firm.name,
            "subject_type": SUBJECT_TYPES[firm.kind],
            "subject_uscc": firm.uscc,
            "legal_rep_name": firm.person,
            "legal_rep_cert_no": firm.id_number,
            "doc_no": f"宁罚字〔{day.year}〕{firm.number:05d}-{number + 1}号",
            "violation_type": violation,
            "violation_fact": f"经查,当事人{violation}",
            "basis": "依照相关法律法规规定处理",
            "penalty_category": kind,
            "penalty_content": f"罚款{fine}元" if fine else "警告",
            "fine_amount": f"{wan(fine)}0000" if fine else "",
            "confiscated_amount": "",
            "revoked_license": "",
            "decide_date": str(day),
            "valid_to": "",
            "publish_deadline": str(day + timedelta(days={"轻微": 90, "一般": 365, "严重": 1095}[severity])),
            "penalty_org": organ,
            "penalty_org_uscc": code,
            "source_org": organ,
            "source_org_uscc": code,
            "procedure_type": "简易" if severity == "轻微" else "普通",
            "severity": severity,
            "repair_status": "未修复",
        }


def honours(subject: Subject) -> Iterator[Row]:
    firm, rng = subject.firm, subject.rng
    if firm.quality < 600 or not happens(rng, 70):
        return
    level, name, body = rng.choice(
        (
            ("市", "诚信示范企业", "发展和改革委员会"),
            ("自治区", "守合同重信用企业", "市场监督管理局"),
            ("县", "纳税先进单位", "人民政府"),
            ("自治区", "和谐劳动关系企业", "人力资源和社会保障局"),
        )
    )
    day = subject.day_within(1000)
    yield {
        "uscc": firm.uscc,
        "honor_name": f"{day.year}年度{name}",
        "honor_level": level,
        "award_org": office(body, firm.county, at_city=True)[0],
        "doc_no": "",
        "award_date": str(day),
        "valid_to": str(day + timedelta(days=1095)),
    }


def subsidies(subject: Subject) -> Iterator[Row]:
    firm, rng = subject.firm, subject.rng
    if firm.kind == "sole_trader" or firm.quality < 380 or not happens(rng, 110):
        return
    name = "特色农业产业扶持资金" if firm.trade in RURAL else "中小企业发展专项资金"
    for _grant in range(rng.choice((1, 1, 2))):
        day = subject.day_within(1000)
        yield {
            "uscc": firm.uscc,
            "policy_name": name,
            "project_name": f"{day.year}年{firm.trade}{rng.choice(('技术改造', '品牌提升', '产能提升'))}项目",
            "grant_amount": wan(rng.randint(3, 60) * 10_000),
            "grant_date": str(day),
            "grant_org": office("财政局", firm.county)[0],
        }


def certificates(subject: Subject) -> Iterator[Row]:
    firm, rng = subject.firm, subject.rng
    if not firm.is_company or firm.quality < 520 or not happens(rng, 160):
        return
    kind, level = (
        ("农业龙头", "自治区")
        if firm.trade in RURAL
        else rng.choice(
            (("创新型中小企业", "自治区"), ("专精特新", "自治区"), ("专精特新", "自治区"), ("小巨人", "国家"))
        )
    )
    year = subject.today.year - rng.randint(0, 3)
    if firm.established_on.year >= year:
        return
    yield {
        "uscc": firm.uscc,
        "cert_kind": kind,
        "cert_level": level,
        "batch_year": str(year),
        "cert_org": "自治区农业农村厅" if firm.trade in RURAL else "自治区工业和信息化厅",
        "valid_to": str(date(year + 3, 12, 31)),
    }


def technology_titles(subject: Subject) -> Iterator[Row]:
    firm, rng = subject.firm, subject.rng
    if not firm.is_company or firm.trade not in TECHNICAL or firm.quality < 420 or not happens(rng, 420):
        return
    kind = "高新技术企业" if firm.revenue_wan > 400 and happens(rng, 550) else rng.choice(TITLES)
    day = subject.day_within(900, since=40)
    yield {
        "uscc": firm.uscc,
        "qual_kind": kind,
        "cert_no": f"GR{day.year}64{firm.number:06d}",
        "issue_date": str(day),
        "valid_to": str(day + timedelta(days=1095)),
        "issue_org": "宁夏回族自治区科学技术厅",
    }


def research_projects(subject: Subject) -> Iterator[Row]:
    firm, rng = subject.firm, subject.rng
    if not firm.is_company or firm.trade not in TECHNICAL or not happens(rng, 300):
        return
    year = subject.today.year - 1
    if firm.established_on.year > year:
        return
    yield {
        "uscc": firm.uscc,
        "project_no": f"{year}BEG{firm.number:05d}",
        "project_name": f"{firm.trade}关键技术研究与应用",
        "project_kind": "自治区重点研发计划",
        "grant_amount": wan(rng.randint(10, 100) * 10_000),
        "rd_year": str(year),
        "rd_expense": wan(firm.revenue_wan * 10_000 * rng.randint(15, 70) // 1000),
        "rd_staff": str(max(1, firm.staff // 8)),
        "status": rng.choice(("在研", "在研", "验收")),
    }
