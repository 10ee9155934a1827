"""The events of a contact's stream; they concern the number in every campaign (R16)."""

from dataclasses import dataclass
from datetime import datetime

from ledger.domain.events.base import Event, Form, PhoneNumber
from ledger.domain.vocabulary import LineType, OptOutMeans

POSSIBLE_OPT_OUT = "possible_opt_out"
"""The wording of a text that may ask for an opt-out: staff decide."""
_ACT_AT_ONCE = {"opt_out", "opt_in"}


@dataclass(frozen=True, kw_only=True)
class ContactEvent(Event):
    """An event of a contact's stream."""

    @property
    def contact_id(self) -> str:
        """The contact whose stream this is."""
        return self.originator_id


@dataclass(frozen=True, kw_only=True)
class OptingWords(PhoneNumber):
    """Why staff opted the number out or in, in their own words; `phone` is blank if not known."""

    reason: str | None = None
    """None where staff gave none, and for all that did not come from staff."""


@dataclass(frozen=True, kw_only=True)
class ContactOptedOut(ContactEvent):
    """No text is sent to the number any more (R16)."""

    source: str
    """An `OptOutSource`."""
    private: OptingWords | None
    means: OptOutMeans | None = None
    """How the person asked staff; None where staff did not say, and for all other sources."""
    received_at: datetime | None = None
    """When the person asked; None where staff did not say, and for texts, which have a time."""
    is_imported: bool = False
    """Whether staff imported it from a file; `source` and `means` are then those of the file."""
    request: str | None = None
    """The id of the request that asked for it, where it is to be done once; None for others."""


@dataclass(frozen=True, kw_only=True)
class ContactOptedIn(ContactEvent):
    """The number may be texted again."""

    source: str
    private: OptingWords | None
    request: str | None = None
    """The id of the request that asked for it, where it is to be done once; None for others."""


@dataclass(frozen=True, kw_only=True)
class ConsentWords(PhoneNumber):
    """How the person gave consent, in the school's own words; `phone` is blank if not known."""

    source: str


@dataclass(frozen=True, kw_only=True)
class ConsentRecorded(ContactEvent):
    """The person agreed to get texts; an opt-out withdraws the consent (R16)."""

    given_at: datetime | None
    """None where a contact file does not say it."""
    private: ConsentWords | None
    request: str | None = None
    """The id of the request that asked for it, where it is to be done once; None for others."""


@dataclass(frozen=True, kw_only=True)
class ContactForgotten(ContactEvent):
    """The contact's key was destroyed in the same commit; what it sealed cannot be read."""

    retention_rule: int | None = None
    """The number of the retention rule that asked for it; None where a person did."""
    retention_days: int | None = None
    """After how many days, by that rule."""
    request: str | None = None
    """The id of the request that asked for it, where it is to be done once; None for others."""


@dataclass(frozen=True, kw_only=True)
class LegalHoldWords(PhoneNumber):
    """Why staff placed a legal hold, in their own words; `phone` is blank if not known."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class LegalHoldPlaced(ContactEvent):
    """The contact may not be forgotten until this legal hold is released."""

    number: int
    """Counts the legal holds of the phone, from 1."""
    private: LegalHoldWords | None
    request: str | None = None
    """The id of the request that asked for it, where it is to be done once; None for others."""


@dataclass(frozen=True, kw_only=True)
class LegalHoldReleased(ContactEvent):
    """The legal hold with this number has ended."""

    number: int
    request: str | None = None
    """See `LegalHoldPlaced`."""


@dataclass(frozen=True, kw_only=True)
class InboundReceived(ContactEvent):
    """The number sent a text."""

    sid: str
    dedupe: str
    private: Form | None
    wording: str | None = None
    """What the text was judged to ask for when it came, such as `opt_out`; the values are those of
    `ledger/messages/opt_out_wordings.py`. None for a text that was not judged."""

    @property
    def is_possible_opt_out(self) -> bool:
        """Whether the text may ask for an opt-out, so that staff must decide."""
        return self.wording == POSSIBLE_OPT_OUT

    @property
    def is_reply_due(self) -> bool:
        """Whether somebody should answer: the text is no opt-out or opt-in, which act at once."""
        return self.wording not in _ACT_AT_ONCE


@dataclass(frozen=True, kw_only=True)
class PossibleOptOutDismissed(ContactEvent):
    """Staff decided that a text of the number does not ask for an opt-out."""

    sid: str
    """The SID of the text."""
    request: str | None = None
    """The id of the request that asked for it, where it is to be done once; None for others."""


@dataclass(frozen=True, kw_only=True)
class NumberMarkedFixed(ContactEvent):
    """Staff corrected the number in the school's records, after texts to it had failed.

    It leaves the list of numbers to fix, until a text to it fails again.
    """

    request: str | None = None
    """The id of the request that asked for it, where it is to be done once; None for others."""


@dataclass(frozen=True, kw_only=True)
class ConversationDone(ContactEvent):
    """The conversation needs no reply, as staff decided, until the person writes again."""

    office_ids: tuple[str, ...] = ()
    """The offices whose texts need none; empty: all."""
    request: str | None = None
    """The request that asked for it; None where none was named, and in earlier versions."""


@dataclass(frozen=True, kw_only=True)
class ConversationAssigned(ContactEvent):
    """A member of staff is to look after the conversation from now on, or nobody is."""

    assignee: str | None
    """A user id; None: nobody."""
    office_ids: tuple[str, ...] = ()
    """The offices for which somebody looks after it; empty: all."""
    request: str | None = None
    """The request that asked for it; None where none was named, and in earlier versions."""


@dataclass(frozen=True, kw_only=True)
class LineTypeLookedUp(ContactEvent):
    """The provider was asked what kind of line the number is, and answered."""

    line_type: LineType | None
    """None where the provider does not know it."""
    looked_up_at: datetime
    private: PhoneNumber | None
    """The number: the look-up may be the first that is recorded of the contact."""
