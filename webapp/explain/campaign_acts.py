"""What staff and other programs read after an act on a campaign."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from ledger.commands.resends import Resent
from ledger.domain.holds import SendingConditions
from webapp.explain.numbers import counted, number

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


def resend_message(done: Resent) -> tuple[str, str]:
    """Return what a resend did, and the kind of message that it is."""
    left_out = f" {number(len(done.left_out))} left out." if done.left_out else ""
    if not done.count:
        return f"Nobody is tried again.{left_out}", "warning"
    return f"{counted(done.count, 'contact')} will be tried again.{left_out}", "success"
