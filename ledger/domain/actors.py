"""The actors of events that no person caused; a person acts under the id of a user."""

IDENTITY_PROVIDER = "identity_provider"
"""Made an account, or changed its role, as the groups of a person at the provider say."""
SENDER = "sender"
TWILIO = "twilio"
UNKNOWN = "unknown"
"""Somebody who is not signed in, and whose name is no account's."""

RETENTION = "retention"
"""The retention rule, which an admin set."""

NOT_PEOPLE = frozenset({SENDER, TWILIO, UNKNOWN, RETENTION})
"""All of them."""
