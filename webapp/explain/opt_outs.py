"""Who opted a number out or in, for each place that says so; keyed by an event's `source`."""

SUMMARY_ENDS = {
    "staff": "by staff",
    "inbound": "by a text",
    "provider": "because Twilio reported it",
}
"""For the audit trail, after "Opted out" or "Opted in"."""

OPT_OUT_CLAUSES = {
    "staff": "the number was opted out by staff",
    "inbound": "the person opted out by a text",
    "provider": "Twilio reported that the number opted out",
}
"""For a sentence about a contact."""

_NUMBER_PREDICATES = {
    "staff": "was opted out by staff",
    "inbound": "opted out by a text to you",
    "provider": "was reported by Twilio as opted out",
}


def opted_out_predicate(source: str | None) -> str:
    """Return the predicate for an opted-out number: "was opted out by staff"."""
    return _NUMBER_PREDICATES.get(source or "", "is opted out")
