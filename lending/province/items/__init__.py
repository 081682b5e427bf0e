"""The rows of all 37 items of the catalogue, one generator per item, as the departments that hold them would write them."""

from collections.abc import Callable, Iterator
from datetime import date

from lending.province.draws import stream
from lending.province.fates import fate
from lending.province.firms import Firm
from lending.province.items import assets, courts, people, permits, registry, taxes, trade, utilities
from lending.province.items.world import Row, Subject

ItemRows = Callable[[Subject], Iterator[Row]]

ITEMS: dict[str, ItemRows] = {
    "MR_BASIC": registry.basic,
    "MR_CHANGE": registry.changes,
    "MR_SHAREHOLDER": registry.shareholders,
    "MR_KEY_PERSON": registry.key_people,
    "MR_ANNUAL": registry.annual_reports,
    "MR_PLEDGE": registry.pledges,
    "MR_ABNORMAL": registry.abnormal,
    "AL_LICENSE": permits.licences,
    "AP_PENALTY": permits.penalties,
    "JD_JUDGMENT": courts.judgments,
    "JD_EXECUTED": courts.executions,
    "JD_DISHONEST": courts.dishonest,
    "JD_RESTRICT": courts.restrictions,
    "JD_BANKRUPTCY": courts.bankruptcies,
    "SD_LIST": courts.serious_lists,
    "HR_HONOR": permits.honours,
    "PS_SUBSIDY": permits.subsidies,
    "PS_CERT": permits.certificates,
    "TX_RATING": taxes.ratings,
    "TX_PAYMENT": taxes.payments,
    "TX_INVOICE": taxes.invoices,
    "TX_ARREARS": taxes.arrears,
    "TX_VIOLATION": taxes.violations,
    "SF_INSURED": people.insured,
    "SF_PAYMENT": people.contributions,
    "SF_HOUSING_FUND": people.housing_fund,
    "CU_CREDIT": trade.customs_files,
    "CU_TRADE": trade.declarations,
    "UT_WATER": utilities.water,
    "UT_ELEC": utilities.electricity,
    "UT_GAS": utilities.gas,
    "RE_OWNERSHIP": assets.real_estate,
    "RE_ENCUMBRANCE": assets.encumbrances,
    "IP_RIGHT": assets.intellectual_property,
    "IP_PLEDGE": assets.ip_pledges,
    "RD_QUALIFICATION": permits.technology_titles,
    "RD_PROJECT": permits.research_projects,
}


def rows_of(item: str, firms: list[Firm], *, seed: int, today: date) -> Iterator[Row]:
    """The rows of ``item`` for all ``firms``, in their order."""
    write = ITEMS[item]
    for firm in firms:
        yield from write(
            Subject(firm, fate(firm, seed=seed, today=today), stream(seed, item, firm.number), seed, today)
        )
