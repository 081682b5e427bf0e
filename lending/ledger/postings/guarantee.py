"""The book of a guarantee arrangement (政府性融资担保分险): one payment, its shares, and what comes back to each layer.

The guarantor pays the bank (代偿) and stands in its shoes against the debtor. Each layer that shares the loss is called
upon for its part; from then on the guarantor holds that part of the claim for the layer. What the debtor pays is owed on to
the layers in proportion; what he never pays is written off against those who bear it. After the last event of a loss the
claim against the debtor and all that is held for others stand at zero, so no fen is lost between the layers.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final

from lending.ledger.postings.lines import (
    BUDGET,
    AccountPlan,
    Posting,
    authorised,
    code_of,
    pair,
    spent,
    withdrawn,
)
from portal.money import ZERO


class Layer(StrEnum):
    """Who shares the guarantor's loss. The bank's own part is never paid to it and stands in no line."""

    REGUARANTOR = "reguarantor"
    NATIONAL_FUND = "national_fund"
    COUNTY = "county"


class GuaranteeAccount(StrEnum):
    """The accounts of an arrangement's book beside its layers and budget, by the last part of their code."""

    BANK = "bank"
    SUBROGATION = "subrogation"
    CONTRIBUTIONS = "contributions"
    PREMIUMS = "premiums"
    LOSS = "loss"


A = GuaranteeAccount


def due_from(layer: Layer) -> str:
    """What a layer has been asked for and has not paid yet."""
    return f"due_from_{layer}"


def held_for(layer: Layer) -> str:
    """The part of the claim against the debtor that is kept for a layer."""
    return f"held_for_{layer}"


def owed_to(layer: Layer) -> str:
    """What the debtor has paid on a layer's part and it has not been given yet."""
    return f"owed_to_{layer}"


GUARANTEE_BOOK: Final = (
    AccountPlan(A.BANK, "asset", "debit"),
    AccountPlan(A.SUBROGATION, "asset", "debit"),
    AccountPlan(A.CONTRIBUTIONS, "fund", "credit"),
    AccountPlan(A.PREMIUMS, "income", "credit"),
    AccountPlan(A.LOSS, "expense", "debit"),
    *(AccountPlan(due_from(layer), "asset", "debit") for layer in Layer),
    *(AccountPlan(held_for(layer), "liability", "credit") for layer in Layer),
    *(AccountPlan(owed_to(layer), "liability", "credit") for layer in Layer),
    *BUDGET,
)


def deposit(book: str, amount: Decimal) -> list[Posting]:
    """Money is paid into the reserve (代偿准备): it can be spent."""
    return pair(book, A.BANK, A.CONTRIBUTIONS, amount) + authorised(book, amount)


def withdrawal(book: str, amount: Decimal) -> list[Posting]:
    """Money that is neither reserved nor spent is taken out of the reserve."""
    return pair(book, A.CONTRIBUTIONS, A.BANK, amount) + withdrawn(book, amount)


def premium(book: str, amount: Decimal) -> list[Posting]:
    """A guarantee fee has come (保费)."""
    return pair(book, A.BANK, A.PREMIUMS, amount) + authorised(book, amount)


def compensation(book: str, amount: Decimal, *, is_committed: bool = False) -> list[Posting]:
    """The guarantor pays the bank out of what was reserved; the debtor owes it all to the guarantor."""
    return pair(book, A.SUBROGATION, A.BANK, amount) + spent(book, amount, is_committed=is_committed)


def counter_claim(book: str, shares: Mapping[Layer, Decimal]) -> list[Posting]:
    """Each layer is asked for its share of a payment (分险追偿)."""
    return [line for layer, share in shares.items() for line in pair(book, due_from(layer), held_for(layer), share)]


def share_received(book: str, layer: Layer, amount: Decimal) -> list[Posting]:
    """A layer has paid its share: it can be spent again."""
    return pair(book, A.BANK, due_from(layer), amount) + authorised(book, amount)


def recovery(book: str, amount: Decimal, shares: Mapping[Layer, Decimal]) -> list[Posting]:
    """The debtor has paid: the layers' ``shares`` of it are owed on and are not free to spend; the rest is."""
    passed_on = [line for layer, share in shares.items() for line in pair(book, held_for(layer), owed_to(layer), share)]
    return pair(book, A.BANK, A.SUBROGATION, amount) + authorised(book, amount) + passed_on


def share_remitted(book: str, layer: Layer, amount: Decimal) -> list[Posting]:
    """A layer is given its part of what the debtor paid."""
    return pair(book, owed_to(layer), A.BANK, amount) + withdrawn(book, amount)


def write_off(book: str, amount: Decimal, shares: Mapping[Layer, Decimal]) -> list[Posting]:
    """The debtor will not pay ``amount``: the layers bear their ``shares`` of it and the guarantor the rest."""
    own = amount - sum(shares.values(), ZERO)
    borne = [Posting(code_of(book, held_for(layer)), debit=share) for layer, share in shares.items() if share != 0]
    loss = [Posting(code_of(book, A.LOSS), debit=own)] if own != 0 else []
    return loss + borne + [Posting(code_of(book, A.SUBROGATION), credit=amount)]
