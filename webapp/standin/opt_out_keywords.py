"""Twilio's opt-out keywords (its page "Twilio support for opt-out keywords").

Written from that page, not from Delivery Ledger's own reading of replies: a fault there must show.
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
"""Each keyword and the `OptOutType` that the inbound callback then carries."""


def opt_out_type(body: str) -> str | None:
    """The `OptOutType` of a text; None unless the whole text, in any case, is one keyword."""
    return OPT_OUT_TYPES.get(body.strip().upper())
