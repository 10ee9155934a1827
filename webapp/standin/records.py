"""How the stand-in keeps its texts and lists them, where Twilio promises nothing."""

from enum import StrEnum

_SMART = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2009\u202f", " "),
        "\u2026": "...",
    }
)


class ListOrder(StrEnum):
    """The order in which texts are listed."""

    CREATED = "created"
    """The newest first."""
    SENT = "sent"
    """Those sent last first, and those that are not sent yet at the end."""
    SHUFFLED = "shuffled"
    """In an order that the seed decides."""


class StoredBody(StrEnum):
    """What is kept of the body of a text."""

    WHOLE = "whole"
    SMART = "smart"
    """With plain quotes, dashes and spaces (Twilio, "Smart Encoding")."""
    REDACTED = "redacted"
    """Nothing (Twilio, "Message Redaction")."""


def stored(body: str, kind: StoredBody) -> str:
    """Return what is kept of a body."""
    if kind is StoredBody.REDACTED:
        return ""
    return body.translate(_SMART) if kind is StoredBody.SMART else body
