"""The switch for all sending, as `delivery-ledger sending show --json` prints it."""

from typing import Annotated

from msgspec import Meta

from ledger.commands.stated_reasons import LONGEST_STATED_REASON
from ledger.domain.vocabulary import StopCause
from webapp.api.models.base import AnswerModel, OptionalBody, RequestModel


class SendingState(AnswerModel, frozen=True):
    """Whether anything is sent."""

    off: bool
    cause: Annotated[StopCause | None, Meta(description="Why it is off; null while it is on.")]
    stated_reason: Annotated[
        str | None,
        Meta(description="Why staff stopped or allowed sending the last time, in their own words."),
    ]
    reconcile_first: Annotated[
        bool, Meta(description="Whether `delivery-ledger reconcile` has to run before.")
    ]
    lost_since: Annotated[
        str | None, Meta(description="Where the ledger lost its end: since when. ISO 8601, UTC.")
    ]
    lost_attempts: int
    missing: Annotated[
        int, Meta(description="Of how many lost attempts Twilio's records have no text.")
    ]
    held_until: Annotated[
        str | None,
        Meta(description="Until when a limit on the sender holds all texts. ISO 8601, UTC."),
    ]
    held_code: Annotated[str | None, Meta(description="Twilio's code of that limit.")]


_REASON = Annotated[
    Annotated[str, Meta(max_length=LONGEST_STATED_REASON)] | None,
    Meta(
        description="Why, in your own words. Everybody who signs in reads it, and it is not "
        "encrypted: write no names and no numbers.",
        examples=["wrong link in the text"],
    ),
]


class SendingStopOrder(OptionalBody, frozen=True):
    """A stop of all sending. The body may be left out."""

    reason: _REASON = None


class SendingOrder(RequestModel, frozen=True):
    """How sending is allowed."""

    despite_missing: Annotated[
        bool,
        Meta(description="Although `missing` is not 0: somebody may then be texted twice."),
    ] = False
    reason: _REASON = None


class SendingActDone(AnswerModel, frozen=True):
    """What an act did."""

    off: Annotated[bool, Meta(description="Whether sending is off now.")]
    changed: Annotated[bool, Meta(description="False where it was so before.")]


EXAMPLE = SendingState(
    off=False,
    cause=None,
    stated_reason=None,
    reconcile_first=False,
    lost_since=None,
    lost_attempts=0,
    missing=0,
    held_until=None,
    held_code=None,
)
EXAMPLE_ORDER = SendingOrder()
EXAMPLE_STOP = SendingStopOrder(reason="wrong link in the text")
EXAMPLE_STOPPED = SendingActDone(off=True, changed=True)
EXAMPLE_ALLOWED = SendingActDone(off=False, changed=True)
