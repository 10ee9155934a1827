"""The search over everything: people, campaigns, and events by number or SID."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.errors import BadInput
from ledger.store.search import Search
from projections.names import Person
from projections.tables.folding import fold
from projections.tables.school_ids import SchoolIds
from projections.tables.search_text import may_search_numbers, words_in
from webapp.audit.names import AuditNames
from webapp.audit.rows import AuditRows, Row
from webapp.bootstrap import Application
from webapp.followers import have_followers_read

_EVENT = re.compile(r"#\s*(\d[\d,.\s]*)")
_SID = re.compile(r"(?:SM|MM)[0-9A-Za-z]{2,64}")
LONGEST = 200
"""Characters of a search."""


@dataclass(frozen=True, kw_only=True)
class FoundPerson:
    """A person whom a search found, and where to look next."""

    contact_id: str
    name: str
    phone: str
    forgotten_at: datetime | None
    campaigns: int
    """How many campaigns texted the person."""
    last_campaign: str
    """The name of the newest of them; blank where there is none."""
    school_ids: SchoolIds


@dataclass(frozen=True, kw_only=True)
class FoundCampaign:
    """A campaign whose name a search found."""

    campaign_id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a search found."""

    people: Sequence[FoundPerson] = ()
    has_more_people: bool = False
    campaigns: Sequence[FoundCampaign] = ()
    events: Sequence[Row] = ()
    is_complete: bool = True
    """Whether the names of the newest events are searched too."""

    @property
    def count(self) -> int:
        """How much is shown."""
        return len(self.people) + len(self.campaigns) + len(self.events)


@dataclass(frozen=True, kw_only=True)
class Searcher:
    """Searches for somebody who may see this much, at a moment.

    Attributes:
        until: The seq of the moment; None for the present.
    """

    app: Application
    sees_numbers: bool
    sees_words: bool
    until: int | None = None

    def search(self, text: str, size: int) -> Found:
        """Return what the text names, at most `size` of each kind.

        Raises `BadInput` for a number where the reader may not see numbers.
        """
        text = text.strip()[:LONGEST]
        if event := _EVENT.fullmatch(text):
            return Found(events=self._event(int(re.sub(r"\D", "", event[1]))))
        if _SID.fullmatch(text):
            return Found(events=self._events_of(text, size))
        if may_search_numbers(text) and not self.sees_numbers:
            raise BadInput(
                "You may not search for phone numbers. Write a name, a campaign or an event such "
                "as #41."
            )
        is_complete = have_followers_read(self.app)
        found = self.app.people_search.find(text, size)
        return Found(
            people=self._people(found.contact_ids),
            has_more_people=found.has_more,
            campaigns=self._campaigns(text)[:size],
            is_complete=is_complete,
        )

    def _people(self, contact_ids: Sequence[str]) -> list[FoundPerson]:
        names, search = self.app.names, self.app.people_search
        if self.until is not None:
            names, search = names.as_of(self.until), search.as_of(self.until)
        people, campaigns = names.people(contact_ids), search.campaigns_of(contact_ids)
        ids = search.school_ids(contact_ids)
        found = [
            _found(people[each], campaigns, ids.get(each, SchoolIds()))
            for each in contact_ids
            if _is_known(people[each])
        ]
        return _families_together(found)

    def _campaigns(self, text: str) -> list[FoundCampaign]:
        wanted = [word.spellings for word in words_in(text)]
        names = self.app.names if self.until is None else self.app.names.as_of(self.until)
        return [
            FoundCampaign(campaign_id=campaign_id, name=name)
            for campaign_id, name in names.campaigns().items()
            if wanted and all(_has_start(fold(name).split(), each) for each in wanted)
        ]

    def _event(self, seq: int) -> Sequence[Row]:
        head = self.app.ledger.reader.head() if self.until is None else self.until
        if not (self.sees_words and 1 <= seq <= head):
            return []
        return self._rows(Search(after=seq - 1, before=seq + 1), 1)

    def _events_of(self, sid: str, size: int) -> Sequence[Row]:
        if not self.sees_words:
            return []
        before = None if self.until is None else self.until + 1
        return self._rows(Search(sid=sid, before=before), size)

    def _rows(self, search: Search, size: int) -> Sequence[Row]:
        events = self.app.ledger.reader.search(search, size)
        return AuditRows(AuditNames(self.app, self.until)).of(events) if events else []


def _has_start(words: Sequence[str], starts: Sequence[str]) -> bool:
    return any(word.startswith(start) for word in words for start in starts)


def _is_known(person: Person) -> bool:
    return bool(person.name or person.phone)


def _families_together(people: Sequence[FoundPerson]) -> list[FoundPerson]:
    """Return the people in their order, but those who share a student behind one another."""
    left, ordered = list(people), list[FoundPerson]()
    while left:
        first = left.pop(0)
        family = [each for each in left if set(each.school_ids.all) & set(first.school_ids.all)]
        ordered += [first, *family]
        left = [each for each in left if each not in family]
    return ordered


def _found(
    person: Person, campaigns: Mapping[str, Sequence[str]], school_ids: SchoolIds
) -> FoundPerson:
    names = campaigns.get(person.contact_id, ())
    return FoundPerson(
        contact_id=person.contact_id,
        name=person.name,
        phone=person.phone,
        forgotten_at=person.forgotten_at,
        campaigns=len(names),
        last_campaign=names[0] if names else "",
        school_ids=school_ids,
    )
