"""The words by which a person stops, starts or asks for help, when one is the whole text.

Twilio acts on the same words by itself (its page "Support for opt-out keywords").
"""

from enum import StrEnum


class OptOutKeyword(StrEnum):
    """What a keyword asks for; the values are Twilio's `OptOutType`."""

    STOP = "STOP"
    START = "START"
    HELP = "HELP"


_WORDS = {
    OptOutKeyword.STOP: {
        "STOP",
        "STOPALL",
        "UNSUBSCRIBE",
        "CANCEL",
        "END",
        "QUIT",
        "REVOKE",
        "OPTOUT",
    },
    OptOutKeyword.START: {"START", "YES", "UNSTOP"},
    OptOutKeyword.HELP: {"HELP", "INFO"},
}


def keyword_of(body: str) -> OptOutKeyword | None:
    """What the text asks for; None for any text that is more than a keyword."""
    word = body.strip().upper()
    return next((wish for wish, words in _WORDS.items() if word in words), None)
