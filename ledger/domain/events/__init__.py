"""Every event of the ledger: past tense, frozen, each with a topic that never changes.

A field named like a typed column of the store (`campaign_id`, `turn`, `rank`, `sid` …) fills that
column. `private` is the sealed part: numbers, names and texts stand there and nowhere else, and it
is None once the contact's key is destroyed. One module per kind of stream.
"""

from ledger.domain.events.access import (
    AccessEvent,
    DataExported,
    KeysBackedUp,
    MessagePreviewed,
    PermalinkMade,
    PermalinkRead,
    PermalinkRevoked,
    SignedIn,
    SignInFailed,
    WordsViewed,
)
from ledger.domain.events.base import (
    Event,
    Form,
    Header,
    Parameters,
    PhoneNumber,
    filled,
)
from ledger.domain.events.campaigns import (
    CampaignAct,
    CampaignArchived,
    CampaignClosed,
    CampaignCreated,
    CampaignEvent,
    CampaignLaunched,
    CampaignPaused,
    CampaignRecalled,
    CampaignResumed,
    CampaignText,
    Failures,
    UndoWindowEnded,
)
from ledger.domain.events.contacts import (
    ConsentRecorded,
    ConsentWords,
    ContactEvent,
    ContactForgotten,
    ContactOptedIn,
    ContactOptedOut,
    InboundReceived,
    LegalHoldPlaced,
    LegalHoldReleased,
    LegalHoldWords,
    LineTypeLookedUp,
    PossibleOptOutDismissed,
)
from ledger.domain.events.deliveries import (
    AttemptAccepted,
    AttemptLapsed,
    AttemptOutcomeUnknown,
    AttemptRefused,
    AttemptSettled,
    AttemptStarted,
    CallbackReceived,
    ContactEnrolled,
    DeliveryEvent,
    DeliveryWithdrawn,
    Person,
    ProviderMessage,
    ResendRequested,
    StatusFetched,
)
from ledger.domain.events.drafts import (
    CampaignDrafted,
    DraftClosed,
)
from ledger.domain.events.launch_control import (
    ApprovalLimitSet,
    DraftSubmitted,
    FileNotes,
    LaunchApproved,
    LaunchRefused,
    LaunchRequested,
    LaunchVoided,
    RefusalWords,
    RequestedText,
    ResendCounted,
    SpendingLimitSet,
)
from ledger.domain.events.notices import (
    MailAddress,
    NoticesChosen,
)
from ledger.domain.events.offices import (
    OfficeAdded,
    OfficeClosed,
    OfficeEvent,
    OfficeRenamed,
)
from ledger.domain.events.people import (
    AccountAccessGiven,
    AccountAdded,
    AccountAddedByProvider,
    AccountDisabled,
    AccountEnabled,
    AccountEvent,
    AccountFactorsReset,
    AccountOfficesSet,
    AccountPasskeyAdded,
    AccountPasskeyRemoved,
    AccountProviderLinked,
    AccountRecoveryCodesMade,
    AccountRecoveryCodeUsed,
    AccountRemoved,
    AccountRoleChanged,
    AccountSessionsEnded,
    AccountTwoFactorTurnedOff,
    AccountTwoFactorTurnedOn,
    ApiTokenMade,
    ApiTokenRevoked,
)
from ledger.domain.events.retention import (
    RetentionConfirmed,
    RetentionSet,
)
from ledger.domain.events.sending import (
    SenderHeld,
    SendingAccountSet,
    SendingAllowed,
    SendingStopped,
    TextsReconciled,
)
from ledger.domain.events.strays import StrayCallbackReceived
from ledger.domain.events.webhooks import (
    WebhookAdded,
    WebhookAddress,
    WebhookEvent,
    WebhookPaused,
    WebhookRemoved,
    WebhookReplayed,
    WebhookResumed,
    WebhookSecretRotated,
    WebhookSwitchedOff,
    WebhookTypesChosen,
)


