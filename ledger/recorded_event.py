"""A recorded event: an event with its seq and the typed columns of its row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypedDict

from ledger.clock import from_microseconds, to_microseconds
from ledger.domain.events import Event
from ledger.domain.standing import Fact
from ledger.domain.vocabulary import Reason
from ledger.lazy_property import lazy_property
from ledger.store.merkle_leaf import leaf_of
from ledger.store.rows import ID_COLUMNS, NUMBER_COLUMNS, EventRow

_FIRST_TIME = to_microseconds(datetime.min.replace(tzinfo=UTC))
_LAST_TIME = to_microseconds(datetime.max.replace(tzinfo=UTC))


class FactFields(TypedDict):
    """What a `Fact` and a `Standing` have in common."""

    rank: int
    code: str | None
    reason: Reason | None
    next_at: datetime | None


def fact_fields(columns: Mapping[str, Any]) -> FactFields:
    """Convert the typed columns of a fact, as they are stored, into the domain's values."""
    reason, next_at = columns["reason"], columns["next_at"]
    return FactFields(
        rank=columns["rank"],
        code=columns["code"],
        reason=None if reason is None else Reason(reason),
        next_at=None if next_at is None else from_microseconds(next_at),
    )


@dataclass(frozen=True)
class RecordedEvent:
    """One row of the events table. The event itself is decoded when it is first asked for."""

    row: EventRow
    _open: Callable[[EventRow], Event]

    @property
    def seq(self) -> int:
        """Its number in the ledger, from 1."""
        return self.row.id

    @property
    def recorded_at(self) -> datetime:
        """When it was recorded, by the ledger's clock; never earlier than the event before."""
        return from_microseconds(self.row.recorded_at)

    @property
    def topic(self) -> str:
        """The event's name."""
        return self.row.topic

    @property
    def stream_id(self) -> str:
        """The stream it belongs to."""
        return str(self.row.originator_id)

    @property
    def campaign_id(self) -> str | None:
        """The campaign it belongs to, if any."""
        return self._text("campaign_id")

    @property
    def delivery_id(self) -> str | None:
        """The delivery it belongs to, if any."""
        return self._text("delivery_id")

    @property
    def contact_id(self) -> str | None:
        """The contact it belongs to, if any."""
        return self._text("contact_id")

    @lazy_property
    def columns(self) -> Mapping[str, Any]:
        """The values of its typed columns; None for one that is not of the column's type."""
        return {
            name: value if _is_of_type(name, value) else None
            for name, value in self.row.columns.items()
        }

    @lazy_property
    def event(self) -> Event:
        """The event itself; its private part is None where the key is destroyed."""
        return self._open(self.row)

    @lazy_property
    def is_altered(self) -> bool:
        """Whether its row is not the one that was recorded: another leaf, or impossible values."""
        row = self.row
        has_types = all(map(_is_of_type, row.columns, row.columns.values()))
        if not has_types or not _is_time(row.recorded_at):
            return True
        place = (row.id, row.originator_id, row.originator_version, row.topic, row.recorded_at)
        try:
            return leaf_of((*place, *row.columns.values()), row.state) != row.leaf
        except (TypeError, ValueError, OverflowError):
            return True

    @property
    def is_in_its_stream(self) -> bool:
        """Whether the ids in its row are those of the event in this stream. Decodes the event."""
        ids = (getattr(self.event, name, None) for name in ID_COLUMNS)
        return list(ids) == [self.row.columns[name] for name in ID_COLUMNS]

    @property
    def fact(self) -> Fact | None:
        """What it says about its delivery's standing; None where it says nothing."""
        columns = self.columns
        if columns["rank"] is None:
            return None
        return Fact(turn=columns["turn"], **fact_fields(columns))

    def _text(self, column: str) -> str | None:
        value: str | None = self.columns[column]
        return value


def _is_time(microseconds: object) -> bool:
    return isinstance(microseconds, int) and _FIRST_TIME <= microseconds <= _LAST_TIME


def _is_of_type(column: str, value: object) -> bool:
    return value is None or isinstance(value, int if column in NUMBER_COLUMNS else str)
