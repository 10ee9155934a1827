"""What staff and other programs read after an act on a campaign."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from ledger.domain.holds import SendingConditions

_DONE: Mapping[str, str] = MappingProxyType(
    {
        "pause": "Paused: nothing is sent until somebody resumes it.",
        "resume": "Resumed: what is due is sent now.",
        "close": "Closed: no further attempts.",
        "archive": "Archived: every status stays as it is.",
    }
)
_RESUMED_WHILE_OFF = "Resumed: what is due is sent once all sending is allowed again."
_RESUMED_WHILE_HELD = "Resumed: what is due is sent once a limit on the school's sender ends."


def act_sentence(act: str, conditions: SendingConditions, now: datetime) -> str:
    """Return what an act did; `conditions` are what holds back all deliveries."""
    if act == "resume" and conditions.is_off:
        return _RESUMED_WHILE_OFF
    if act == "resume" and conditions.is_sender_held(now):
        return _RESUMED_WHILE_HELD
    return _DONE[act]
