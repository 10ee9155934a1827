"""The columns of a contact file: their headings, and which of them have ids of the school.

    Student ID,Household ID,Guardian Phone    {"student": [0], "household": [1]}

Standard library only.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ledger.domain.vocabulary import IdKind
from ledger.messages.merge_fields import field_name

_ID_WORDS = frozenset(
    (
        *("id", "ids", "identifier", "number", "no", "num", "nr", "code", "key"),
        *("numero", "identificador", "identifiant", "codigo"),
    )
)
_OTHER_WORDS = frozenset(
    ("the", "of", "s", "local", "state", "school", "sis", "unique", "de", "del")
)
_OWNERS: Mapping[IdKind, frozenset[str]] = {
    IdKind.STUDENT: frozenset(
        (
            *("student", "students", "stu", "pupil", "learner", "child"),
            *("estudiante", "alumno", "alumna", "eleve"),
        )
    ),
    IdKind.HOUSEHOLD: frozenset(
        ("household", "family", "hogar", "familia", "famille", "foyer", "sibling")
    ),
}
_ALL_OWNERS = frozenset().union(*_OWNERS.values())
_WHOLE_WORDS: Mapping[str, IdKind] = {
    **dict.fromkeys(("ssid", "sasid", "lasid", "suid", "matricula"), IdKind.STUDENT),
    "household": IdKind.HOUSEHOLD,
}
"""Headings of one word that mean an id."""
_INNER_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_JOINED_ID = re.compile(r"([a-z]+?)(id|number|no|num|code|key)")


@dataclass(frozen=True, kw_only=True)
class FileColumns:
    """The columns of a file; without headings, nothing of the file is recorded."""

    headings: tuple[str, ...] = ()
    id_columns: Mapping[IdKind, tuple[int, ...]] = field(default_factory=dict)
    """Kind of id → the indexes of its columns."""

    def widened(self, width: int) -> "FileColumns":
        """Return the columns with blank headings up to this number of columns."""
        blank = ("",) * (width - len(self.headings))
        return FileColumns(headings=self.headings + blank, id_columns=self.id_columns)


def recognized_ids(headings: Sequence[str]) -> dict[IdKind, tuple[int, ...]]:
    """Return the columns whose headings name an id of the school."""
    kinds = [(index, id_kind(heading)) for index, heading in enumerate(headings)]
    return {
        kind: columns
        for kind in IdKind
        if (columns := tuple(index for index, each in kinds if each is kind))
    }


def id_kind(heading: str) -> IdKind | None:
    """Return the kind of id that a heading names; None for any other column."""
    words = [word for word in _words(heading) if not word.isdigit()]
    if len(words) == 1 and words[0] in _WHOLE_WORDS:
        return _WHOLE_WORDS[words[0]]
    named = frozenset(words) - _OTHER_WORDS
    for kind, owners in _OWNERS.items():
        if named & owners and named & _ID_WORDS and named <= owners | _ID_WORDS:
            return kind
    return None


def ids_in(rows: Sequence[tuple[int, Sequence[str]]], columns: Sequence[int]) -> list[str]:
    """Return the ids in these columns of rows of the file, each once, without outer spaces."""
    cells = (
        cells[index].strip() for _line, cells in rows for index in columns if index < len(cells)
    )
    return list(dict.fromkeys(filter(None, cells)))


def _words(heading: str) -> list[str]:
    """Return the words in lower case: "studentId" and "STUDENT_ID" have student and id."""
    words = field_name(_INNER_CAPITAL.sub(" ", heading)).split("_")
    return [part for word in words for part in _parts(word)]


def _parts(word: str) -> list[str]:
    """Return "studentid" as student and id; any other word stays whole."""
    joined = _JOINED_ID.fullmatch(word)
    return [joined[1], joined[2]] if joined and joined[1] in _ALL_OWNERS else [word]


@dataclass(frozen=True, kw_only=True)
class FileCorrections:
    """What staff corrected of a contact file before its launch; the file itself stays as it is."""

    numbers: Mapping[int, str] = field(default_factory=dict)
    """Line → the number to text in place of the one that stands there."""
    id_columns: Mapping[IdKind, tuple[int, ...]] | None = None
    """The columns with ids of the school; None: those whose headings name one."""
