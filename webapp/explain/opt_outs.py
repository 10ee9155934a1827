"""Who opted a number out or in, for each place that says so; keyed by an event's `source`."""

from collections.abc import Mapping

from ledger.domain.events import ContactOptedOut, Event
from ledger.domain.vocabulary import OptOutMeans, OptOutSource
from webapp.explain.sentences import capitalized
from webapp.explain.times import zoned_text

SUMMARY_ENDS: Mapping[str, str] = {
    OptOutSource.STAFF: "by staff",
    OptOutSource.INBOUND: "by a text",
    OptOutSource.WORDS: "by a text in the person's own words",
    OptOutSource.PROVIDER: "because Twilio reported it",
}
"""For the audit trail, after "Opted out" or "Opted in"."""

OPT_OUT_CLAUSES: Mapping[str, str] = {
    OptOutSource.STAFF: "the number was opted out by staff",
    OptOutSource.INBOUND: "the person opted out by a text",
    OptOutSource.WORDS: "the person opted out by a text in their own words",
    OptOutSource.PROVIDER: "Twilio reported that the number opted out",
}
"""For a sentence about a contact."""

_NUMBER_PREDICATES: Mapping[str, str] = {
    OptOutSource.STAFF: "was opted out by staff",
    OptOutSource.INBOUND: "opted out by a text to you",
    OptOutSource.WORDS: "opted out by a text to you, in the person's own words",
    OptOutSource.PROVIDER: "was reported by Twilio as opted out",
}

MEANS_LABELS = {
    OptOutMeans.PHONE: "By phone",
    OptOutMeans.LETTER: "By letter",
    OptOutMeans.IN_PERSON: "In person",
    OptOutMeans.OTHER: "In another way",
}
"""How a person asks staff, for them to choose from."""

_REQUESTS = {
    OptOutMeans.PHONE: "asked by phone",
    OptOutMeans.LETTER: "asked by letter",
    OptOutMeans.IN_PERSON: "asked in person",
    OptOutMeans.OTHER: "asked in another way",
    OptOutMeans.TEXT: "asked by a text",
}


def opted_out_predicate(source: str | None) -> str:
    """Return the predicate for an opted-out number: "was opted out by staff"."""
    return _NUMBER_PREDICATES.get(source or "", "is opted out")


def opt_out_summary(event: ContactOptedOut) -> str:
    """Return "Opted out by staff, asked by letter, received 21 Nov 2026, 10:31 UTC"."""
    parts = [f"Opted out {_how(event.source, event.means)}"]
    if event.received_at:
        parts.append(f"received {zoned_text(event.received_at)}")
    if event.is_imported:
        parts.append("imported from a file")
    return ", ".join(parts)


def opt_out_reason(event: Event | None) -> str | None:
    """Return why staff opted the number out, in their own words, for those who may read them."""
    words = event.private if isinstance(event, ContactOptedOut) else None
    return words.reason if words else None


def opt_out_origin(source: str, means: OptOutMeans | None) -> str:
    """Return who opted the number out, and how the person asked: "By staff, asked by letter"."""
    return capitalized(_how(source, means))


def _how(source: str, means: OptOutMeans | None) -> str:
    request = f", {_REQUESTS[means]}" if means else ""
    return f"{SUMMARY_ENDS.get(source, source)}{request}"
