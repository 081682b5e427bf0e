"""Rows for tests, in the words of the domain. A factory makes one sound row and holds no surprises."""

from tests.factories.compensation import (
    ClaimFactory,
    EnrolmentFactory,
    FundBudgetFactory,
    FundContributorFactory,
    FundFactory,
    RecoveryFactory,
    SchemeFactory,
)
from tests.factories.enterprises import (
    AuthorizationFactory,
    DeletionDutyFactory,
    EnterpriseFactory,
    FairUseFactory,
    InvitationFactory,
    MemberFactory,
    RepresentationFactory,
)
from tests.factories.ground import (
    LONG_AGO,
    NOW,
    IssuedDocumentFactory,
    StaffPostFactory,
    UploadFactory,
    UserFactory,
    uscc,
)
from tests.factories.institutions import (
    AskableItemFactory,
    BranchFactory,
    InstitutionFactory,
    OfficerFactory,
    ProductFactory,
    ProductVersionFactory,
)
from tests.factories.lending import ApplicationFactory, DocumentRequestFactory, LoanFactory, NeedFactory

__all__ = [
    "LONG_AGO",
    "NOW",
    "ApplicationFactory",
    "AskableItemFactory",
    "AuthorizationFactory",
    "BranchFactory",
    "ClaimFactory",
    "DeletionDutyFactory",
    "DocumentRequestFactory",
    "EnrolmentFactory",
    "EnterpriseFactory",
    "FairUseFactory",
    "FundBudgetFactory",
    "FundContributorFactory",
    "FundFactory",
    "InstitutionFactory",
    "InvitationFactory",
    "IssuedDocumentFactory",
    "LoanFactory",
    "MemberFactory",
    "NeedFactory",
    "OfficerFactory",
    "ProductFactory",
    "ProductVersionFactory",
    "RecoveryFactory",
    "RepresentationFactory",
    "SchemeFactory",
    "StaffPostFactory",
    "UploadFactory",
    "UserFactory",
    "uscc",
]
