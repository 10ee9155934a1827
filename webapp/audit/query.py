"""A search of the audit trail as an address holds it: ids and times, never a name or number.

/audit?campaign=cam_…&contact=con_…&type=CampaignClosed&since=2026-11-23T00:00:00&seq=10..90
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from ledger.errors import BadInput
from ledger.reader import LedgerReader
from ledger.store.search import Kind, Search
from webapp.whole_numbers import whole_number

_RANGE = re.compile(r"#?(?P<first>\d[\d,]*)?(?P<dots>\.\.)?#?(?P<last>\d[\d,]*)?")


@dataclass(frozen=True)
class SeqRange:
    """The events from `first` to `last`, with both."""

    first: int = 1
    last: int | None = None
    """None: without an end."""

    def __str__(self) -> str:
        if self.first == self.last:
            return str(self.first)
        return f"{self.first}..{'' if self.last is None else self.last}"

    def narrowed(self, other: "SeqRange") -> "SeqRange":
        """Return the events that are in both."""
        lasts = [last for last in (self.last, other.last) if last is not None]
        return SeqRange(max(self.first, other.first), min(lasts, default=None))


def seq_range(text: str) -> SeqRange:
    """Return the range of "41", "10..90", "10.." or "..90"; raises `BadInput`."""
    parts = _RANGE.fullmatch(text.strip())
    if not parts or not (parts["first"] or parts["last"]):
        raise BadInput(
            f"“{text[:60]}” is not a range of events. Write seq:41, seq:10..90 or seq:10.."
        )
    first = whole_number((parts["first"] or "1").replace(",", ""))
    if not parts["dots"]:
        return SeqRange(first, first)
    last = parts["last"]
    return SeqRange(first, whole_number(last.replace(",", "")) if last else None)


@dataclass(frozen=True, kw_only=True)
class AuditQuery:
    """Which events; the names of the fields are those of the parameters of an address."""

    type: tuple[str, ...] = ()
    """Topics: events of any of them."""
    actor: str | None = None
    campaign: str | None = None
    contact: tuple[str, ...] = ()
    """The ids of one person."""
    delivery: str | None = None
    sid: str | None = None
    code: str | None = None
    request: str | None = None
    """The id of the request in which a person did it."""
    since: datetime | None = None
    """Only events recorded then or later."""
    until: datetime | None = None
    """Only events recorded earlier."""
    seq: SeqRange | None = None
    kind: Kind | None = None
    leaves_out_routine: bool = False
    access: bool | None = None
    """Whether the record of access is shown; None: if the search is about a person, a type or
    certain events."""

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> "AuditQuery":
        """Return the search of an address; raises `BadInput` for what no address holds."""
        given = {name: text.strip() for name, text in parameters.items() if text.strip()}
        return cls(
            type=_several(given.get("type")),
            actor=given.get("actor"),
            campaign=given.get("campaign"),
            contact=_several(given.get("contact")),
            delivery=given.get("delivery"),
            sid=given.get("sid"),
            code=given.get("code"),
            request=given.get("request"),
            since=_time(given.get("since")),
            until=_time(given.get("until")),
            seq=seq_range(given["seq"]) if "seq" in given else None,
            kind=kind_of(given["is"]) if "is" in given else None,
            leaves_out_routine=given.get("routine") == "no",
            access=yes_or_no("access", given["access"]) if "access" in given else None,
        )

    def parameters(self) -> dict[str, str]:
        """Return the parameters of its address; `of` makes the same search of them."""
        texts = {
            "type": ",".join(self.type),
            "actor": self.actor,
            "campaign": self.campaign,
            "contact": ",".join(self.contact),
            "delivery": self.delivery,
            "sid": self.sid,
            "code": self.code,
            "request": self.request,
            "since": written_time(self.since),
            "until": written_time(self.until),
            "seq": str(self.seq) if self.seq else None,
            "is": self.kind,
            "routine": "no" if self.leaves_out_routine else None,
            "access": None if self.access is None else _ANSWERS[self.access],
        }
        return {name: text for name, text in texts.items() if text}

    @property
    def is_everything(self) -> bool:
        """Whether it leaves out no event."""
        return self == AuditQuery()

    @property
    def shows_access(self) -> bool:
        """Whether the record of access is part of the search."""
        if self.kind is Kind.ACCESS:
            return True
        if self.access is not None:
            return self.access
        is_certain = bool(self.type or self.actor or self.contact or self.seq or self.request)
        return is_certain and not self.leaves_out_routine

    def search(self, reader: LedgerReader) -> Search:
        """Return the search in the ledger."""
        seqs = self.seq or SeqRange()
        if self.since:
            seqs = seqs.narrowed(SeqRange(reader.seq_before(self.since) + 1))
        if self.until:
            seqs = seqs.narrowed(SeqRange(last=reader.seq_before(self.until)))
        return Search(
            campaign_id=self.campaign,
            delivery_id=self.delivery,
            contact_ids=self.contact,
            topics=self.type,
            actor=self.actor,
            sid=self.sid,
            code=self.code,
            request_id=self.request,
            kind=self.kind,
            leaves_out_routine=self.leaves_out_routine,
            leaves_out_access=not self.shows_access,
            after=seqs.first - 1 if seqs.first > 1 else None,
            before=None if seqs.last is None else seqs.last + 1,
        )


_OTHER_NAMES = {"kind": "is", "leaves_out_routine": "routine"}
PARAMETERS = tuple(_OTHER_NAMES.get(field.name, field.name) for field in fields(AuditQuery))
"""The parameters of an address that are a search."""


_ANSWERS = {True: "yes", False: "no"}


def kind_of(text: str) -> Kind:
    """Return the kind of event; raises `BadInput`."""
    try:
        return Kind(text)
    except ValueError as error:
        raise BadInput(
            f"“{text[:60]}” does not follow is: Write is:late, is:stray or is:access."
        ) from error


def yes_or_no(word: str, text: str) -> bool:
    """Return whether the text that follows a word is yes; raises `BadInput`."""
    if text not in _ANSWERS.values():
        raise BadInput(f"“{text[:60]}” does not follow {word}: Write {word}:no or {word}:yes.")
    return text == _ANSWERS[True]


def written_time(moment: datetime | None) -> str | None:
    """Return the time (UTC) as an address holds it."""
    return moment.replace(tzinfo=None).isoformat() if moment else None


def _several(text: str | None) -> tuple[str, ...]:
    return tuple(part for part in (text or "").split(",") if part)


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadInput(f"“{text[:60]}” is not a time. Write 2026-11-21T10:31.") from error
