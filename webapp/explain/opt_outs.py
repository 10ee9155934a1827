"""Who opted a number out or in, in the words of each place that says so; by an event's `source`."""

SUMMARY_ENDS = {
    "staff": "by staff",
    "inbound": "by a text",
    "provider": "because Twilio reported it",
}
"""Behind "Opted out" or "Opted in" in the audit trail."""

OPT_OUT_CLAUSES = {
    "staff": "the number was opted out by staff",
    "inbound": "the person opted out by a text",
    "provider": "Twilio reported that the number opted out",
}
"""What happened, within a sentence about a contact."""

_NUMBER_PREDICATES = {
    "staff": "was opted out by staff",
    "inbound": "opted out by a text to you",
    "provider": "was reported by Twilio as opted out",
}


def opted_out_predicate(source: str | None) -> str:
    """What to say of a number that is opted out: "was opted out by staff"."""
    return _NUMBER_PREDICATES.get(source or "", "is opted out")
