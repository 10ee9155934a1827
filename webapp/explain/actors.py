"""Who acted, as readers see it: staff by name, the program and Twilio by what they are."""

from collections.abc import Mapping

_OTHERS = {"sender": "The sender", "twilio": "Twilio"}


def actor_names(staff_names: Mapping[str, str]) -> dict[str, str]:
    """The names of all who act, by the word that an event holds: those of staff and the others."""
    return {**staff_names, **_OTHERS}
