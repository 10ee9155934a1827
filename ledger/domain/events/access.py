"""The events of the record of access: who signed in, and who saw or took which data.

They concern no status. A person who was looked at is named by id only, so that nothing here is
sealed. Each occasion has a stream of its own, with one event; a permalink has its stream, too.
"""

from dataclasses import dataclass
from datetime import datetime

from ledger.domain.events.base import Event
from ledger.domain.vocabulary import ExportKind, KeyBackupPlace, SignInMeans, ViewPlace


@dataclass(frozen=True, kw_only=True)
class AccessEvent(Event):
    """An event of the record of access."""


@dataclass(frozen=True, kw_only=True)
class SignedIn(AccessEvent):
    """A member of staff signed in."""

    means: SignInMeans


@dataclass(frozen=True, kw_only=True)
class SignInFailed(AccessEvent):
    """Sign-ins failed within one minute, or several; `actor` is the account whose name was entered.

    Who entered it is not known. The actor is `unknown` for all names without an account together,
    and for links that are used up.
    """

    minute: datetime
    """The start of the minute, or of the first one."""
    count: int
    last_minute: datetime | None = None
    """The start of the last of several minutes; None: there is one minute."""


@dataclass(frozen=True, kw_only=True)
class WordsViewed(AccessEvent):
    """Somebody looked at texts of a person, or at what Twilio posted about them, word by word.

    Recorded once per actor, contact and hour, with the place that was opened first.
    """

    contact_id: str | None
    """None for a stray callback that names nobody."""
    place: ViewPlace


@dataclass(frozen=True, kw_only=True)
class MessagePreviewed(AccessEvent):
    """Somebody looked at a campaign's message as this contact reads it.

    Recorded once per actor, contact and hour, with the campaign that was opened first.
    """

    contact_id: str
    campaign_id: str


@dataclass(frozen=True, kw_only=True)
class DataExported(AccessEvent):
    """Somebody took data out as a file. Equal exports within a minute are recorded once.

    Also: a program read data through the API, which is recorded once an hour.
    """

    kind: ExportKind
    form: str
    """The format of the file, such as `csv`; `api` for what was read through the API."""
    campaign_id: str | None
    """The campaign that the file is limited to, if it is."""
    contact_id: str | None
    """The person that the file is limited to, if it is."""
    until: int | None
    """The last event that counts for the file; None for what was current."""


@dataclass(frozen=True, kw_only=True)
class KeysBackedUp(AccessEvent):
    """Somebody made a backup of the master key, or said that there is one."""

    place: KeyBackupPlace
    wrapping: str
    """Stands for the master key without telling anything of it: it changes with every rotation."""


@dataclass(frozen=True, kw_only=True)
class PermalinkEvent(AccessEvent):
    """An event about an address that shows one page of one moment without signing in."""

    campaign_id: str | None
    """The campaign that the page is about, if it is about one."""
    contact_id: str | None
    """The person that the page is about, if it is about one."""


@dataclass(frozen=True, kw_only=True)
class PermalinkMade(PermalinkEvent):
    """Staff made a permalink."""

    path: str
    """The page, such as `/campaigns/cam_…`; it holds ids, and no personal data."""
    query: str
    """The page's filters, such as `status=failed`, without the moment."""
    moment: int
    """The seq that the page shows."""
    expires_at: datetime
    shows_numbers: bool
    """Whether phone numbers are shown whole."""


@dataclass(frozen=True, kw_only=True)
class PermalinkRevoked(PermalinkEvent):
    """Staff revoked a permalink before its end."""


@dataclass(frozen=True, kw_only=True)
class PermalinkRead(PermalinkEvent):
    """Somebody who is not signed in opened a permalink. Recorded once per permalink and hour."""

    permalink_id: str
