"""The commands of the record of access: who signed in, and who saw or took which data.

Each occasion is a stream of one event, whose id is derived from what happened, to whom and when.
So a repeat is noticed without reading any other event, however many there are.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from ledger.domain.actors import UNKNOWN
from ledger.domain.events import (
    AccessEvent,
    DataExported,
    Header,
    KeysBackedUp,
    MessagePreviewed,
    PermalinkRead,
    SignedIn,
    SignInFailed,
    WordsViewed,
)
from ledger.domain.permalink import Permalink
from ledger.domain.vocabulary import ExportKind, KeyBackupPlace, SignInMeans, ViewPlace
from ledger.identity import Identity
from ledger.unit_of_work import Command, UnitOfWork


@dataclass(frozen=True)
class RecordAccess(Command[None]):
    """Record one occasion; one that is recorded already stays as it is."""

    event: AccessEvent

    @property
    def streams(self) -> Collection[str]:
        return [self.event.originator_id]

    def decide(self, work: UnitOfWork) -> None:
        if not work.has_events(self.event.originator_id):
            work.append(self.event)


@dataclass(frozen=True, kw_only=True)
class Export:
    """What somebody takes out as a file; see `DataExported`."""

    kind: ExportKind
    form: str
    campaign_id: str | None = None
    contact_id: str | None = None
    until: int | None = None


class AccessRecord:
    """Makes the commands of one ledger; `by` is the user id of the person, `at` is UTC."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def sign_in(self, by: str, means: SignInMeans, at: datetime) -> RecordAccess:
        """Somebody signed in, for the first time in this hour by these means."""
        header = self._header(by, "sign-in", means, _hour(at))
        return RecordAccess(SignedIn(**header, means=means))

    def failed_sign_ins(
        self,
        user_id: str | None,
        minute: datetime,
        count: int,
        last_minute: datetime | None = None,
    ) -> RecordAccess:
        """Sign-ins failed from `minute` on, with the name of this account or with unknown names."""
        header = self._header(user_id or UNKNOWN, "sign-in failed", _minute(minute))
        event = SignInFailed(**header, minute=minute, count=count, last_minute=last_minute)
        return RecordAccess(event)

    def view(self, by: str, contact_id: str | None, place: ViewPlace, at: datetime) -> RecordAccess:
        """Somebody looked at words of a person."""
        header = self._header(by, "view", contact_id or "", _hour(at))
        return RecordAccess(WordsViewed(**header, contact_id=contact_id, place=place))

    def preview(self, by: str, contact_id: str, campaign_id: str, at: datetime) -> RecordAccess:
        """Somebody looked at a message as one contact reads it."""
        header = self._header(by, "preview", contact_id, _hour(at))
        event = MessagePreviewed(**header, contact_id=contact_id, campaign_id=campaign_id)
        return RecordAccess(event)

    def export(self, by: str, export: Export, at: datetime) -> RecordAccess:
        """Somebody took data out as a file."""
        values = vars(export)
        header = self._header(by, "export", *map(str, values.values()), _minute(at))
        return RecordAccess(DataExported(**header, **values))

    def api_read(self, by: str, export: Export, at: datetime) -> RecordAccess:
        """A program read these data through the API, for the first time in this hour."""
        values = vars(export)
        header = self._header(by, "api read", *map(str, values.values()), _hour(at))
        return RecordAccess(DataExported(**header, **values))

    def key_backup(
        self, by: str, place: KeyBackupPlace, wrapping: str, at: datetime
    ) -> RecordAccess:
        """Somebody made a backup of the master key, or said that there is one."""
        header = self._header(by, "key backup", place, wrapping, _minute(at))
        return RecordAccess(KeysBackedUp(**header, place=place, wrapping=wrapping))

    def permalink_read(self, permalink: Permalink, at: datetime) -> RecordAccess:
        """Somebody opened a permalink; who, is not known."""
        header = self._header(UNKNOWN, "permalink", permalink.stream_id, _hour(at))
        page = permalink.page
        return RecordAccess(
            PermalinkRead(
                **header,
                permalink_id=permalink.stream_id,
                campaign_id=page.campaign_id,
                contact_id=page.contact_id,
            )
        )

    def _header(self, by: str, *occasion: str) -> Header:
        stream_id = self._identity.access_id(by, *occasion)
        return {"originator_id": stream_id, "originator_version": 1, "actor": by}


def _hour(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H}"


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M}"
