"""The reason that staff gave for an act, in their own words, as sentences quote it."""

SHOWN_TO_ALL = "Everybody who may see the campaign reads it. Write no names and no numbers."
"""The hint of a field for the reason of an act on a campaign, which is not sealed."""
SHOWN_TO_EVERYBODY = "Everybody who signs in reads it. Write no names and no numbers."
"""The same for an act that concerns all campaigns."""
SEALED = "It is encrypted like the person's name."
"""The hint of a field for the reason of an act on a person."""


def in_words_of_staff(reason: str | None) -> str:
    """Return what follows the act in a sentence: ": “wrong date in the text”"; blank for none."""
    return f": “{reason}”" if reason else ""


def reason_sentence(reason: str | None) -> str:
    """Return the sentence after the one about the act: ". Reason: “wrong date”"; blank for none."""
    return f". Reason: “{reason}”" if reason else ""
