"""A sentence on what happened: events about no campaign and no contact.

They are about people and what they look at, offices, webhooks, rules, and the school's sending.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from ledger.domain.events import (
    AccountAccessGiven,
    AccountAdded,
    AccountAddedByProvider,
    AccountDisabled,
    AccountEnabled,
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
    DataExported,
    Event,
    KeysBackedUp,
    MessagePreviewed,
    NamedTemplateArchived,
    NamedTemplateChanged,
    NamedTemplateMade,
    NoticesChosen,
    OfficeAdded,
    OfficeClosed,
    OfficeRenamed,
    PermalinkMade,
    PermalinkRead,
    PermalinkRevoked,
    RetentionConfirmed,
    RetentionSet,
    SenderHeld,
    SendingAccountSet,
    SendingAllowed,
    SendingStopped,
    SignedIn,
    SignInFailed,
    TextPricesRecorded,
    TextsReconciled,
    WebhookAdded,
    WebhookPaused,
    WebhookRemoved,
    WebhookReplayed,
    WebhookResumed,
    WebhookSecretRotated,
    WebhookSwitchedOff,
    WebhookTypesChosen,
    WordsViewed,
)
from ledger.domain.vocabulary import StopCause
from webapp.explain.access import (
    export_summary,
    failed_summary,
    key_backup_summary,
    permalink_summary,
    sign_in_summary,
    view_summary,
)
from webapp.explain.numbers import counted, number
from webapp.explain.people_accounts import account_change
from webapp.explain.retention import retention_summary
from webapp.explain.stated_reasons import reason_sentence
from webapp.explain.webhooks import webhook_change

_STOPS = {
    StopCause.STAFF: "by staff",
    StopCause.LEDGER_CUT: "because the ledger lost its end",
}

_DESPITE_MISSING = ", although Twilio has no text of some lost attempts"


def _reconciled(event: TextsReconciled) -> str:
    parts = [
        f"Twilio's records searched: {counted(event.texts, 'text')}",
        f"{number(event.attached)} of them recorded as sent here",
        f"{number(event.unplaced)} of no delivery in this ledger",
    ]
    if event.undecided:
        parts.append(f"{number(event.undecided)} for staff to decide")
    if event.missing:
        parts.append(f"no text of {counted(event.missing, 'lost attempt')}")
    return ", ".join(parts)


def _prices(event: TextPricesRecorded) -> str:
    texts = sum(len(priced.sids) for priced in event.prices)
    return f"Twilio's price recorded of {counted(texts, 'text')}"


INSTALLATION_SUMMARIES: Mapping[type[Event], Callable[[Any], str]] = MappingProxyType(
    {
        RetentionSet: retention_summary,
        RetentionConfirmed: lambda e: f"Retention rule {number(e.rule)} confirmed: it begins now",
        SendingStopped: lambda e: (
            f"All sending stopped {_STOPS[e.cause]}{reason_sentence(e.stated_reason)}"
        ),
        TextsReconciled: _reconciled,
        TextPricesRecorded: _prices,
        SenderHeld: lambda e: f"All texts wait for the end of a limit ({e.code})",
        SendingAllowed: lambda e: (
            f"Sending allowed again{e.despite_missing * _DESPITE_MISSING}"
            f"{reason_sentence(e.stated_reason)}"
        ),
        SendingAccountSet: lambda e: (
            "The ledger is a demonstration"
            if e.is_demonstration
            else f"Texts are sent from the Twilio account {e.account_sid}"
        ),
        SignedIn: sign_in_summary,
        SignInFailed: failed_summary,
        WordsViewed: view_summary,
        MessagePreviewed: lambda _: "Looked at the preview of a message",
        DataExported: export_summary,
        KeysBackedUp: key_backup_summary,
        PermalinkMade: permalink_summary,
        PermalinkRevoked: lambda _: "Permalink revoked",
        PermalinkRead: lambda _: "A permalink was read",
        AccountAdded: account_change,
        AccountAddedByProvider: account_change,
        AccountRoleChanged: account_change,
        AccountAccessGiven: account_change,
        AccountSessionsEnded: account_change,
        AccountDisabled: account_change,
        AccountEnabled: account_change,
        AccountRemoved: account_change,
        AccountFactorsReset: account_change,
        AccountOfficesSet: account_change,
        OfficeAdded: lambda e: f"Office added: {e.name}",
        OfficeRenamed: lambda e: f"Office renamed: {e.name}",
        OfficeClosed: lambda _: "Office closed: nothing more is launched into it",
        NamedTemplateMade: lambda _: "Template made",
        NamedTemplateChanged: lambda _: "Template changed",
        NamedTemplateArchived: lambda _: "Template archived",
        AccountPasskeyAdded: account_change,
        AccountPasskeyRemoved: account_change,
        AccountProviderLinked: account_change,
        AccountRecoveryCodesMade: account_change,
        AccountRecoveryCodeUsed: account_change,
        AccountTwoFactorTurnedOff: account_change,
        AccountTwoFactorTurnedOn: account_change,
        ApiTokenMade: account_change,
        ApiTokenRevoked: account_change,
        NoticesChosen: lambda e: f"Notices by mail chosen: {counted(len(e.kinds), 'kind')}",
        WebhookAdded: webhook_change,
        WebhookPaused: webhook_change,
        WebhookRemoved: webhook_change,
        WebhookReplayed: webhook_change,
        WebhookResumed: webhook_change,
        WebhookSecretRotated: webhook_change,
        WebhookSwitchedOff: webhook_change,
        WebhookTypesChosen: webhook_change,
    }
)
"""The summary of every such type of event."""
