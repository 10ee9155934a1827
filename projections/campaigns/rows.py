"""What queries of campaigns return to pages and commands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, NamedTuple

import msgspec

from ledger.clock import to_microseconds
from ledger.domain.events import Failures, FollowUp, ListVersion, MessageVariants
from ledger.domain.holds import NextAttempt
from ledger.domain.schedule import Schedule
from ledger.domain.standing import Stage
from ledger.domain.vocabulary import CampaignState, DeliveryStatus, MessageStatus, Reason


@dataclass(frozen=True)
class Counts:
    """The number of contacts of a campaign, by status."""

    NONE: ClassVar["Counts"]
    """Those of a campaign that was not launched yet."""

    total: int
    delivered: int
    pending: int
    failed: int


Counts.NONE = Counts(total=0, delivered=0, pending=0, failed=0)


@dataclass(frozen=True)
class StateCause:
    """Why a campaign paused or closed by itself."""

    reason: Reason
    code: str | None
    failures: Failures | None
    """For a pause after many failures."""


class CampaignPlace(NamedTuple):
    """Where a campaign stands in the list of all, the newest first."""

    launched_at: int
    """In microseconds since 1970 UTC."""
    campaign_id: str


@dataclass(frozen=True, kw_only=True)
class CampaignRow:
    """A launched campaign as staff see it."""

    campaign_id: str
    name: str
    message: str
    variants: MessageVariants | None = None
    """The further wordings of the message; None: all contacts got the same."""
    state: CampaignState
    counts: Counts
    launched_at: datetime
    launched_by: str
    state_cause: StateCause | None
    """Why it is in its state; None where staff changed it."""
    changed_at: datetime
    """When it got into its state."""
    changed_by: str
    timing: Schedule
    is_urgent: bool
    accounted_for: int = 0
    """Pending contacts on whose text staff expect no report any more."""
    held_until: datetime | None
    """The end of the undo window of its launch, also once it has passed; None without one."""
    office_id: str | None = None
    """None: it belongs to the whole district."""
    stated_reason: str | None = None
    """Why it is in its state, in the words of staff; None where they gave no reason."""
    follow_up: FollowUp | None = None
    """The earlier campaign that it follows, and to which of its contacts it goes."""
    contact_list: ListVersion | None = None
    """The version of a contact list to which it goes; None for a file."""

    @property
    def place(self) -> CampaignPlace:
        """Where it stands in the list of all campaigns."""
        return CampaignPlace(to_microseconds(self.launched_at), self.campaign_id)

    @property
    def is_complete(self) -> bool:
        """Whether every contact is delivered, failed or accounted for (R13); never commanded."""
        return self.counts.pending == self.accounted_for


@dataclass(frozen=True)
class Consent:
    """That a person agreed to get texts."""

    source: str
    """How, in the school's own words; blank where that is not known."""
    given_at: datetime | None
    """None where that is not known."""


@dataclass(frozen=True, kw_only=True)
class ContactRow:
    """One contact of a campaign as the Contacts tab shows it."""

    delivery_id: str
    campaign_id: str
    campaign_name: str
    campaign_state: CampaignState
    is_urgent: bool
    """Whether the campaign is."""
    contact_id: str
    position: int
    phone: str
    """Empty once the contact was forgotten, as the name is."""
    name: str
    forgotten_at: datetime | None
    """When its personal data was destroyed; None while it is known."""
    fields_json: str | None
    status: DeliveryStatus
    stage: Stage
    failed_reason: Reason | None
    error_code: str | None
    attempts: int
    next_attempt: NextAttempt
    message_status: MessageStatus | None
    is_conflict: bool
    after_archive: DeliveryStatus | None
    is_opted_out: bool
    consent: Consent | None
    """None where none is recorded, or an opt-out withdrew it."""
    needs_decision: bool
    """Whether staff must decide if a text that may have been sent is sent again."""
    is_accounted_for: bool = False
    """Whether staff expect no report on its text any more."""
    has_unread_events: bool
    """Whether the ledger holds events of it that this program cannot read."""
    last_seq: int
    """The seq of its last fact."""

    @property
    def fields(self) -> Mapping[str, str]:
        """The columns of the contact file and their values; none once the contact was forgotten."""
        if self.fields_json is None or self.forgotten_at:
            return {}
        return msgspec.json.decode(self.fields_json, type=dict[str, str])

    @property
    def next_attempt_at(self) -> datetime | None:
        """When the next attempt can start at the earliest; None where that is unknown."""
        return self.next_attempt.at


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of contacts, with the positions from which to continue (keyset paging)."""

    rows: Sequence[ContactRow]
    previous_before: int | None
    """The value of `before` for the previous page; None on the first page."""
    next_after: int | None
    """The value of `after` for the next page; None on the last page."""
