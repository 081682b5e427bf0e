"""How figures are written for a reader: money with its unit, rates in percent, the colour of a state.

Pure: plain values in, words out. Nothing here rounds an amount away silently; the exact yuan travel beside the short form.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

WAN = Decimal(10_000)
YI = Decimal(100_000_000)
FEN = Decimal("0.01")

YUAN_WORD, WAN_WORD, YI_WORD = "元", "万元", "亿元"


@dataclass(frozen=True)
class Figure:
    """A figure and its unit, with the exact amount for machines and for whoever points at it."""

    figure: str = ""
    unit: str = ""
    exact: str = ""
    title: str = ""


def money(amount: Decimal | int | str | None, unit: str = "auto") -> Figure:
    """``amount`` yuan as a figure. ``auto`` shortens to 万元 only where nothing is lost; ``wan`` and ``yi`` round to two places."""
    if amount is None or amount == "":
        return Figure()
    value = Decimal(amount)
    if unit == "auto":
        unit = "wan" if abs(value) >= WAN and value % 100 == 0 else "yuan"
    exact = f"{value.quantize(FEN):f}"
    title = f"{value.quantize(FEN):,f} {YUAN_WORD}"
    if unit == "yuan":
        return Figure(_trimmed(value), YUAN_WORD, exact, title)
    divisor, word = (YI, YI_WORD) if unit == "yi" else (WAN, WAN_WORD)
    return Figure(_trimmed(value / divisor), word, exact, title)


def percent(rate: Decimal | int | str, places: int = 2) -> str:
    """A fraction as percent: 0.0435 is "4.35%"."""
    step = Decimal(1).scaleb(-places)
    return f"{(Decimal(rate) * 100).quantize(step, rounding=ROUND_HALF_UP):f}%"


def count(value: int | Decimal | str | None) -> str:
    """A number of things with thousands marks."""
    return "—" if value is None or value == "" else _trimmed(Decimal(value))


def _trimmed(value: Decimal) -> str:
    """Two places with thousands marks; whole figures without a fraction."""
    rounded = value.quantize(FEN, rounding=ROUND_HALF_UP)
    return f"{rounded:,.0f}" if rounded == rounded.to_integral_value() else f"{rounded:,f}"


#: What a state means to whoever reads it. A state that is not listed is shown quietly; its word always stands beside the colour.
TONES: dict[str, frozenset[str]] = {
    "good": frozenset({
        "active", "admitted", "adopted", "agreed", "approved", "confirmed", "contracted", "counted", "current",
        "deleted", "done", "enrolled", "granted", "in_force", "listed", "loaded", "matched", "met", "normal",
        "paid", "passed", "proved", "published", "ready", "recovered", "released", "repaid", "repurchased",
        "resolved", "sealed", "settled", "succeeded", "upheld", "valid", "verified",
    }),
    "active": frozenset({
        "accepted", "acknowledged", "applied", "batched", "called", "carrying", "checked", "checking",
        "collecting", "deciding", "disbursed", "drawn", "forwarded", "handling", "in_review", "meeting", "open",
        "opened", "opinion", "partly_paid", "processing", "publicity", "received", "recovering", "reported",
        "reviewed", "reviewing", "running", "screening", "sent", "shared", "validating", "visited",
    }),
    "waiting": frozenset({
        "appealed", "asked", "awaiting", "claimed", "deferred", "documents_requested", "filed", "held",
        "invited", "offered", "on_hold", "paused", "pending", "planned", "prepared", "proposed", "queued",
        "requested", "scheduled", "submitted", "suspended", "unverified", "waiting",
    }),
    "late": frozenset({
        "attention", "breached", "disputed", "due", "expiring", "orange", "overdue", "partly_rejected",
        "returned", "special_mention", "substandard", "warned", "yellow",
    }),
    "bad": frozenset({
        "blocked", "clawed_back", "declined", "defaulted", "dismissed", "doubtful", "failed", "frozen", "loss",
        "quarantined", "red", "refused", "rejected", "removed", "revoked", "stopped", "written_off",
    }),
    "quiet": frozenset({
        "archived", "cancelled", "closed", "discarded", "draft", "ended", "erased", "example", "expired",
        "lapsed", "left", "replaced", "retired", "retracted", "superseded", "unlisted", "used_up", "withdrawn",
    }),
}  # fmt: skip


#: Codes that say something else of one noun: an application is accepted to be looked into, a delivery when all is done.
OF_NOUN: dict[tuple[str, str], str] = {("batch", "accepted"): "good", ("loan", "contracted"): "waiting"}


def tone(state: str, noun: str = "") -> str:
    """The tone of a state code, of a certain noun where it matters; ``quiet`` for one that is not known here."""
    return OF_NOUN.get((noun, state)) or next((name for name, states in TONES.items() if state in states), "quiet")
