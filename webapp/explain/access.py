"""The sentences of the record of access: who signed in, and who saw or took which data."""

from datetime import timedelta

from ledger.domain.actors import UNKNOWN
from ledger.domain.events import (
    DataExported,
    KeysBackedUp,
    PermalinkMade,
    SignedIn,
    SignInFailed,
    WordsViewed,
)
from ledger.domain.vocabulary import ExportKind, KeyBackupPlace, SignInMeans, ViewPlace
from webapp.explain.numbers import counted, number
from webapp.explain.times import zoned_text

_MEANS = {
    SignInMeans.PASSWORD: "a password",
    SignInMeans.LINK: "a link",
    SignInMeans.PASSWORD_AND_CODE: "a password and a code",
    SignInMeans.PASSWORD_AND_RECOVERY_CODE: "a password and a recovery code",
    SignInMeans.PASSKEY: "a passkey",
    SignInMeans.PROVIDER: "the identity provider",
}

_PLACES = {
    ViewPlace.EVENT: "on the page of an event",
    ViewPlace.CONTACT: "on the contact page",
    ViewPlace.CONVERSATION: "in the conversation",
    ViewPlace.PERSON: "on the person's page",
}

_EXPORTS = {
    ExportKind.EVENTS: "events{of}",
    ExportKind.CONTACTS: "contacts{of}",
    ExportKind.OPT_OUTS: "opt-outs{of}",
    ExportKind.NUMBERS_TO_FIX: "numbers to fix{of}",
    ExportKind.BUNDLE: "a bundle{of} for auditors",
    ExportKind.PERSON_FILE: "the file{of}",
    ExportKind.COMPARISON: "a comparison{of} at two moments",
    ExportKind.RETENTION: "the list of contacts who will be forgotten",
    ExportKind.BACKUP: "a backup of everything",
}

_KEY_BACKUPS = {
    KeyBackupPlace.BACKUP: "The master key is in a backup",
    KeyBackupPlace.ELSEWHERE: "Said that a backup of the master key is kept elsewhere",
}


def sign_in_summary(event: SignedIn) -> str:
    """Return "Signed in with a password"."""
    return f"Signed in with {_MEANS[event.means]}"


def failed_summary(event: SignInFailed) -> str:
    """Return "Failed to sign in with this name: 3 times in 1 minute. Who tried is not known".

    Or "… 40 times in 52 minutes".
    """
    name = "with an unknown name" if event.actor == UNKNOWN else "with this name"
    times = counted(event.count, "time")
    minutes = 1 + ((event.last_minute or event.minute) - event.minute) // timedelta(minutes=1)
    within = counted(minutes, "minute")
    return f"Failed to sign in {name}: {times} in {within}. Who tried is not known"


def view_summary(event: WordsViewed) -> str:
    """Return "Looked at words of this person, in the conversation"."""
    whose = "this person" if event.contact_id else "a person not known here"
    return f"Looked at words of {whose}, {_PLACES[event.place]}"


def export_summary(event: DataExported) -> str:
    """Return "Exported contacts of a campaign (csv), up to #41"."""
    up_to = "" if event.until is None else f", up to #{number(event.until)}"
    what = _EXPORTS[event.kind].format(of=_whose(event))
    return f"Exported {what} ({event.form}){up_to}"


def key_backup_summary(event: KeysBackedUp) -> str:
    """Return "The master key is in a backup"."""
    return _KEY_BACKUPS[event.place]


def _whose(event: DataExported) -> str:
    """Return whose data it was: " of this person in a campaign"; blank for those of all."""
    if event.contact_id:
        return " of this person" + (" in a campaign" if event.campaign_id else "")
    if event.kind is ExportKind.PERSON_FILE:
        return " of a person not known here"
    return " of a campaign" if event.campaign_id else ""


def permalink_summary(event: PermalinkMade) -> str:
    """Return "Permalink made of a page as of #41, with phone numbers masked, until 21 Nov …"."""
    how = "shown" if event.shows_numbers else "masked"
    until = zoned_text(event.expires_at)
    return (
        f"Permalink made of a page as of #{number(event.moment)}, "
        f"with phone numbers {how}, until {until}"
    )
