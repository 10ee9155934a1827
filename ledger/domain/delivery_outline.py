"""What the ledger's typed columns say of a delivery: enough to record most reports on it.

Nearly every callback says that a text is on its way or has arrived. Such a report depends on few
facts of its delivery, so that reading and folding all events would be most of its work. Where it
depends on more, the outline says so, and the whole delivery is read. Standard library only.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self

from ledger.domain.delivery import Delivery
from ledger.domain.events import AttemptAccepted, DeliveryEvent
from ledger.domain.standing import AWAITING_ATTEMPT, NOTHING_KNOWN, STAGE_MASK


class TurnOutline(NamedTuple):
    """What the events of one turn of a delivery add up to."""

    turn: int
    version: int
    """Of the last event of the turn."""
    rank: int
    """The greatest; less than any rank where no event of the turn is a fact."""
    campaign_id: str
    contact_id: str
    accepted_sid: str | None
    """The SID in the provider's answer, where that is recorded; the greatest of several."""
    answers: int
    """How many answers have a SID."""
    sids: int
    """How many events have a SID, answers and reports."""

    @classmethod
    def before(cls, event: DeliveryEvent) -> "TurnOutline":
        """Return the outline of a turn before its first event."""
        return cls(
            turn=event.turn,
            version=0,
            rank=NOTHING_KNOWN.rank,
            campaign_id=event.campaign_id,
            contact_id=event.contact_id,
            accepted_sid=None,
            answers=0,
            sids=0,
        )

    @property
    def is_sound(self) -> bool:
        """Whether all have the types that the program writes; SQLite stores any in any column."""
        numbers = (self.turn, self.version, self.rank)
        ids = (self.campaign_id, self.contact_id, self.accepted_sid or "")
        return all(type(each) is int for each in numbers) and all(type(each) is str for each in ids)


@dataclass(frozen=True, slots=True)
class DeliveryOutline:
    """The outline of one delivery at one version of its stream; it has an event at least."""

    delivery_id: str
    turns: Mapping[int, TurnOutline]
    """Turn → its outline."""

    @classmethod
    def of(cls, delivery_id: str, turns: Iterable[TurnOutline]) -> Self:
        """Return the outline of these turns, of which there is one at least."""
        return cls(delivery_id, {turn.turn: turn for turn in turns})

    def with_event(self, event: DeliveryEvent) -> "DeliveryOutline":
        """Return the outline after the next event of the stream."""
        before = self.turns.get(event.turn) or TurnOutline.before(event)
        sid: str | None = getattr(event, "sid", None)
        is_answer = isinstance(event, AttemptAccepted)
        after = before._replace(
            version=event.originator_version,
            rank=before.rank if event.rank is None else max(before.rank, event.rank),
            accepted_sid=max(before.accepted_sid or "", sid or "")
            if is_answer
            else before.accepted_sid,
            answers=before.answers + is_answer,
            sids=before.sids + (sid is not None),
        )
        return DeliveryOutline(self.delivery_id, {**self.turns, event.turn: after})

    @property
    def is_sound(self) -> bool:
        """Whether its turns have the right types, and are of one campaign and contact."""
        turns = self.turns.values()
        ids = {(turn.campaign_id, turn.contact_id) for turn in turns}
        return len(ids) == 1 and all(turn.is_sound for turn in turns)

    @property
    def last(self) -> TurnOutline:
        """The outline of the turn with the last event."""
        return max(self.turns.values(), key=lambda each: each.version)

    @property
    def version(self) -> int:
        """The version of the stream."""
        return self.last.version

    @property
    def contact_id(self) -> str:
        """The contact of the delivery."""
        return self.last.contact_id

    def for_report(self, turn: int, rank: int) -> Delivery | None:
        """Return the delivery with all that a report of this turn and rank depends on.

        The other fields are those of a delivery without events. Returns None where the report
        depends on more: where an attempt would be due after it, as it may have to be withdrawn, and
        where the answer to the attempt does not settle which SID the text has.
        """
        own = self.turns.get(turn)
        if own is not None and own.answers != 1 and own.sids > 0:
            return None
        greatest = max(rank, *(each.rank for each in self.turns.values()))
        if greatest & STAGE_MASK in AWAITING_ATTEMPT:  # a stage is a number
            return None
        last = self.last
        sid = own.accepted_sid if own else None
        return Delivery(
            stream_id=self.delivery_id,
            version=last.version,
            campaign_id=last.campaign_id,
            contact_id=last.contact_id,
            sid_by_turn={} if sid is None else {turn: sid},
        )
