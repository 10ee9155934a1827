"""The actors of events that no person caused; a person acts under the id of a user."""

SENDER = "sender"
TWILIO = "twilio"
UNKNOWN = "unknown"
"""Somebody who is not signed in, and whose name is no account's."""

RETENTION = "retention"
"""The retention rule, which an admin set."""

NOT_PEOPLE = frozenset({SENDER, TWILIO, UNKNOWN, RETENTION})
"""All of them."""
