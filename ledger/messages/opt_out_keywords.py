"""The words by which a person stops, starts or asks for help, when one is the whole text.

Twilio acts on the same words by itself (its page "Support for opt-out keywords").
"""

from enum import StrEnum


class Wish(StrEnum):
    """What a keyword asks for; the values are Twilio's `OptOutType`."""

    STOP = "STOP"
    START = "START"
    HELP = "HELP"


_WORDS = {
    Wish.STOP: {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"},
    Wish.START: {"START", "YES", "UNSTOP"},
    Wish.HELP: {"HELP", "INFO"},
}


def wish_of(body: str) -> Wish | None:
    """What the text asks for; None for any text that is more than a keyword."""
    word = body.strip().upper()
    return next((wish for wish, words in _WORDS.items() if word in words), None)
