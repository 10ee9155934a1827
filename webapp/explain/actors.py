"""The names of those who act: staff members, the sender and Twilio."""

from collections.abc import Mapping

_OTHERS = {"sender": "The sender", "twilio": "Twilio"}


def actor_names(staff_names: Mapping[str, str]) -> dict[str, str]:
    """Return actor, as an event holds it → name; `staff_names` is user id → name."""
    return {**staff_names, **_OTHERS}