def _kinds(event_type: type[Event]) -> list[type[Event]]:
    """Return the types that are recorded: those without subclasses."""
    subclasses = event_type.__subclasses__()
    if not subclasses:
        return [event_type]
    return [kind for subclass in subclasses for kind in _kinds(subclass)]


EVENT_TYPES: tuple[type[Event], ...] = tuple(_kinds(Event))
"""Every type of event that is recorded, or ever was."""

ACCESS_TOPICS: frozenset[str] = frozenset(kind.topic for kind in _kinds(AccessEvent))
"""The topics of the record of access."""

ACCOUNT_TOPICS: frozenset[str] = frozenset(kind.topic for kind in _kinds(AccountEvent))
"""The topics of changes to people's accounts."""

__all__ = [
    "ACCESS_TOPICS",
    "ACCOUNT_TOPICS",
    "EVENT_TYPES",
    "AccessEvent",
    "AccountAccessGiven",
    "AccountAdded",
    "AccountAddedByProvider",
    "AccountDisabled",
    "AccountEnabled",
    "AccountEvent",
    "AccountFactorsReset",
    "AccountOfficesSet",
    "AccountPasskeyAdded",
    "AccountPasskeyRemoved",
    "AccountProviderLinked",
    "AccountRecoveryCodeUsed",
    "AccountRecoveryCodesMade",
    "AccountRemoved",
    "AccountRoleChanged",
    "AccountSessionsEnded",
    "AccountTwoFactorTurnedOff",
    "AccountTwoFactorTurnedOn",
    "ApiTokenMade",
    "ApiTokenRevoked",
    "ApprovalLimitSet",
    "AttemptAccepted",
    "AttemptLapsed",
    "AttemptOutcomeUnknown",
    "AttemptRefused",
    "AttemptSettled",
    "AttemptStarted",
    "CallbackReceived",
    "CampaignAct",
    "CampaignArchived",
    "CampaignClosed",
    "CampaignCreated",
    "CampaignDrafted",
    "CampaignEvent",
    "CampaignLaunched",
    "CampaignPaused",
    "CampaignRecalled",
    "CampaignResumed",
    "CampaignText",
    "ConsentRecorded",
    "ConsentWords",
    "ContactEnrolled",
    "ContactEvent",
    "ContactForgotten",
    "ContactOptedIn",
    "ContactOptedOut",
    "DataExported",
    "DeliveryEvent",
    "DeliveryWithdrawn",
    "DraftClosed",
    "DraftSubmitted",
    "Event",
    "Failures",
    "FileNotes",
    "Form",
    "Header",
    "InboundReceived",
    "KeysBackedUp",
    "LaunchApproved",
    "LaunchRefused",
    "LaunchRequested",
    "LaunchVoided",
    "LegalHoldPlaced",
    "LegalHoldReleased",
    "LegalHoldWords",
    "LineTypeLookedUp",
    "MailAddress",
    "MessagePreviewed",
    "NoticesChosen",
    "OfficeAdded",
    "OfficeClosed",
    "OfficeEvent",
    "OfficeRenamed",
    "Parameters",
    "PermalinkMade",
    "PermalinkRead",
    "PermalinkRevoked",
    "Person",
    "PhoneNumber",
    "PossibleOptOutDismissed",
    "ProviderMessage",
    "RefusalWords",
    "RequestedText",
    "ResendCounted",
    "ResendRequested",
    "RetentionConfirmed",
    "RetentionSet",
    "SenderHeld",
    "SendingAccountSet",
    "SendingAllowed",
    "SendingStopped",
    "SignInFailed",
    "SignedIn",
    "SpendingLimitSet",
    "StatusFetched",
    "StrayCallbackReceived",
    "TextsReconciled",
    "UndoWindowEnded",
    "WebhookAdded",
    "WebhookAddress",
    "WebhookEvent",
    "WebhookPaused",
    "WebhookRemoved",
    "WebhookReplayed",
    "WebhookResumed",
    "WebhookSecretRotated",
    "WebhookSwitchedOff",
    "WebhookTypesChosen",
    "WordsViewed",
    "filled",
]
