"""The names of those who act: staff members, the sender, Twilio and people unknown."""

from collections.abc import Mapping

from ledger.domain.actors import IDENTITY_PROVIDER, RETENTION, SENDER, TWILIO, UNKNOWN

_OTHERS = {
    SENDER: "The sender",
    TWILIO: "Twilio",
    UNKNOWN: "Somebody unknown",
    RETENTION: "The retention rule",
    IDENTITY_PROVIDER: "The identity provider",
}


def actor_names(staff_names: Mapping[str, str]) -> dict[str, str]:
    """Return actor, as an event holds it → name; `staff_names` is user id → name."""
    return {**staff_names, **_OTHERS}
