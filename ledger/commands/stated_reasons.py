"""The reason that staff may give for an act, in their own words: optional, and short."""

from ledger.errors import BadInput
from ledger.messages.outside_text import encodable

LONGEST_STATED_REASON = 500
"""Characters."""


def checked_reason(text: str | None) -> str | None:
    """Return the reason as one line; None for a blank one. Raises `BadInput` for a long one."""
    words = " ".join(encodable(text or "").split())
    if len(words) > LONGEST_STATED_REASON:
        raise BadInput(
            f"The reason has {len(words):,} characters, and may have {LONGEST_STATED_REASON}. "
            "Shorten it. Nothing was done."
        )
    return words or None
