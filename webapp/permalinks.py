"""Permalinks as the program uses them: the tokens in their addresses, and what became of each."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from itsdangerous import BadData, URLSafeSerializer

from ledger.domain.events import PermalinkMade, PermalinkRead
from ledger.domain.permalink import Permalink
from ledger.errors import EventProblemFound, NotFound
from ledger.reader import LedgerReader
from ledger.recorded_event import RecordedEvent
from ledger.store.search import Search
from webapp.documents import iso
from webapp.explain.actors import actor_names
from webapp.explain.event_problems import sound
from webapp.sound_aggregates import SoundAggregates

if TYPE_CHECKING:
    from webapp.bootstrap import Application


class PermalinkTokens:
    """Signs the ids of permalinks under the program's secret key.

    A token is `ImxuayJhZ…".…`: the id and its signature. What it shows, and until when, the ledger
    says.
    """

    def __init__(self, secret_key: str) -> None:
        self._serializer = URLSafeSerializer(
            secret_key, salt="permalink", signer_kwargs={"digest_method": hashlib.sha256}
        )

    def token_of(self, permalink_id: str) -> str:
        """Return the token of a permalink."""
        return str(self._serializer.dumps(permalink_id))

    def address_for(self, user_id: str | None, permalink: Permalink, public_url: str) -> str | None:
        """Return the address of a permalink for its maker, who may pass it on; None for others.

        Its readers reach the program at `public_url`. Nobody is recorded as the reader of an
        address, so others do not get one by which they could read unrecorded.
        """
        if permalink.maker != user_id:
            return None
        return f"{public_url}/shared/{self.token_of(permalink.stream_id)}"

    def permalink_id(self, token: str) -> str:
        """Return the id in a token; raises `NotFound` for one that was not signed here."""
        try:
            return str(self._serializer.loads(token))
        except BadData as error:
            raise NotFound("There is no such permalink. Ask for its address again.") from error


@dataclass(frozen=True, kw_only=True)
class PermalinkRow:
    """A permalink in a list."""

    permalink: Permalink
    """As it was made, if it was changed by other means since."""
    made_at: datetime
    reads: Sequence[datetime]
    """When it was read, at most once an hour."""
    is_altered: bool = False
    """Whether an event after its making is altered, unreadable or missing; it opens nothing."""

    @property
    def permalink_id(self) -> str:
        """Its id."""
        return self.permalink.stream_id

    def is_open(self, now: datetime) -> bool:
        """Whether its address shows its page."""
        return not self.is_altered and self.permalink.is_open(now)

    def state_at(self, now: datetime) -> str:
        """Return `open`, `revoked`, `expired` or `changed by other means`."""
        if self.is_altered:
            return "changed by other means"
        if self.permalink.is_open(now):
            return "open"
        return "revoked" if self.permalink.is_revoked else "expired"


def permalink_as_recorded(reader: LedgerReader, permalink_id: str) -> Permalink:
    """Return a permalink; raises `NotFound` where one of its events was altered since."""
    try:
        return SoundAggregates(reader).load(Permalink, permalink_id)
    except EventProblemFound as error:
        raise NotFound("This permalink was changed by other means. Ask for another one.") from error


def permalinks(reader: LedgerReader, until: int | None = None) -> list[PermalinkRow]:
    """Return all permalinks, the newest first, without those whose making was altered since.

    `until` is a past seq: as they were right after it.
    """
    before = None if until is None else until + 1
    made = sound(reader.search(Search(topics=(PermalinkMade.topic,), before=before).newest()))
    reads = _reads(reader, before)
    return [_row(reader, each, reads.get(each.stream_id, []), until) for each in made]


def open_permalinks_of(reader: LedgerReader, maker: str, now: datetime) -> list[str]:
    """Return the ids of the permalinks that somebody made and that show their page."""
    made = sound(reader.search(Search(topics=(PermalinkMade.topic,), actor=maker)))
    rows = [_row(reader, each, []) for each in made if _may_be_open(each, now)]
    return [row.permalink_id for row in rows if row.is_open(now)]


def _may_be_open(made: RecordedEvent, now: datetime) -> bool:
    return isinstance(made.event, PermalinkMade) and now < made.event.expires_at


def _row(
    reader: LedgerReader,
    made: RecordedEvent,
    reads: Sequence[datetime],
    until: int | None = None,
) -> PermalinkRow:
    try:
        source = SoundAggregates(reader, until)
        permalink, is_altered = source.load(Permalink, made.stream_id), False
    except EventProblemFound:
        permalink, is_altered = Permalink.from_events(made.stream_id, [made.event]), True
    return PermalinkRow(
        permalink=permalink, made_at=made.recorded_at, reads=reads, is_altered=is_altered
    )


def _reads(reader: LedgerReader, before: int | None) -> Mapping[str, Sequence[datetime]]:
    reads: dict[str, list[datetime]] = {}
    for recorded in sound(reader.search(Search(topics=(PermalinkRead.topic,), before=before))):
        event = recorded.event
        if isinstance(event, PermalinkRead):
            reads.setdefault(event.permalink_id, []).append(recorded.recorded_at)
    return reads


def permalink_document(
    app: "Application",
    row: PermalinkRow,
    reader_id: str | None,
    public_url: str | None,
    at: datetime | None = None,
) -> dict[str, Any]:
    """Return a permalink as `permalink list --json` prints it.

    It has the address of one that is open, for its maker alone, where there is a public address.
    `at` is a past moment, at which it is shown.
    """
    link, names = row.permalink, actor_names(app.accounts.names())
    address = None
    if public_url is not None and row.is_open(app.clock.now()):
        tokens = PermalinkTokens(app.settings.secret_key)
        address = tokens.address_for(reader_id, link, public_url)
    return {
        "id": row.permalink_id,
        "page": link.page.address,
        "state": row.state_at(at or app.clock.now()),
        "made_at": iso(row.made_at),
        "made_by": names.get(link.maker, link.maker),
        "expires_at": iso(link.expires_at),
        "shows_numbers": link.shows_numbers,
        "hours_read": len(row.reads),
        "last_read_at": iso(row.reads[-1] if row.reads else None),
        "address": address,
    }
