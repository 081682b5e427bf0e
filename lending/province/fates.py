"""What befell each firm, decided once, so that the courts, the tax office and the market regulator tell the same story."""

from dataclasses import dataclass
from datetime import date

from lending.province.draws import happens, stream, weighted
from lending.province.firms import Firm

#: Thousandths of firms in trouble of each kind, by how well they do: (quality below, per mille).
STEPS = {
    "defendant": ((250, 420), (400, 180), (600, 70), (1001, 25)),
    "executed": ((200, 300), (300, 110), (450, 25), (1001, 4)),
    "abnormal": ((250, 240), (400, 80), (600, 22), (1001, 5)),
    "penalised": ((250, 320), (400, 170), (600, 80), (1001, 30)),
    "arrears": ((220, 260), (330, 80), (450, 20), (1001, 2)),
    "late_filer": ((250, 500), (400, 220), (600, 60), (1001, 12)),
    "utility_debtor": ((250, 380), (400, 130), (600, 25), (1001, 5)),
}


@dataclass(frozen=True)
class Fate:
    is_defendant: bool
    is_executed: bool
    is_dishonest: bool
    is_restricted: bool
    #: '', '清算' or '重整'.
    bankruptcy: str
    is_on_serious_list: bool
    is_abnormal: bool
    is_penalised: bool
    has_tax_arrears: bool
    has_tax_violation: bool
    is_late_filer: bool
    is_utility_debtor: bool
    tax_grade: str


def fate(firm: Firm, *, seed: int, today: date) -> Fate:
    rng = stream(seed, "fate", firm.number)
    trouble = {name: happens(rng, _per_mille(name, firm.quality)) for name in STEPS}
    is_dishonest = trouble["executed"] and happens(rng, 420)
    bankruptcy = ""
    if firm.is_company and trouble["executed"] and happens(rng, 140):
        bankruptcy = "重整" if happens(rng, 500) else "清算"
    violation = trouble["arrears"] and happens(rng, 350)
    return Fate(
        is_defendant=trouble["defendant"] or trouble["executed"],
        is_executed=trouble["executed"],
        is_dishonest=is_dishonest,
        is_restricted=is_dishonest or (trouble["executed"] and happens(rng, 400)),
        bankruptcy=bankruptcy,
        is_on_serious_list=firm.quality < 240 and happens(rng, 130),
        is_abnormal=trouble["abnormal"],
        is_penalised=trouble["penalised"],
        has_tax_arrears=trouble["arrears"],
        has_tax_violation=violation,
        is_late_filer=trouble["late_filer"],
        is_utility_debtor=trouble["utility_debtor"],
        tax_grade=_tax_grade(firm, violation, today, weighted(rng, _grade_weights(firm.quality))),
    )


def has_adverse_record(firm: Firm, *, seed: int, today: date) -> bool:
    """Whether a department has something on the firm that it might object to or have repaired."""
    found = fate(firm, seed=seed, today=today)
    return found.is_penalised or found.is_abnormal


def _per_mille(trouble: str, quality: int) -> int:
    return next(per_mille for below, per_mille in STEPS[trouble] if quality < below)


def _grade_weights(quality: int) -> dict[str, int]:
    if quality >= 650:
        return {"A": 55, "B": 42, "M": 3}
    if quality >= 450:
        return {"A": 16, "B": 68, "M": 10, "C": 6}
    if quality >= 300:
        return {"A": 2, "B": 52, "M": 16, "C": 30}
    return {"B": 20, "M": 10, "C": 50, "D": 20}


def _tax_grade(firm: Firm, has_violation: bool, today: date, drawn: str) -> str:
    """A firm too young for a full year of taxes is M; one that broke the tax law gravely is D."""
    if has_violation:
        return "D"
    return "M" if (today - firm.established_on).days < 500 else drawn
