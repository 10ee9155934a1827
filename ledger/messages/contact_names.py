"""The names in a contact file: which columns have them, and one text for several people.

Standard library only.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

FULL_NAME_COLUMNS = ("name", "full_name", "fullname", "contact_name", "nombre_completo")
FIRST_NAME_COLUMNS = (
    *("first_name", "firstname", "first", "given_name", "forename"),
    *("nombre", "nombres", "prenom", "student_first_name"),
)
LAST_NAME_COLUMNS = (
    *("last_name", "lastname", "last", "surname", "family_name"),
    *("apellidos", "apellido", "nom", "nom_de_famille", "student_last_name"),
)
OTHER_NAME_COLUMNS = ("student_name", "student", "child_name", "guardian_name", "parent_name")
"""Columns for the name where the file has none of the others."""
NAME_COLUMNS = (
    *FULL_NAME_COLUMNS,
    *FIRST_NAME_COLUMNS,
    *LAST_NAME_COLUMNS,
    *OTHER_NAME_COLUMNS,
)

_NAME_WORDS = frozenset(
    (
        *("name", "names", "first", "last", "firstname", "lastname", "fullname", "given"),
        *("surname", "forename", "nickname", "nombre", "nombres", "apellido", "apellidos"),
        *("prenom", "prenoms", "nom", "student", "students", "child", "pupil", "alumno", "eleve"),
    )
)
_BESIDE_NAMES = frozenset(
    (
        *("full", "preferred", "legal", "middle", "family", "display", "contact", "recipient"),
        *("of", "s", "de", "completo", "parent", "parents", "guardian", "guardians"),
        *("mother", "father"),
    )
)


@dataclass(frozen=True)
class NameColumns:
    """The columns of one file that make a contact's name, by their merge fields."""

    full: tuple[str, ...]
    first: tuple[str, ...]
    last: tuple[str, ...]
    other: tuple[str, ...]

    @classmethod
    def among(cls, fields: Collection[str]) -> "NameColumns":
        """Return those that a file with these merge fields has."""
        kinds = (FULL_NAME_COLUMNS, FIRST_NAME_COLUMNS, LAST_NAME_COLUMNS, OTHER_NAME_COLUMNS)
        return cls(*(tuple(name for name in kind if name in fields) for kind in kinds))

    def name(self, values: Mapping[str, str]) -> str:
        """Return the full name, or else first and last name; blank where the row has none."""
        if full := _filled(values, self.full):
            return full
        name = f"{_filled(values, self.first)} {_filled(values, self.last)}".strip()
        return name or _filled(values, self.other)


def is_name_field(field: str) -> bool:
    """Whether a merge field is a person's name, such as `student_first_name`; not `room_name`."""
    words = {word for word in field.split("_") if not word.isdigit()}
    return bool(words & _NAME_WORDS) and words <= _NAME_WORDS | _BESIDE_NAMES


def distinct(values: Iterable[str]) -> list[str]:
    """Return the values that are not blank, each once, however its letters are written."""
    first: dict[str, str] = {}
    for value in filter(None, values):
        first.setdefault(value.casefold(), value)
    return list(first.values())


def joined(names: list[str]) -> str:
    """Return names as a text has them in any language: "Ada & Ben", "Ada, Ben & Cy"."""
    *others, last = names
    return f"{', '.join(others)} & {last}" if others else last


def _filled(values: Mapping[str, str], names: tuple[str, ...]) -> str:
    for name in names:
        if value := values.get(name):
            return value
    return ""
