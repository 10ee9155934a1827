"""Which column of a contact file has the phone numbers, judged by the words of its heading.

    "Guardian 1 Phone Number" -> a phone, of guardian 1
    "contacts.cellPhone"      -> a mobile
    "Phone 1 - Type"          -> no number

English, Spanish and French. Standard library only; what the cells hold is judged in
`phone_column.py`.
"""

import csv
import re
import unicodedata
from dataclasses import dataclass
from importlib.resources import files


def _words_by_kind() -> dict[str, frozenset[str]]:
    lines = files("ledger.messages").joinpath("phone_heading_words.csv").read_text().splitlines()
    return {row["kind"]: frozenset(row["words"].split()) for row in csv.DictReader(lines)}


_KINDS = _words_by_kind()
_MOBILE, _PHONE, _NUMBER = _KINDS["mobile"], _KINDS["phone"], _KINDS["number"]
_STUDENTS = _KINDS["students"]
_PEOPLE = _KINDS["people"] | _STUDENTS
_ORDINALS = {"first": 1, "third": 3, "primero": 1, "primera": 1, "premier": 1}
_KNOWN = frozenset(_ORDINALS).union(*_KINDS.values())
_JOINABLE = sorted((word for word in _KNOWN if len(word) > 2), key=len, reverse=True)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LONGEST_HEADING = 80


@dataclass(frozen=True)
class PhoneHeading:
    """A heading of a column that may hold phone numbers."""

    rank: tuple[bool | int, ...]
    """Of several columns, one with the least rank is texted."""
    ordinals: tuple[int, ...]
    """The numbers in it: of "Phone 1" and "Phone 2", the first is texted."""
    people: frozenset[str]
    """Whose number it is; empty for the contact's own."""
    is_doubtful: bool
    """Whether it counts only where the cells are phone numbers."""

    def is_rivalled_by(self, other: "PhoneHeading") -> bool:
        """Whether another column is of somebody else and as good, or one of both is a student's."""
        if self.is_emergency or other.is_emergency or not (self.people and other.people):
            return False
        is_one_of_student = bool(self.people & _STUDENTS) != bool(other.people & _STUDENTS)
        return is_one_of_student or (self.rank == other.rank and self.people != other.people)

    @property
    def is_emergency(self) -> bool:
        """Whether it is for emergencies, so that it is texted only where there is no other."""
        return self.rank[0] == 1


def phone_heading(heading: str) -> PhoneHeading | None:
    """Return what a heading says about a column of numbers; None for any other column."""
    if len(heading) > _LONGEST_HEADING:
        return None
    words = _words(heading)
    named = frozenset(words)
    unknown = {word for word in named - _KNOWN if not word.isdigit()}
    is_phone = bool(named & (_MOBILE | _PHONE))
    is_number = bool(named & _NUMBER) and not unknown and not named & _STUDENTS
    if named & _KINDS["never"] or not (is_phone or is_number):
        return None
    return PhoneHeading(
        rank=(
            bool(named & _KINDS["emergency"]),
            bool(unknown),
            not is_phone,
            _kind(named),
            bool(named & _KINDS["later"]),
            not named & _KINDS["first"],
            bool(named & _PEOPLE),
            not named & _KINDS["mobile_by_name"],
        ),
        ordinals=tuple(
            _ORDINALS.get(word) or int(word)
            for word in words
            if word in _ORDINALS or word.isdigit()
        ),
        people=named & _PEOPLE,
        is_doubtful=bool(unknown) or not named & ((_MOBILE | _PHONE) - _KINDS["doubtful"]),
    )


def _kind(named: frozenset[str]) -> int:
    """Return the place among mobiles (0), mobiles at work, phones, phones at home, at work (4)."""
    if named & _MOBILE:
        return 1 if named & _KINDS["work"] else 0
    if named & _KINDS["work"]:
        return 4
    return 3 if named & _KINDS["home"] else 2


def _words(heading: str) -> list[str]:
    """Return the words in lower case: "contacts.cellPhone1" has contacts, cell, phone and 1."""
    letters = unicodedata.normalize("NFKD", heading)
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return [part for word in _WORD.findall(plain) for part in _parts(word.lower())]


def _parts(word: str) -> list[str]:
    """Split a word that consists of known ones, such as "cellphone"; any other stays whole."""
    if word in _KNOWN:
        return [word]
    for start in _JOINABLE:
        if word.startswith(start):
            rest = _parts(word[len(start) :])
            if all(part in _KNOWN for part in rest):
                return [start, *rest]
    return [word]
