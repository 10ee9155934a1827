"""What staff read of a contact, for every stage of a delivery and everything that can hold it back.

`python -m kit.why_table`, run in `tests/`, writes `tests/web/why_table.txt` again; read the
difference before it is committed, for it is what staff will read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time, timedelta
from functools import cache
from itertools import combinations
from pathlib import Path
from textwrap import wrap

from kit import stories
from kit.clock import MONDAY
from kit.entries import streams_of
from ledger.domain.error_codes import load_codes
from ledger.domain.events import Event
from ledger.domain.holds import Hold, NextAttempt, SendingConditions, next_attempt
from ledger.domain.schedule import Schedule, SendWindow
from ledger.domain.standing import Stage
from ledger.domain.vocabulary import CampaignState, Reason, Settlement
from webapp.explain.delivery_history import DeliveryHistory, history_of
from webapp.explain.reasons import failure_sentence
from webapp.explain.sentences import plain
from webapp.explain.statuses import STATUS_LABELS, UNDECIDED, stage_detail
from webapp.explain.waits import wait_name
from webapp.explain.why import Why, explain

GOLDEN = Path(__file__).parent.parent / "web" / "why_table.txt"
CODES = load_codes()

NOW = MONDAY + timedelta(minutes=30)
"""Every event lies before; the wait after an unsuccessful attempt ends at ten."""

_AT_TEN = MONDAY + timedelta(hours=1)
_UNDO = NOW + timedelta(seconds=30)
_START = MONDAY + timedelta(hours=2)
_LIMIT = MONDAY + timedelta(hours=3)
_CAP = MONDAY + timedelta(hours=3, minutes=30)
_HOURS = SendWindow(opens=time(13), closes=time(20))

_STARTED = (stories.started(),)
_SENT = (stories.started(), stories.accepted())
_BOUNCED = replace(stories.bounced(code="30008"), status="undelivered", next_at=_AT_TEN)
_REFUSED = replace(stories.put_back(next_at=_AT_TEN), code="20429")

STAGES: Mapping[str, tuple[Event, ...]] = {
    "enrolled": (),
    "enrolled: resend requested": (*_SENT, stories.failed(), stories.resend_requested()),
    "started": _STARTED,
    "unknown": (*_STARTED, stories.doubted()),
    "unknown: staff must decide": (
        *_STARTED,
        replace(stories.doubted(), candidates=("SM1",), reason=Reason.MAY_HAVE_BEEN_SENT),
    ),
    "accepted": _SENT,
    "accepted: by callback": (
        *_STARTED,
        replace(stories.reported(Stage.ACCEPTED), status="sent"),
    ),
    "put back: rate limit": (*_STARTED, _REFUSED),
    "put back: not reached": (*_STARTED, replace(_REFUSED, http_status=None, code=None)),
    "put back: account": (
        *_STARTED,
        replace(_REFUSED, reason=Reason.ACCOUNT, code="20003", http_status=401),
    ),
    "put back: not Twilio's answer": (
        *_STARTED,
        replace(_REFUSED, reason=Reason.NOT_FROM_TWILIO, code=None, http_status=404),
    ),
    "put back: either's fault": (
        *_STARTED,
        replace(_REFUSED, reason=Reason.NO_ROUTE, code="21612", http_status=400),
    ),
    "put back: an error without a code": (
        *_STARTED,
        replace(_REFUSED, reason=Reason.UNKNOWN, code=None, http_status=400),
    ),
    "failed without code": (
        *_SENT,
        replace(stories.reported(Stage.FAILED_WITHOUT_CODE), status="failed"),
    ),
    "failed without code: let be": (*_STARTED, stories.doubted(), stories.settled()),
    "soft bounce": (*_SENT, _BOUNCED),
    "soft bounce: due": (*_SENT, replace(_BOUNCED, next_at=NOW)),
    "soft bounce: daily cap": (*_SENT, replace(_BOUNCED, code="30023")),
    "soft bounce: quiet hours": (*_SENT, replace(_BOUNCED, code="30610")),
    "soft bounce: lapsed": (*_STARTED, stories.doubted(), stories.lapsed(next_at=_AT_TEN)),
    "soft bounce: staff send it again": (
        *_STARTED,
        stories.doubted(),
        replace(
            stories.settled(decision=Settlement.RESEND),
            rank=_BOUNCED.rank,
            next_at=NOW,
        ),
    ),
    "hard failure": (*_SENT, replace(stories.failed(), status="undelivered")),
    "hard failure: refused": (*_STARTED, stories.refused()),
    "withdrawn": (stories.opted_out("inbound"), stories.withdrawn()),
    "withdrawn: opted in again": (
        stories.opted_out("inbound"),
        stories.withdrawn(),
        stories.opted_in(),
    ),
    "withdrawn: forgotten": (
        stories.forgotten(),
        stories.withdrawn(reason=Reason.FORGOTTEN),
    ),
    "withdrawn: landline": (
        stories.looked_up(),
        stories.withdrawn(reason=Reason.LANDLINE),
    ),
    "delivered": (*_SENT, stories.delivered()),
    "read": (*_SENT, stories.delivered(), stories.reported(Stage.READ)),
}
"""What happened in a delivery after its enrolment; together these reach every stage."""

ONE_HOLD: Sequence[frozenset[Hold]] = [frozenset(), *(frozenset({hold}) for hold in Hold)]
TWO_HOLDS = [frozenset(pair) for pair in combinations(Hold, 2)]
_COMBINED = [hold for hold in Hold if hold is not Hold.UNDO_WINDOW]
ALL_SETS_OF_HOLDS = [
    *(
        frozenset(chosen)
        for n in range(len(_COMBINED) + 1)
        for chosen in combinations(_COMBINED, n)
    ),
    *(frozenset({Hold.UNDO_WINDOW, *other}) for other in [(), *combinations(_COMBINED, 1)]),
]
"""Of the undo window only these: it ends as a start does, and all would be twice as many."""

_WITH_TWO_HOLDS = "soft bounce"
"""The stage for which the table also has every two holds."""

_STATE_ACTS = {
    Hold.PAUSED: stories.paused(),
    Hold.CLOSED: stories.closed(),
    Hold.ARCHIVED: stories.archived(),
}

_OF_ALL_SENDING = frozenset({Hold.SENDING_OFF, Hold.RATE_LIMIT, Hold.SENDER_CAP})
"""Holds that no event of a delivery, its campaign or its contact brings about."""


@dataclass(frozen=True)
class Case:
    """What staff read in one place of the table."""

    name: str
    wanted: frozenset[Hold]
    history: DeliveryHistory
    upcoming: NextAttempt
    why: Why

    @property
    def sentence(self) -> str:
        """The sentence of the contact page."""
        return plain(self.why.sentence)

    @property
    def cell(self) -> str:
        """The Contacts tab: status and detail, and the next attempt."""
        at = f"; next attempt {self.upcoming.at:%H:%M}" if self.upcoming.at else ""
        return f"{STATUS_LABELS[self.history.standing.status]}, {self._detail}{at}"

    @property
    def _detail(self) -> str:
        standing = self.history.standing
        is_open = self.history.state is not CampaignState.ARCHIVED
        if standing.failed_reason:
            return failure_sentence(standing.failed_reason, standing.code, standing.attempts, CODES)
        if self.history.candidates and is_open:
            return UNDECIDED
        cause = wait_name(standing.code, self.upcoming, CODES)
        return stage_detail(standing.stage, self.upcoming, cause)


def case_of(name: str, holds: frozenset[Hold]) -> Case:
    """A delivery at that stage, while all of these hold it back."""
    history = _history_of(name, holds - _OF_ALL_SENDING)
    sending = conditions_of(holds)
    return Case(
        name=name,
        wanted=holds,
        history=history,
        upcoming=next_attempt(history.standing, history.context(sending), NOW),
        why=explain(history, CODES, NOW, sending),
    )


@cache
def _history_of(name: str, holds: frozenset[Hold]) -> DeliveryHistory:
    """The delivery, its campaign and its contact at that stage, held back by these alone."""
    held_until = _UNDO if Hold.UNDO_WINDOW in holds else None
    launched = replace(stories.launched(), timing=timing_of(holds), held_until=held_until)
    acts = [act for hold, act in _STATE_ACTS.items() if hold in holds]
    opted_out = [stories.opted_out()] if Hold.OPTED_OUT in holds else []
    enrolment = [stories.created(), stories.enrolled(), launched]
    return history_of(*streams_of([*enrolment, *STAGES[name], *acts, *opted_out]))


def timing_of(holds: frozenset[Hold]) -> Schedule:
    """When a campaign may text, so that its timing brings about these holds."""
    return Schedule(
        starts_at=_START if Hold.BEFORE_START in holds else None,
        window=_HOURS if Hold.OUTSIDE_HOURS in holds else None,
        send_before=MONDAY if Hold.PAST_SEND_BEFORE in holds else None,
    )


def conditions_of(holds: frozenset[Hold]) -> SendingConditions:
    """The conditions of sending as a whole that bring about these holds."""
    return SendingConditions(
        is_off=Hold.SENDING_OFF in holds,
        limited_until=_LIMIT if Hold.RATE_LIMIT in holds else None,
        held_until=_CAP if Hold.SENDER_CAP in holds else None,
    )


def table() -> str:
    """The whole table as text, for people to read: stages, and under each what holds it back."""
    lines = [
        "What staff read of a contact at 09:30, for every stage and all that can hold it back:",
        "the sentence of the contact page, its outlook, and behind a bar the Contacts tab.",
    ]
    for name in STAGES:
        lines += ["", "", name.upper()]
        for text, holds in _texts_of(name).items():
            lines += ["", *wrap("; ".join(holds), 100, initial_indent="  ", subsequent_indent="  ")]
            lines.append(text)
    return "\n".join(lines) + "\n"


def _texts_of(name: str) -> dict[str, list[str]]:
    """Text → the sets of holds with which it is read."""
    texts: dict[str, list[str]] = {}
    for holds in [*ONE_HOLD, *(TWO_HOLDS if name == _WITH_TWO_HOLDS else [])]:
        case = case_of(name, holds)
        lines = [case.sentence, *([case.why.outlook] if case.why.outlook else []), f"| {case.cell}"]
        names = " + ".join(hold.replace("_", " ") for hold in Hold if hold in holds)
        texts.setdefault("\n".join(f"    {line}" for line in lines), []).append(
            names or "nothing holds it back"
        )
    return texts


if __name__ == "__main__":
    GOLDEN.write_text(table())
