"""What is wrong with a number that cannot be reached, and what the school can do about it."""

from collections.abc import Mapping
from types import MappingProxyType

from projections.numbers_to_fix.faults import NumberFault
from projections.numbers_to_fix.queries import NumberCounts, NumberToFix
from webapp.explain.numbers import counted, number

FAULT_LABELS: Mapping[NumberFault, str] = MappingProxyType(
    {
        NumberFault.LANDLINE: "Landline",
        NumberFault.NO_SUCH_NUMBER: "Does not exist",
        NumberFault.UNREACHABLE: "Unreachable",
        NumberFault.NO_PHONE: "Not a phone",
    }
)

FAULT_ADVICE: Mapping[NumberFault, str] = MappingProxyType(
    {
        NumberFault.LANDLINE: "A landline gets no texts. Ask for a mobile number.",
        NumberFault.NO_SUCH_NUMBER: "Compare it with the enrolment form, and ask the family.",
        NumberFault.UNREACHABLE: "Switched off or out of reach at every try. Ask the family.",
        NumberFault.NO_PHONE: "It does not belong to a person's phone. Correct it.",
    }
)


def reachable_share(reachable: int, all_numbers: int) -> str:
    """Return a share that is never rounded up to everybody: "96.8 %", "99.9 %", "100 %"."""
    if reachable == all_numbers:
        return "100 %"
    return f"{min(1000 * reachable // all_numbers, 999) / 10:.1f} %"


def numbers_sentence(counts: NumberCounts, *, is_past: bool) -> str:
    """Return how many numbers are to be fixed, and what clears them."""
    if not counts.total:
        return "Every number could be reached." if is_past else "Every number can be reached."
    cannot = "could not" if is_past else "cannot"
    sentence = f"{counted(counts.total, 'number')} {cannot} be reached."
    leaves = "A number leaves the list when a later text arrives or the person replies."
    return sentence if is_past else f"{sentence} {leaves}"


def proofs_words(row: NumberToFix) -> str:
    """Return how often it was tried in vain: blank for once, else "3 times"."""
    return f"{number(row.proofs)} times" if row.proofs > 1 else ""
