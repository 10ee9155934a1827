"""The events of the stream `offices`: the offices of the district, such as its schools."""

from dataclasses import dataclass

from ledger.domain.events.base import Event


@dataclass(frozen=True, kw_only=True)
class OfficeEvent(Event):
    """An event about one office; `actor` changed it."""

    office_id: str
    request: str | None = None
    """The id of the request that asked for it, where it is to be done once; None for others."""


@dataclass(frozen=True, kw_only=True)
class OfficeAdded(OfficeEvent):
    """Campaigns, people and tokens can belong to this office from now on."""

    name: str
    """As it was written; the name of an office is no personal data."""


@dataclass(frozen=True, kw_only=True)
class OfficeRenamed(OfficeEvent):
    """The office has another name; what belongs to it stays."""

    name: str


@dataclass(frozen=True, kw_only=True)
class OfficeClosed(OfficeEvent):
    """Nothing more is launched into the office; who sees its campaigns stays the same."""
