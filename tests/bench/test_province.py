"""The bench province holds what it says."""

import pytest

from enterprises.credit.models import CreditRecord, FeatureRow
from enterprises.evaluation.models import Grade
from enterprises.models import Enterprise
from institutions.products.models import ProductVersion
from lending.loans.models import Loan
from tests.bench.province import Province

pytestmark = pytest.mark.bench


def test_the_province_is_of_its_size(province: Province) -> None:
    assert Enterprise.objects.count() == FeatureRow.objects.count() == Grade.objects.count() == province.firms
    assert ProductVersion.objects.on_shelf().count() == province.products
    assert Loan.objects.count() == province.loans
    assert CreditRecord.objects.count() == pytest.approx(20 * province.firms, rel=0.02)
    assert set(CreditRecord.objects.values_list("item_code", flat=True).distinct()) == set(_items())


def _items() -> list[str]:
    from tests.bench.province_items import SHARES

    return list(SHARES)
