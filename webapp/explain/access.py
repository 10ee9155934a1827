"""The sentences of the record of access: who signed in, and who saw or took which data."""

from datetime import timedelta

from ledger.domain.actors import UNKNOWN
from ledger.domain.events import DataExported, PermalinkMade, SignedIn, SignInFailed, WordsViewed
from ledger.domain.vocabulary import ExportKind, SignInMeans, ViewPlace
from webapp.explain.numbers import counted, number
from webapp.explain.times import minute_text

_MEANS = {SignInMeans.PASSWORD: "a password", SignInMeans.LINK: "a link"}

_PLACES = {
    ViewPlace.EVENT: "on the page of an event",
    ViewPlace.CONTACT: "on the contact page",
    ViewPlace.CONVERSATION: "in the conversation",
}

_EXPORTS = {
    ExportKind.EVENTS: "events",
    ExportKind.CONTACTS: "contacts",
    ExportKind.OPT_OUTS: "opt-outs",
    ExportKind.BUNDLE: "a bundle for auditors",
    ExportKind.PERSON_FILE: "the file of a person",
    ExportKind.COMPARISON: "a comparison of two moments",
}


def sign_in_summary(event: SignedIn) -> str:
    """Return "Signed in with a password"."""
    return f"Signed in with {_MEANS[event.means]}"


def failed_summary(event: SignInFailed) -> str:
    """Return "Failed to sign in with this name: 3 times in a minute. Who tried is not known".

    Or "… 40 times in 52 minutes".
    """
    name = "with a name that nobody has" if event.actor == UNKNOWN else "with this name"
    times = counted(event.count, "time")
    minutes = 1 + ((event.last_minute or event.minute) - event.minute) // timedelta(minutes=1)
    within = "a minute" if minutes == 1 else counted(minutes, "minute")
    return f"Failed to sign in {name}: {times} in {within}. Who tried is not known"


def view_summary(event: WordsViewed) -> str:
    """Return "Looked at words of this person, in the conversation"."""
    whose = "this person" if event.contact_id else "a person not known here"
    return f"Looked at words of {whose}, {_PLACES[event.place]}"


def export_summary(event: DataExported) -> str:
    """Return "Exported contacts (csv), of a campaign, up to #41"."""
    parts = [f"Exported {_EXPORTS[event.kind]} ({event.form})"]
    if event.campaign_id:
        parts.append("of a campaign")
    if event.contact_id:
        parts.append("of this person")
    if event.until is not None:
        parts.append(f"up to #{number(event.until)}")
    return ", ".join(parts)


def permalink_summary(event: PermalinkMade) -> str:
    """Return "Permalink made of a page as of #41, with phone numbers masked, until 21 Nov …"."""
    how = "shown" if event.shows_numbers else "masked"
    until = minute_text(event.expires_at)
    return (
        f"Permalink made of a page as of #{number(event.moment)}, "
        f"with phone numbers {how}, until {until} UTC"
    )
