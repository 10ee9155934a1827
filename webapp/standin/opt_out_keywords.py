"""Twilio's opt-out keywords (its page "Twilio support for opt-out keywords").

Written from that page, not from Delivery Ledger's own code, so that a mistake there shows.
"""

OPT_OUT_TYPES = {
    "STOP": "STOP",
    "STOPALL": "STOP",
    "UNSUBSCRIBE": "STOP",
    "CANCEL": "STOP",
    "END": "STOP",
    "QUIT": "STOP",
    "REVOKE": "STOP",
    "OPTOUT": "STOP",
    "START": "START",
    "YES": "START",
    "UNSTOP": "START",
    "HELP": "HELP",
    "INFO": "HELP",
}
"""Keyword → the `OptOutType` of the inbound callback."""


def opt_out_type(body: str) -> str | None:
    """Return the `OptOutType` of a text that is one keyword, in any case; None for other texts."""
    return OPT_OUT_TYPES.get(body.strip().upper())
