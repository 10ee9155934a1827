"""The events of a campaign's stream, from its launch to its archive (R12–R15)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ledger.domain.events.base import Event
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import Schedule
from ledger.domain.vocabulary import FollowUpPart, Reason


@dataclass(frozen=True, kw_only=True)
class MessageVariants:
    """Further wordings of a message, for the contacts with certain values in one column.

    Which one a contact gets follows from the fields of its enrolment, and is not recorded again.
    """

    column: str
    """The merge field of the column: `language`."""
    messages: Mapping[str, str]
    """Value of the column → message with merge fields. A contact with another value, or without
    one, gets the message of the campaign.
    """


@dataclass(frozen=True, kw_only=True)
class CampaignText:
    """The campaign's name, and its message with merge fields."""

    name: str
    message: str
    variants: MessageVariants | None = None
    """None for one wording, and in events of earlier versions of the program."""


@dataclass(frozen=True, kw_only=True)
class FollowUp:
    """That a campaign goes to a part of the contacts of an earlier one."""

    campaign_id: str
    """The earlier campaign."""
    part: FollowUpPart
    seq: int
    at: datetime
    """The moment at which they were in that part: the last event that counts, and the time."""


@dataclass(frozen=True, kw_only=True)
class ListVersion:
    """A version of a contact list, to whose contacts a campaign goes."""

    list_id: str
    number: int


@dataclass(frozen=True, kw_only=True)
class CampaignEvent(Event):
    """An event of a campaign's stream."""

    @property
    def campaign_id(self) -> str:
        """The campaign whose stream this is."""
        return self.originator_id


@dataclass(frozen=True, kw_only=True)
class CampaignCreated(CampaignEvent):
    """A launch has begun; until `CampaignLaunched` it is not listed, sent or counted."""

    private: CampaignText | None
    is_listed: bool = True
    """False for the campaign that holds the replies of staff and is shown nowhere."""
    order_digest: str | None = None
    """A keyed digest of name, message, numbers and texts: equal for the same launch. None for
    replies, and in events of earlier versions of the program.
    """
    token_maker: str | None = None
    """Who made the API token with which a program asked for the launch; None where the actor did,
    and without a token.
    """
    office_id: str | None = None
    """The office of the campaign; None: it belongs to the whole district."""
    follow_up: FollowUp | None = None
    """What it follows; None for one that follows no campaign, and in earlier events."""
    contact_list: ListVersion | None = None
    """The contact list that it goes to; None for a file, and in earlier events."""


@dataclass(frozen=True, kw_only=True)
class CampaignLaunched(CampaignEvent):
    """Every contact is enrolled and sending may begin; has all settings of the launch."""

    contact_count: int
    policy: ResendPolicy
    private: CampaignText | None
    timing: Schedule = field(default_factory=Schedule)
    is_urgent: bool = False
    """Whether its texts are sent before those of others, and at any hour."""
    segments: int | None = None
    """The segments of all texts, with one attempt for each contact. None for replies, and in events
    of earlier versions of the program.
    """
    held_until: datetime | None = None
    """The end of the undo window: no attempt starts before it. None where there is no window."""
    office_id: str | None = None
    """That of `CampaignCreated`, again, as the spending of an office is counted from launches."""

    @property
    def schedule(self) -> Schedule:
        """When it may text; `timing` has the hours of an urgent campaign too."""
        return self.timing.applied(is_urgent=self.is_urgent)


@dataclass(frozen=True, kw_only=True)
class Failures:
    """How many of the campaign's last texts failed or bounced."""

    count: int
    of_last: int
    """Of how many texts."""
    codes: Mapping[str, int]
    """Error code → how many of the failures had it."""


@dataclass(frozen=True, kw_only=True)
class CampaignAct(CampaignEvent):
    """An act on a campaign after its launch."""

    request: str | None = None
    """The id of the request that asked for it, where it is to be done once; None for others."""
    stated_reason: str | None = None
    """Why, in the words of staff, where they gave any. It is about the campaign and not sealed, so
    it may say nothing about a person; pages and the API say so where they ask for it.
    """


@dataclass(frozen=True, kw_only=True)
class CampaignPaused(CampaignAct):
    """No attempt starts until a resume; caused by staff, an account fault (R19) or failures."""

    reason: Reason | None = None
    code: str | None = None
    failures: Failures | None = None


@dataclass(frozen=True, kw_only=True)
class CampaignResumed(CampaignAct):
    """Attempts may start again."""


@dataclass(frozen=True, kw_only=True)
class UndoWindowEnded(CampaignEvent):
    """Staff did not want to wait for the end of the undo window: the texts go out now."""


@dataclass(frozen=True, kw_only=True)
class CampaignClosed(CampaignAct):
    """No attempt starts any more; callbacks still count (R12). Also ends an abandoned launch.

    The reason is None where staff closed it. It is `TOO_LATE` where the time for sending is over,
    and `LAUNCH_STOPPED` where staff stopped the launch before the first attempt.
    """

    reason: Reason | None = None


@dataclass(frozen=True, kw_only=True)
class CampaignRecalled(CampaignAct):
    """Staff closed it, and asked the provider for the texts that it has not sent yet."""


@dataclass(frozen=True, kw_only=True)
class CampaignArchived(CampaignAct):
    """Every status stays as it is at this event (R14, R15)."""
