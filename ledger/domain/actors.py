"""The actors of events that no person caused; a person acts under the id of a user."""

SENDER = "sender"
TWILIO = "twilio"
UNKNOWN = "unknown"
"""Somebody who is not signed in, and whose name is no account's."""

NOT_PEOPLE = frozenset({SENDER, TWILIO, UNKNOWN})
"""All of them."""
