"""What the sample province's station has told the public: notices, a digest of policy and a case. All of it made up."""

from datetime import datetime, timedelta

from portal.accounts.models import User
from portal.pages import actions
from portal.pages.models import Article, ArticleKind

TEXTS = (
    (
        ArticleKind.CASE,
        "case-wolfberry",
        "一家枸杞合作社的首笔信用贷款",
        "授权当日看到匹配结果，第六个工作日放款。",
        (
            "演示案例，企业与数据均为虚构。\n\n合作社授权银行查询纳税、用电等信息后，系统说明了每个产品符合与不符合的条件；"
            "银行据此授信，资金用于收购鲜果。"
        ),
    ),
    (
        ArticleKind.POLICY,
        "policy-repair",
        "信用修复新规要点",
        "2026年4月1日起施行：按失信程度分类，最短公示期满且责任履行完毕即可申请修复。",
        (
            "失信信息按轻微、一般、严重分类；公示期自认定文书之日起算。\n\n修复后终止公示，同时停止共享和使用，并更新评价结果。"
            "具体以主管部门公布的文本为准。"
        ),
    ),
    (
        ArticleKind.NOTICE,
        "notice-authorization",
        "关于开展授权集中办理的通知",
        "各市县服务窗口协助企业完成注册、绑定与授权。",
        "演示通知。\n\n企业可携带营业执照到窗口办理，也可在网上自助完成，全程免费。",
    ),
    (
        ArticleKind.NOTICE,
        "notice-matchmaking",
        "银企对接活动预告：特色产业专场",
        "葡萄酒、枸杞、滩羊产业链上的企业可现场提出融资需求。",
        "演示通知。\n\n参会企业请先完成注册与绑定；现场提出的需求与网上提出的一样有受理与答复时限。",
    ),
)


def publish_notices(editor: User, *, until: datetime) -> int:
    """Draft and publish the texts, a week apart, the last a day before ``until``. Returns how many."""
    for weeks, (kind, slug, title, summary, body) in zip(range(len(TEXTS) - 1, -1, -1), TEXTS, strict=True):
        at = until - timedelta(days=1 + 7 * weeks)
        article = Article(kind=kind, slug=slug, title=title, summary=summary, body=body)
        actions.save_draft(article=article, by=editor, at=at)
        actions.publish(article=article, by=editor, at=at + timedelta(hours=1))
    return len(TEXTS)
