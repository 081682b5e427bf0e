"""The admin site's clothes and its side menu. Plain configuration: imported by the settings, so no models here."""

from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from portal.accounts.roles import Permission

Item = tuple[Any, str, str, Permission]
P = Permission

#: Groups of the side menu: title, then label, icon (Material Symbols), URL name, permission. A page that this
#: installation does not have is left out, so that the menu never leads nowhere.
SECTIONS: list[tuple[Any, list[Item]]] = [
    (
        _("数据中心"),
        [
            (_("信息目录"), "menu_book", "admin:credit_item_changelist", P.CATALOGUE_MANAGE),
            (_("责任单位"), "apartment", "admin:credit_department_changelist", P.CATALOGUE_MANAGE),
            (_("报送批次"), "inventory_2", "admin:credit_batch_changelist", P.BATCH_DELIVER),
            (_("信息记录"), "database", "admin:credit_record_changelist", P.RECORDS_READ),
            (_("数据质量"), "fact_check", "admin:quality_measure_changelist", P.BATCH_DELIVER),
            (_("数据冲突"), "call_split", "admin:credit_conflict_changelist", P.RECORDS_READ),
            (_("报送逾期"), "alarm", "admin:quality_alarm_changelist", P.BATCH_DELIVER),
            (_("评价模型"), "speed", "admin:evaluation_scorecard_changelist", P.GRADES_MANAGE),
            (_("信用等级"), "workspace_premium", "admin:evaluation_grade_changelist", P.GRADES_MANAGE),
        ],
    ),
    (
        _("审核"),
        [
            (_("代表资格核验"), "badge", "admin:enterprises_representation_changelist", P.REPRESENTATION_REVIEW),
            (_("市场主体"), "storefront", "admin:enterprises_enterprise_changelist", P.REPRESENTATION_REVIEW),
            (_("接入机构"), "account_balance", "admin:institutions_institution_changelist", P.INSTITUTION_ADMIT),
            (_("产品审核"), "rule", "admin:products_productversion_changelist", P.PRODUCT_REVIEW),
            (_("机构模型"), "function", "admin:jointmodels_bankmodel_changelist", P.MODEL_REVIEW),
            (_("可核验特征"), "quiz", "admin:jointmodels_askablefeature_changelist", P.MODEL_REVIEW),
            (_("提问预算"), "hourglass_top", "admin:jointmodels_questionbudget_changelist", P.MODEL_REVIEW),
            (_("安全阈值"), "tune", "admin:jointmodels_limit_changelist", P.MODEL_REVIEW),
            (_("异议处理"), "feedback", "admin:objections_objection_changelist", P.REMEDY_HANDLE),
            (_("信用修复"), "healing", "admin:objections_repair_changelist", P.REMEDY_HANDLE),
        ],
    ),
    (
        _("风险补偿"),
        [
            (_("补偿方案"), "policy", "admin:compensation_scheme_changelist", P.LEDGER_READ),
            (_("补偿资金"), "savings", "admin:compensation_fund_changelist", P.LEDGER_READ),
            (_("备案贷款"), "assignment_turned_in", "admin:compensation_enrolment_changelist", P.LEDGER_READ),
            (_("补偿申请"), "request_quote", "admin:compensation_claim_changelist", P.LEDGER_READ),
            (_("追偿"), "currency_exchange", "admin:compensation_recovery_changelist", P.LEDGER_READ),
            (_("账目"), "account_balance_wallet", "admin:ledger_entry_changelist", P.LEDGER_READ),
            (_("试算平衡"), "balance", "admin:ledger_trial_balance", P.LEDGER_READ),
        ],
    ),
    (
        _("统筹监督"),
        [
            (_("融资需求"), "campaign", "admin:needs_need_changelist", P.SUPERVISION_READ),
            (_("贷款申请"), "assignment", "admin:applications_application_changelist", P.SUPERVISION_READ),
            (_("贷款"), "payments", "admin:loans_loan_changelist", P.SUPERVISION_READ),
            (_("文章"), "article", "admin:pages_article_changelist", P.PAGES_PUBLISH),
            (_("公开数据"), "monitoring", "admin:pages_publishedfigure_changelist", P.PAGES_PUBLISH),
        ],
    ),
    (
        _("安全与审计"),
        [
            (_("用户"), "group", "admin:accounts_user_changelist", P.STAFF_MANAGE),
            (_("政府岗位"), "work", "admin:accounts_staffpost_changelist", P.STAFF_MANAGE),
            (_("查询记录"), "visibility", "admin:consent_accessrecord_changelist", P.ACCESS_WATCH),
            (_("名单比对"), "join_inner", "admin:jointmodels_linkage_changelist", P.ACCESS_WATCH),
            (_("汇总查询"), "bar_chart", "admin:jointmodels_aggregatelook_changelist", P.ACCESS_WATCH),
            (_("审计事件"), "history", "admin:audit_auditevent_changelist", P.AUDIT_READ),
            (_("封存块"), "lock", "admin:audit_sealedblock_changelist", P.AUDIT_READ),
            (_("锚点"), "anchor", "admin:audit_anchor_changelist", P.AUDIT_READ),
        ],
    ),
]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The side menu for whoever is signed in: only pages that exist, and only those the post may open."""
    first = {"title": _("工作台"), "icon": "dashboard", "link": reverse("admin:index")}
    groups: list[dict[str, Any]] = [{"items": [first]}]
    for title, items in SECTIONS:
        shown = list(_shown(request, items))
        if shown:
            groups.append({"title": title, "separator": True, "items": shown})
    return groups


def _shown(request: HttpRequest, items: Iterable[Item]) -> Iterable[dict[str, Any]]:
    for label, icon, name, permission in items:
        try:
            link = reverse(name)
        except NoReverseMatch:
            continue
        if request.user.may(permission):  # type: ignore[union-attr] # the admin site shows no menu to anybody else
            yield {"title": label, "icon": icon, "link": link}


def environment(request: HttpRequest) -> list[Any] | None:
    """The badge that says this is the demo."""
    from django.conf import settings  # noqa: PLC0415 - the settings import this module

    return [_("演示环境"), "warning"] if settings.DEMO else None


def _static(path: str) -> Callable[[HttpRequest], str]:
    return lambda request: static(path)


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("宁夏信易贷"),
    "SITE_HEADER": _("宁夏信易贷"),
    "SITE_SUBHEADER": _("数据中心与监督工作台"),
    "SITE_URL": "/",
    "SITE_ICON": _static("img/mark.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _static("img/mark.svg")}],
    "THEME": "light",
    "BORDER_RADIUS": "8px",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "ENVIRONMENT": "portal.admin_site.environment",
    "DASHBOARD_CALLBACK": "lending.supervision.dashboard.context",
    "STYLES": [
        _static(path)
        for path in (
            "vendor/noto-sans-sc/index.css",
            "css/tokens.css",
            "css/controls.css",
            "css/components.css",
            "css/admin.css",
        )
    ],
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": navigation},
    "COLORS": {
        "base": {
            "50": "#f6f8fb",
            "100": "#eef1f5",
            "200": "#e3e8ef",
            "300": "#c3ccd8",
            "400": "#94a0b1",
            "500": "#5f6c80",
            "600": "#465366",
            "700": "#333f50",
            "800": "#202b3b",
            "900": "#17212f",
            "950": "#0e1622",
        },
        "primary": {
            "50": "#ecf2f9",
            "100": "#dbe6f3",
            "200": "#bacfe7",
            "300": "#8fb0d7",
            "400": "#5d89c0",
            "500": "#3467a8",
            "600": "#1b4b8f",
            "700": "#143a70",
            "800": "#112f5a",
            "900": "#0e2647",
            "950": "#091a32",
        },
        "font": {
            "subtle-light": "var(--color-base-500)",
            "default-light": "var(--color-base-600)",
            "important-light": "var(--color-base-900)",
        },
    },
}
