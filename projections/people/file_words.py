"""What the contact files of some offices say about people; the index has words of all offices."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from ledger.domain.offices import Scope
from ledger.store.in_list import in_list
from projections.tables.folding import fold
from projections.tables.offices import is_of_seen_campaign
from projections.tables.schema import enrolments
from projections.tables.school_ids import SchoolIds


@dataclass(frozen=True)
class FileWords:
    """The words and the ids of the school that a person is found by."""

    words: set[str] = field(default_factory=set)
    school_ids: set[tuple[str, str]] = field(default_factory=set)
    """Kind and id of each."""

    def add(self, folded_name: str, school_ids: str | None) -> None:
        """Add what one contact file says; `school_ids` is the column of the enrolment."""
        self.words.update(words_of(folded_name))
        if not school_ids:
            return
        for kind, school_id in SchoolIds.of_json(school_ids).all:
            self.school_ids.add((kind.value, school_id))
            self.words.update(words_of(fold(school_id)))


def words_of(folded_name: str) -> Collection[str]:
    """Return the words of a folded name; a double name counts whole and in its parts.

    words_of("anna-lena obrien") == {"anna-lena", "anna", "lena", "obrien"}
    """
    words = folded_name.split()
    if "-" not in folded_name:
        return words
    return {*words} | {part for word in words if "-" in word for part in word.split("-") if part}


def words_of_files(
    connection: sa.Connection, scope: Scope, contact_ids: Collection[str]
) -> Mapping[str, FileWords]:
    """Return contact id → what the files that are seen say, for each of the ids."""
    files = {contact_id: FileWords() for contact_id in contact_ids}
    for row in connection.execute(_enrolled(scope), {"ids": sorted(contact_ids)}):
        files[row.contact_id].add(row.folded_name, row.school_ids)
    return files


@lru_cache(maxsize=100)
def _enrolled(scope: Scope) -> sa.Select[Any]:
    columns = enrolments.c
    return sa.select(columns.contact_id, columns.folded_name, columns.school_ids).where(
        in_list(columns.contact_id, "ids"),
        columns.phone != "",
        is_of_seen_campaign(scope, columns.campaign_id),
    )
