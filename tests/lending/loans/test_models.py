"""What the database itself refuses of loans, instalments and repayments."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from lending.loans.models import Instalment, Loan, Repayment
from tests.factories import LoanFactory
from tests.lending.loans.test_actions import repay

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"drawn_amount": Decimal("500000.01")}, "a_loan_draws_at_most_its_contract"),
        ({"principal_balance": Decimal("-0.01")}, "a_balance_lies_between_zero_and_the_drawdown"),
        ({"principal_balance": Decimal("500000.01")}, "a_balance_lies_between_zero_and_the_drawdown"),
        ({"state": "settled"}, "a_settled_loan_owes_nothing"),
        ({"term_months": 0}, "a_loan_has_a_term"),
        ({"set_class": "loss"}, "a_class_set_by_the_bank_is_explained"),
    ],
)
def test_the_database_refuses(fields: dict[str, Any], name: str) -> None:
    loan = LoanFactory()

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Loan.objects.filter(pk=loan.pk).update(**fields)


def test_the_database_refuses_a_second_contract_of_one_number() -> None:
    loan = LoanFactory()
    other = LoanFactory(application__product_version=loan.product_version)

    with pytest.raises(IntegrityError, match="one_loan_per_contract_number"), transaction.atomic():
        Loan.objects.filter(pk=other.pk).update(contract_number=loan.contract_number)


def test_the_database_refuses_an_instalment_paid_twice() -> None:
    row = LoanFactory().instalments.get(number=1)

    with pytest.raises(IntegrityError, match="an_instalment_is_paid_at_most_once"), transaction.atomic():
        Instalment.objects.filter(pk=row.pk).update(interest_paid=row.interest_due + Decimal("0.01"))


def test_the_database_refuses_a_repayment_that_does_not_add_up(now: datetime) -> None:
    repayment = repay(LoanFactory(), now, "100.00")

    with pytest.raises(IntegrityError, match="a_repayment_is_principal_and_interest"), transaction.atomic():
        Repayment.objects.filter(pk=repayment.pk).update(amount=Decimal("100.01"))


def test_the_database_refuses_a_reference_twice(now: datetime) -> None:
    loan = LoanFactory()
    repay(loan, now, "100.00")
    second = repay(loan, now, "50.00", reference="R2")

    with pytest.raises(IntegrityError, match="one_repayment_per_reference"), transaction.atomic():
        Repayment.objects.filter(pk=second.pk).update(reference="R1")


def test_the_database_refuses_an_instalment_number_twice() -> None:
    loan = LoanFactory()

    with pytest.raises(IntegrityError, match="one_instalment_per_number"), transaction.atomic():
        loan.instalments.filter(number=2).update(number=1)
