"""The keywords by which a person opts out, opts in or asks for help.

Twilio acts on the same keywords by itself (its page "Support for opt-out keywords").
"""

from enum import StrEnum


class OptOutKeyword(StrEnum):
    """What a text asks for; the values are those of Twilio's `OptOutType`."""

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
    """Return what the text asks for; None for a text that is more than a keyword."""
    word = body.strip().upper()
    return next((keyword for keyword, words in _WORDS.items() if word in words), None)
