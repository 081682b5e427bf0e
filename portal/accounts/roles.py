"""Every role and what it may do, on one screen. Roles are stored as codes; permissions live only here."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Permission(StrEnum):
    # enterprise
    ENTERPRISE_VIEW = "enterprise.view"
    ENTERPRISE_MANAGE_MEMBERS = "enterprise.manage_members"
    AUTHORIZATION_GRANT = "authorization.grant"
    FINANCE_APPLY = "finance.apply"
    REMEDY_FILE = "remedy.file"
    FACT_DECLARE = "fact.declare"
    # institution
    INSTITUTION_VIEW = "institution.view"
    INSTITUTION_MANAGE = "institution.manage"
    PRODUCT_DRAFT = "product.draft"
    APPLICATION_HANDLE = "application.handle"
    APPLICATION_DECIDE = "application.decide"
    LOAN_SERVICE = "loan.service"
    CLAIM_FILE = "claim.file"
    # government
    DESK_VIEW = "desk.view"
    CATALOGUE_MANAGE = "catalogue.manage"
    BATCH_DELIVER = "batch.deliver"
    RECORDS_READ = "records.read"
    GRADES_MANAGE = "grades.manage"
    REPRESENTATION_REVIEW = "representation.review"
    INSTITUTION_ADMIT = "institution.admit"
    PRODUCT_REVIEW = "product.review"
    MODEL_REVIEW = "model.review"
    REMEDY_HANDLE = "remedy.handle"
    SCHEME_MANAGE = "scheme.manage"
    CLAIM_CHECK = "claim.check"
    CLAIM_APPROVE = "claim.approve"
    CLAIM_PAY = "claim.pay"
    CLAIM_REVIEW = "claim.review"
    CLAIM_OPINE = "claim.opine"
    CLAIM_MEET = "claim.meet"
    LEDGER_READ = "ledger.read"
    SUPERVISION_READ = "supervision.read"
    PAGES_PUBLISH = "pages.publish"
    STAFF_MANAGE = "staff.manage"
    ACCESS_WATCH = "access.watch"
    AUDIT_READ = "audit.read"


P = Permission


class EnterpriseRole(TextChoices):
    LEGAL_REPRESENTATIVE = "legal_representative", _("法定代表人")
    HANDLER = "handler", _("经办人")
    VIEWER = "viewer", _("查看人")


class OfficerRole(TextChoices):
    LOAN_OFFICER = "loan_officer", _("信贷员")
    APPROVER = "approver", _("审批人")
    PRODUCT_MANAGER = "product_manager", _("产品经理")
    ADMINISTRATOR = "administrator", _("机构管理员")


class StaffRole(TextChoices):
    DATA_STEWARD = "data_steward", _("数据中心管理员")
    REGISTRY_REVIEWER = "registry_reviewer", _("主体核验员")
    PRODUCT_REVIEWER = "product_reviewer", _("机构与产品审核员")
    REMEDY_OFFICER = "remedy_officer", _("异议与修复专员")
    CLAIM_CHECKER = "claim_checker", _("补偿审查员")
    CLAIM_APPROVER = "claim_approver", _("补偿审定员")
    TREASURER = "treasurer", _("资金拨付员")
    SUPERVISOR = "supervisor", _("统筹监督员")
    SYSTEM_ADMINISTRATOR = "system_administrator", _("系统管理员")
    SECURITY_ADMINISTRATOR = "security_administrator", _("安全管理员")
    AUDITOR = "auditor", _("审计管理员")


ROLES: dict[str, frozenset[Permission]] = {
    EnterpriseRole.LEGAL_REPRESENTATIVE: frozenset(
        {
            P.ENTERPRISE_VIEW,
            P.ENTERPRISE_MANAGE_MEMBERS,
            P.AUTHORIZATION_GRANT,
            P.FINANCE_APPLY,
            P.REMEDY_FILE,
            P.FACT_DECLARE,
        }
    ),
    EnterpriseRole.HANDLER: frozenset(
        {P.ENTERPRISE_VIEW, P.AUTHORIZATION_GRANT, P.FINANCE_APPLY, P.REMEDY_FILE, P.FACT_DECLARE}
    ),
    EnterpriseRole.VIEWER: frozenset({P.ENTERPRISE_VIEW}),
    OfficerRole.LOAN_OFFICER: frozenset({P.INSTITUTION_VIEW, P.APPLICATION_HANDLE, P.LOAN_SERVICE, P.CLAIM_FILE}),
    OfficerRole.APPROVER: frozenset({P.INSTITUTION_VIEW, P.APPLICATION_HANDLE, P.APPLICATION_DECIDE}),
    OfficerRole.PRODUCT_MANAGER: frozenset({P.INSTITUTION_VIEW, P.PRODUCT_DRAFT}),
    OfficerRole.ADMINISTRATOR: frozenset({P.INSTITUTION_VIEW, P.INSTITUTION_MANAGE}),
    StaffRole.DATA_STEWARD: frozenset(
        {P.DESK_VIEW, P.CATALOGUE_MANAGE, P.BATCH_DELIVER, P.RECORDS_READ, P.GRADES_MANAGE}
    ),
    StaffRole.REGISTRY_REVIEWER: frozenset({P.DESK_VIEW, P.REPRESENTATION_REVIEW}),
    StaffRole.PRODUCT_REVIEWER: frozenset({P.DESK_VIEW, P.PRODUCT_REVIEW, P.MODEL_REVIEW, P.INSTITUTION_ADMIT}),
    StaffRole.REMEDY_OFFICER: frozenset({P.DESK_VIEW, P.REMEDY_HANDLE, P.RECORDS_READ}),
    StaffRole.CLAIM_CHECKER: frozenset({P.DESK_VIEW, P.CLAIM_CHECK, P.CLAIM_REVIEW, P.LEDGER_READ}),
    StaffRole.CLAIM_APPROVER: frozenset({P.DESK_VIEW, P.CLAIM_APPROVE, P.CLAIM_MEET, P.SCHEME_MANAGE, P.LEDGER_READ}),
    StaffRole.TREASURER: frozenset({P.DESK_VIEW, P.CLAIM_PAY, P.CLAIM_OPINE, P.LEDGER_READ}),
    StaffRole.SUPERVISOR: frozenset({P.DESK_VIEW, P.SUPERVISION_READ, P.PAGES_PUBLISH, P.SCHEME_MANAGE, P.LEDGER_READ}),
    StaffRole.SYSTEM_ADMINISTRATOR: frozenset({P.DESK_VIEW, P.STAFF_MANAGE}),
    StaffRole.SECURITY_ADMINISTRATOR: frozenset({P.DESK_VIEW, P.ACCESS_WATCH}),
    StaffRole.AUDITOR: frozenset({P.DESK_VIEW, P.AUDIT_READ}),
}

#: 三员分离: nobody holds two of these at once.
SEPARATED = frozenset({StaffRole.SYSTEM_ADMINISTRATOR, StaffRole.SECURITY_ADMINISTRATOR, StaffRole.AUDITOR})


def allows(role: str, permission: Permission) -> bool:
    """Whether ``role`` carries ``permission``; an unknown role carries nothing."""
    return permission in ROLES.get(role, frozenset())
