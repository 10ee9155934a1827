"""The offices of a district, and which of them somebody sees.

One ledger holds the campaigns of all offices. Opt-outs and legal holds are of the whole district.
Standard library only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ledger.domain.aggregate import Aggregate, with_request
from ledger.domain.events import Event, OfficeAdded, OfficeClosed, OfficeEvent, OfficeRenamed
from ledger.domain.names import name_key
from ledger.errors import BadInput, NotFound, Refused

STREAM = "offices"
LONGEST_NAME = 64
MOST_OFFICES = 200
"""How many a ledger may have, with those that are closed."""


@dataclass(frozen=True)
class Scope:
    """What somebody sees: the campaigns of some offices, or of all.

    A campaign without an office is one of the whole district: only who sees all sees it.
    """

    office_ids: frozenset[str] | None = None
    """None: all offices, and what belongs to none."""

    @property
    def is_everything(self) -> bool:
        """Whether it hides nothing."""
        return self.office_ids is None

    def sees(self, office_id: str | None) -> bool:
        """Whether what belongs to an office is seen; None is what belongs to no office."""
        return self.office_ids is None or office_id in self.office_ids

    def within(self, other: "Scope") -> "Scope":
        """Return what is in both."""
        if self.office_ids is None or other.office_ids is None:
            return other if self.office_ids is None else self
        return Scope(self.office_ids & other.office_ids)


EVERYTHING = Scope()
"""The scope of who sees all offices."""


@dataclass(frozen=True, kw_only=True)
class Office:
    """One office, as the last event about it leaves it."""

    office_id: str
    name: str
    is_closed: bool = False


@dataclass(frozen=True, kw_only=True)
class Offices(Aggregate):
    """All offices, in the order in which they were added."""

    offices: Mapping[str, Office] = field(default_factory=dict)
    requests: frozenset[str] = frozenset()
    """The requests that were carried out."""

    def _changes(self, event: Event) -> Mapping[str, Any]:
        if not isinstance(event, OfficeEvent):
            raise self.not_found("the offices")
        requests = with_request(self.requests, event.request)
        return {"offices": self._offices_with(event), "requests": requests}

    def _offices_with(self, event: OfficeEvent) -> Mapping[str, Office]:
        match event:
            case OfficeAdded():
                changed = Office(office_id=event.office_id, name=event.name)
            case OfficeRenamed():
                changed = replace(self.office(event.office_id), name=event.name)
            case OfficeClosed():
                changed = replace(self.office(event.office_id), is_closed=True)
            case _:
                raise self.not_found("the offices")
        return {**self.offices, changed.office_id: changed}

    @property
    def open(self) -> list[Office]:
        """The offices into which campaigns are launched."""
        return [office for office in self.offices.values() if not office.is_closed]

    def office(self, office_id: str) -> Office:
        """Return an office. Raises `NotFound`."""
        if office_id not in self.offices:
            raise NotFound(
                f"There is no office {office_id}; `delivery-ledger office list` shows those that "
                "there are."
            )
        return self.offices[office_id]

    def named(self, words: str) -> Office:
        """Return the office with this id or name. Raises `NotFound`."""
        key = name_key(words)
        for office in self.offices.values():
            if words == office.office_id or key == name_key(office.name):
                return office
        return self.office(words[:LONGEST_NAME])

    def add(self, actor: str, office_id: str, name: str) -> OfficeAdded:
        """Begin an office. Raises `BadInput` for the name, and `Refused` where it is taken."""
        if len(self.offices) >= MOST_OFFICES:
            raise Refused(f"There are {MOST_OFFICES} offices already, and there may be no more.")
        new = self._new_name(name, office_id)
        return OfficeAdded(**self.header(actor), office_id=office_id, name=new)

    def rename(self, actor: str, office_id: str, name: str) -> OfficeRenamed:
        """Give an office another name. Raises as `add` does, and `NotFound`."""
        self.office(office_id)
        new = self._new_name(name, office_id)
        return OfficeRenamed(**self.header(actor), office_id=office_id, name=new)

    def close(self, actor: str, office_id: str) -> OfficeClosed:
        """Launch nothing more into an office. Raises `NotFound`, and `Refused` where closed."""
        self.check_open(office_id)
        return OfficeClosed(**self.header(actor), office_id=office_id)

    def check_open(self, office_id: str) -> None:
        """Raise `NotFound`, and `Refused` for an office that was closed."""
        office = self.office(office_id)
        if office.is_closed:
            raise Refused(f"The office {office.name} is closed. Choose another office.")

    def _new_name(self, name: str, office_id: str) -> str:
        new = " ".join(name.split())
        if not name_key(new) or not new.isprintable() or len(new) > LONGEST_NAME:
            raise BadInput(f"The name of an office has 1 to {LONGEST_NAME} characters.")
        for office in self.offices.values():
            if office.office_id != office_id and name_key(office.name) == name_key(new):
                raise Refused(f"There is an office {office.name} already. Choose another name.")
        return new
