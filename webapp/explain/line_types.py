"""Line types of numbers, and the sentences about looking them up before a launch."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ledger.domain.vocabulary import LineType
from ledger.messages.cost_estimate import Price
from webapp.explain.numbers import counted, number, plural

LINE_TYPE_LABELS: Mapping[LineType, str] = MappingProxyType(
    {
        LineType.MOBILE: "mobile phone",
        LineType.LANDLINE: "landline",
        LineType.FIXED_VOIP: "internet phone at one place",
        LineType.NON_FIXED_VOIP: "internet phone",
        LineType.PERSONAL: "personal number",
        LineType.TOLL_FREE: "toll-free number",
        LineType.PREMIUM: "premium-rate number",
        LineType.SHARED_COST: "shared-cost number",
        LineType.UAN: "universal access number",
        LineType.VOICEMAIL: "voicemail",
        LineType.PAGER: "pager",
    }
)


@dataclass(frozen=True, kw_only=True)
class LookedUp:
    """What a look-up of line types brought."""

    asked: int
    """How many numbers Twilio was asked about; the others had a recent result."""
    failed: int
    """How many of these could not be looked up."""
    landlines: int
    """How many of all the numbers are landlines."""
    left: int = 0
    """How many were not looked up, because the time was up."""
    cost: str | None
    """What Twilio takes for it at most; None without a price."""


def line_type_words(line_type: LineType | None) -> str:
    """Return what kind of line a number is, or that Twilio does not know it."""
    return LINE_TYPE_LABELS[line_type] if line_type else "Twilio does not know it"


def look_up_sentence(count: int, known: int, price: Price | None) -> str:
    """Return how many numbers Twilio is asked about, at which cost, before it is asked."""
    if not count:
        return "Twilio is asked nothing: all line types are known from the last 180 days."
    cost = f", for about {price.of(count)}" if price else ""
    sentence = f"Twilio is asked for the line type of {counted(count, 'number')}{cost}."
    if not known:
        return sentence
    is_known = plural(known, "is", "are")
    return f"{sentence} {counted(known, 'number')} {is_known} known from the last 180 days."


def look_up_progress(looked_up: LookedUp) -> str:
    """Return how far a look-up came whose time was up, and what to do."""
    asked = looked_up.asked - looked_up.left
    if not asked:
        return (
            f"Twilio did not answer in time: none of {counted(looked_up.asked, 'number')} was "
            "looked up, and nobody was texted yet. Press Launch to try again, or launch without "
            "the look-up: then landlines are texted as well."
        )
    return (
        f"{number(asked)} of {counted(looked_up.asked, 'number')} were looked up; nobody was "
        "texted yet. Press Launch again to look up the next ones."
    )


def look_up_notes(looked_up: LookedUp | None) -> list[str]:
    """Return what a look-up brought, in sentences; none without one, or if it changes nothing."""
    if looked_up is None:
        return []
    notes, landlines, failed = [], looked_up.landlines, looked_up.failed
    if landlines:
        are, they_are = plural(landlines, "is a", "are"), plural(landlines, "it is", "they are")
        lines = plural(landlines, "landline, which gets", "landlines, which get")
        notes.append(f"{counted(landlines, 'number')} {are} {lines} no texts: {they_are} left out.")
    if failed:
        they_are = plural(failed, "it is", "they are")
        notes.append(
            f"{counted(failed, 'number')} could not be looked up: {they_are} texted as usual."
        )
    return notes
