"""What the words of a text ask for; a minimal version."""

from enum import StrEnum


class Wording(StrEnum):
    """What a text asks for."""

    OPT_OUT = "opt_out"
    POSSIBLE_OPT_OUT = "possible_opt_out"
    OPT_IN = "opt_in"
    HELP = "help"
    ORDINARY = "ordinary"


_WORDINGS = {
    "please stop": Wording.OPT_OUT,
    "opt out": Wording.OPT_OUT,
    "stop texting me": Wording.OPT_OUT,
    "i get too many of these": Wording.POSSIBLE_OPT_OUT,
    "text me again please": Wording.OPT_IN,
}


def classify_wording(body: str) -> Wording:
    """Return what the text asks for."""
    return _WORDINGS.get(body.strip().lower(), Wording.ORDINARY)
