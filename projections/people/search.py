"""Finds people over all campaigns by the index: words of their names, and parts of their numbers.

Every word of a search must match: it is the beginning of a word of a name, or four digits or more
in a row of a number. Accents, case and the order of the words do not matter.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import merge
from itertools import islice
from typing import Any

import sqlalchemy as sa

from ledger.domain.offices import EVERYTHING, Scope
from ledger.domain.vocabulary import IdKind
from ledger.store.engine import reading
from ledger.store.in_list import in_list
from projections.people.file_words import words_of_files
from projections.people.tables import (
    PERSON_BITS,
    RUN,
    decode_ids,
    entry_of,
    indexed_digits,
    indexed_people,
    indexed_school_ids,
    indexed_words,
)
from projections.tables.campaigns import campaigns_at
from projections.tables.offices import in_scope, is_of_seen_campaign, is_seen_contact
from projections.tables.schema import enrolments
from projections.tables.school_ids import SchoolIds
from projections.tables.search_text import (
    MAX_CHARACTERS,
    Digits,
    Where,
    Word,
    readings_of,
    runs_in,
)

_MOST_EXAMINED = 10_000
"""How many people with the rarest word are looked at for the others; it keeps a search short."""
_COUNTED = 2_000
"""Up to how many people are counted to find out which word is the rarest."""
_MOST_RELATIVES = 50
_READ_TOGETHER = 100
_LAST = "\U0010ffff"
"""Follows every character that a word can have."""


@dataclass(frozen=True)
class FoundPeople:
    """Whom a search found."""

    contact_ids: Sequence[str]
    has_more: bool
    """Whether more people match, or may match, than were asked for."""


@dataclass(frozen=True)
class _Range:
    """A part of an index table that has everybody with the beginning of a word, or a run."""

    table: str
    first: str | int
    last: str | int


@dataclass(frozen=True)
class _Term:
    """One thing that a person must have: any of these words, or any of these digits."""

    words: Sequence[str]
    readings: Sequence[Digits]

    @property
    def condition(self) -> sa.ColumnElement[bool]:
        """Whether the person in a row of `indexed_people` has it."""
        words, digits = indexed_people.c.words, indexed_people.c.digits
        return sa.or_(
            *(words.contains(f" {word}", autoescape=True) for word in self.words),
            *(digits.contains(_in_digits(each), autoescape=True) for each in self.readings),
        )

    def is_in(self, words: Collection[str], digits: str) -> bool:
        """Whether somebody with these words and the column `digits` has it."""
        return any(each.startswith(word) for word in self.words for each in words) or any(
            _in_digits(each) in digits for each in self.readings
        )


class PeopleSearch:
    """Searches the index of people, which may be behind the other views.

    With a scope it finds the people in campaigns of its offices, by what their files say.
    """

    def __init__(
        self, engine: sa.Engine, until: int | None = None, scope: Scope = EVERYTHING
    ) -> None:
        self._engine = engine
        self._until = until
        self._scope = scope

    def as_of(self, seq: int) -> "PeopleSearch":
        """Return the same search; campaigns are those that were launched by that seq."""
        return PeopleSearch(self._engine, until=seq, scope=self._scope)

    def find(self, text: str, limit: int) -> FoundPeople:
        """Return the people who match every word, in the order of the word that is rarest."""
        terms = _terms(text)
        if not terms:
            return FoundPeople([], has_more=False)
        with reading(self._engine) as connection:
            ranges = min((_ranges(connection, term) for term in terms), key=lambda each: each[0])[1]
            found = list(islice(self._matching(connection, ranges, terms, limit + 1), limit + 1))
        return FoundPeople(found[:limit], has_more=len(found) > limit)

    def campaigns_of(self, contact_ids: Collection[str]) -> dict[str, list[str]]:
        """Return contact id → the names of the campaigns that texted it, the newest first."""
        campaign = campaigns_at(self._until)
        query = (
            sa.select(enrolments.c.contact_id, campaign.c.name)
            .join(campaign, campaign.c.campaign_id == enrolments.c.campaign_id)
            .where(
                in_list(enrolments.c.contact_id, "ids"),
                campaign.c.is_listed,
                in_scope(self._scope, campaign.c.office_id),
            )
            .order_by(enrolments.c.seq.desc())
        )
        names: dict[str, list[str]] = {contact_id: [] for contact_id in contact_ids}
        with reading(self._engine) as connection:
            for row in connection.execute(query, {"ids": sorted(contact_ids)}):
                names[row.contact_id].append(row.name)
        return names

    def school_ids(self, contact_ids: Collection[str]) -> dict[str, SchoolIds]:
        """Return contact id → its ids of the school; without those that have none."""
        query = (
            sa.select(enrolments.c.contact_id, enrolments.c.school_ids)
            .where(
                in_list(enrolments.c.contact_id, "ids"),
                enrolments.c.school_ids.is_not(None),
                is_of_seen_campaign(self._scope, enrolments.c.campaign_id),
            )
            .order_by(enrolments.c.seq)
        )
        if self._until is not None:
            query = query.where(enrolments.c.seq <= self._until)
        with reading(self._engine) as connection:
            rows = connection.execute(query, {"ids": sorted(contact_ids)})
            return {row.contact_id: SchoolIds.of_json(row.school_ids) for row in rows}

    def relatives(self, contact_ids: Collection[str]) -> list[str]:
        """Return the contacts that share a student or a household with any of these."""
        with reading(self._engine) as connection:
            own = self._school_ids_of(connection, contact_ids)
            found = dict.fromkeys(
                contact_id
                for kind in IdKind
                for contact_id in connection.scalars(
                    _with_school_id(self._scope),
                    {"kind": kind, "ids": sorted(each for of, each in own if of == kind)},
                )
            )
            others = [contact_id for contact_id in found if contact_id not in contact_ids]
            if self._scope.is_everything:
                return others
            files = words_of_files(connection, self._scope, others)
        return [each for each in others if files[each].school_ids & own]

    def _school_ids_of(
        self, connection: sa.Connection, contact_ids: Collection[str]
    ) -> set[tuple[str, str]]:
        if self._scope.is_everything:
            texts = connection.scalars(_SCHOOL_IDS_OF, {"ids": sorted(contact_ids)})
            return {each for text in texts for each in decode_ids(text)}
        files = words_of_files(connection, self._scope, contact_ids)
        return {each for of_contact in files.values() for each in of_contact.school_ids}

    def _matching(
        self,
        connection: sa.Connection,
        ranges: Sequence[_Range],
        terms: Sequence[_Term],
        limit: int,
    ) -> Iterator[str]:
        """Yield the contacts of the ranges that have all terms, in the order of their words."""
        if self._scope.is_everything:
            yield from _matching(connection, ranges, terms, limit, self._scope)
            return
        # The index has the words of all offices, which must not find anybody here.
        matching = _matching(connection, ranges, terms, _MOST_EXAMINED, self._scope)
        while ids := list(islice(matching, _READ_TOGETHER)):
            files = words_of_files(connection, self._scope, ids)
            digits = {
                row.contact_id: row.digits
                for row in connection.execute(_DIGITS_OF, {"ids": sorted(ids)})
            }
            for each in ids:
                if all(term.is_in(files[each].words, digits.get(each, "")) for term in terms):
                    yield each


def _terms(text: str) -> list[_Term]:
    if len(text) > MAX_CHARACTERS:
        return []
    terms = []
    for run, number in runs_in(text):
        if number and (readings := list(readings_of(number))):
            terms.append(_Term((), readings))
        else:
            terms += [_term(word) for word in run]
    return terms


def _term(word: Word) -> _Term:
    return _Term(word.spellings, list(readings_of(word.folded)) if word.is_numeric else ())


def _in_digits(reading: Digits) -> str:
    return f" {reading.digits}" if reading.where is Where.AT_START else reading.digits


def _ranges(connection: sa.Connection, term: _Term) -> tuple[int, list[_Range]]:
    """Return where everybody is who may have the term, and about how many they are."""
    ranges = [_Range("words", word, f"{word}{_LAST}") for word in term.words]
    ranges += [_rarest(connection, reading.digits) for reading in term.readings]
    return sum(_size(connection, each) for each in ranges), ranges


def _rarest(connection: sa.Connection, digits: str) -> _Range:
    """Return the run of the digits that fewest people have."""
    runs = (digits[start : start + RUN] for start in range(len(digits) - RUN + 1))
    ranges = [
        _Range("digits", entry_of(run, 0), entry_of(run, (1 << PERSON_BITS) - 1)) for run in runs
    ]
    return min(ranges, key=lambda each: _size(connection, each))


def _size(connection: sa.Connection, part: _Range) -> int:
    counted = _people_in(part.table).limit(_COUNTED).subquery("counted")
    query = sa.select(sa.func.count()).select_from(counted)
    return connection.scalar(query, {"first": part.first, "last": part.last}) or 0


_SCHOOL_IDS_OF = sa.select(indexed_people.c.school_ids).where(
    in_list(indexed_people.c.contact_id, "ids")
)
_DIGITS_OF = sa.select(indexed_people.c.contact_id, indexed_people.c.digits).where(
    in_list(indexed_people.c.contact_id, "ids")
)


@lru_cache(maxsize=100)
def _with_school_id(scope: Scope) -> sa.Select[Any]:
    return (
        sa.select(indexed_people.c.contact_id)
        .join_from(
            indexed_school_ids,
            indexed_people,
            indexed_people.c.person == indexed_school_ids.c.person,
        )
        .where(
            indexed_school_ids.c.kind == sa.bindparam("kind", type_=sa.Text),
            in_list(indexed_school_ids.c.school_id, "ids"),
            is_seen_contact(scope, indexed_people.c.contact_id),
        )
        .order_by(indexed_school_ids.c.person)
        .limit(_MOST_RELATIVES)
    )


_BOUND_TYPES: Mapping[str, sa.types.TypeEngine[Any]] = {
    "words": indexed_words.c.word.type,
    "digits": sa.BigInteger(),
}


@lru_cache(maxsize=2)
def _people_in(table: str) -> sa.Select[Any]:
    """Return the query of the people in a range, in the order of its table."""
    bounds = ("first", "last")
    first, last = (sa.bindparam(name, type_=_BOUND_TYPES[table]) for name in bounds)
    if table == "words":
        word = indexed_words.c.word
        columns = sa.select(indexed_words.c.person, word.label("place"))
        return columns.where(word >= first, word <= last).order_by(word, indexed_words.c.person)
    entry = indexed_digits.c.entry
    person = entry.bitwise_and(sa.literal((1 << PERSON_BITS) - 1, sa.BigInteger))
    columns = sa.select(person.label("person"), sa.literal("").label("place"))
    return columns.where(entry.between(first, last)).order_by(entry)


def _matching(
    connection: sa.Connection,
    ranges: Iterable[_Range],
    terms: Sequence[_Term],
    limit: int,
    scope: Scope,
) -> Iterator[str]:
    """Return the contacts that the index has with all terms, in the order of their words."""
    found = [_matching_in(connection, each, terms, limit, scope) for each in ranges]
    rows = merge(*found, key=lambda row: (row.place, row.person))
    return islice(dict.fromkeys(row.contact_id for row in rows), limit)


def _matching_in(
    connection: sa.Connection, part: _Range, terms: Sequence[_Term], limit: int, scope: Scope
) -> Sequence[Any]:
    examined = _people_in(part.table).limit(_MOST_EXAMINED).subquery("examined")
    query = (
        sa.select(examined, indexed_people.c.contact_id)
        .join(indexed_people, indexed_people.c.person == examined.c.person)
        .where(
            *(term.condition for term in terms),
            is_seen_contact(scope, indexed_people.c.contact_id),
        )
        .limit(limit)
    )
    return connection.execute(query, {"first": part.first, "last": part.last}).all()
