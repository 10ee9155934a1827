"""What a recipient reads of a cell: no marks of spreadsheets, and nothing that cannot be seen.

    ="Bob"       -> Bob
    'Dee         -> Dee
    #N/A         -> blank
    Zoe + U+0308 -> Zo + U+00EB

Standard library only. Cells that no text shows are not cleaned.
"""

import re
import unicodedata
from typing import NamedTuple

from ledger.domain.characters import FILLERS, SELECTORS

_MARKS = frozenset("='\"")
_FORMULA = re.compile(r'=\s*(?:T\(\s*)?"(.*)"\s*\)?', re.DOTALL)
_QUOTED = re.compile(r'"([^"]*)"')
_APOSTROPHE_OF_NAME = re.compile(r"'[a-z]{1,3}[ -]")
"""An apostrophe that belongs to the name: 't Hooft, 's-Gravenhage."""

_ERROR_WORDS = (
    *("REF", "VALUE", "NAME", "DIV/0", "NULL", "NUM", "SPILL", "CALC", "FIELD", "BLOCKED"),
    *("UNKNOWN", "CONNECT", "ERROR", "BUSY", "PYTHON", "EXTERNAL"),
    *("VALOR", "NOMBRE", "NULO", "DESBORDAMIENTO", "CAMPO", "VALEUR", "NOM", "NUL", "PROPAGATION"),
)
_ERROR = re.compile(
    r"=\s*(?:[A-Z][A-Z0-9.]*\(.*\)|\$?[A-Z]{1,3}\$?[0-9]+\b.*)|Err:[0-9]{3}|"
    rf"(?i:#(N/?[AD]|[\u00a1\u00bf]?({'|'.join(_ERROR_WORDS)})[!?]|GETTING_DATA|#+)|=NA\(\))"
    r"|null|NULL|nan|NaN|NaT|None|undefined|n/a|N/A|\\N|<null>|\(null\)"
)
"""What spreadsheets and databases write where there is no value. Null and Nan are names.

A formula that was exported in place of its value is none either.
"""

_LONGEST_ERROR = 20
_ERROR_STARTS = frozenset("#=EnNu\\<(")
_NOTHING: tuple[str, ...] = ()

_UNSEEN = re.compile(f"[{FILLERS}{SELECTORS}]")
_SELECTOR = re.compile(f"[{SELECTORS}]")
_VISIBLE_FORMATS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")
"""Characters of the category "format" that are seen, such as the Arabic number sign."""
_LINE_SEPARATORS = frozenset("\u2028\u2029")
_JOINERS = frozenset("\u200c\u200d")
_TAGGED_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]*")
_LONGEST_FLAG = 8

_CONTINUATIONS = bytes(range(0x80, 0xC0)).decode("cp1252", "ignore") + bytes(
    range(0x80, 0xA0)
).decode("latin-1")
_BROKEN = re.compile(
    f"[\u00c2\u00c3][{re.escape(_CONTINUATIONS)}]|\u00e2\u20ac.|\u00ef\u00bf\u00bd|\ufffd"
)
"""UTF-8 that was read as Windows-1252, such as "Jos" + U+00C3 U+00A9; and U+FFFD."""
_ESCAPED = re.compile(r"&(?:#[0-9]{2,5}|#x[0-9A-Fa-f]{2,4}|[A-Za-z]{2,8});|_x[0-9A-F]{4}_")
"""A character as web pages and workbooks write it: O&#39;Neil, Ren&eacute;e."""


FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""With these a spreadsheet program takes a cell of a text file for a formula."""


def guarded(cell: str) -> str:
    """Return the cell so that a spreadsheet program shows it, and does not calculate it."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def unguarded(cell: str) -> str:
    """Return the cell without the apostrophe that `guarded` put before it."""
    return cell[1:] if cell[:1] == "'" and cell.startswith(FORMULA_STARTS, 1) else cell


class CleanCell(NamedTuple):
    """A cell as a recipient reads it, and what was taken off."""

    text: str
    dropped: tuple[str, ...] = ()
    """The invisible characters, each once."""
    error: str = ""
    """What stood there in place of a value; then the text is blank."""
    is_broken: bool = False
    """Whether letters were damaged by a wrong encoding."""

    @property
    def is_odd(self) -> bool:
        """Whether staff should know about it."""
        return bool(self.dropped or self.error or self.is_broken)


def clean(cell: str) -> CleanCell:
    """Return the cell as a recipient should read it."""
    is_escaped = ("&" in cell or "_x" in cell) and bool(_ESCAPED.search(cell))
    if cell.isascii() and cell.isprintable():
        return _without_marks(cell.strip(), is_broken=is_escaped)
    text, dropped = cell, _NOTHING
    if not cell.isprintable() or _UNSEEN.search(cell):
        text, dropped = _visible(cell)
    composed = unicodedata.normalize("NFC", text).strip()
    return _without_marks(composed, dropped, is_broken=is_escaped or bool(_BROKEN.search(cell)))


def _without_marks(
    text: str, dropped: tuple[str, ...] = (), *, is_broken: bool = False
) -> CleanCell:
    while text[:1] in _MARKS and text != (unmarked := _unmarked(text)):
        text = unmarked
    if text[:1] in _ERROR_STARTS and _ERROR.fullmatch(text):
        return CleanCell("", dropped, error=text[:_LONGEST_ERROR])
    return CleanCell(text, dropped, is_broken=is_broken)


def _unmarked(text: str) -> str:
    """Return a cell without the marks by which spreadsheets keep it as it is."""
    if formula := _FORMULA.fullmatch(text):
        return formula[1].replace('""', '"').strip()
    if quoted := _QUOTED.fullmatch(text):
        return quoted[1].strip()
    if text.startswith("'") and not _APOSTROPHE_OF_NAME.match(text):
        return text[1:].removesuffix("'").strip()
    return text


def _visible(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the text that is seen, and the invisible characters that were in it."""
    kept: list[str] = []
    dropped: dict[str, None] = {}
    for index, character in enumerate(text):
        category = unicodedata.category(character)
        if character in "\t\n\r" or category == "Zs":
            kept.append(" ")
        elif character in _LINE_SEPARATORS:
            kept.append(" ")
            dropped[character] = None
        elif _is_invisible(character, category) and not _is_needed(text, index):
            dropped[character] = None
        elif category != "Cc":
            kept.append(character)
    return "".join(kept), tuple(dropped)


def _is_invisible(character: str, category: str) -> bool:
    if category == "Cf":
        return character not in _VISIBLE_FORMATS
    return bool(_UNSEEN.match(character))


def _is_needed(text: str, index: int) -> bool:
    """Whether an invisible character makes what is around it: one emoji of several, or a letter.

    Joiners also shape the letters of Persian and Indian names, which are of the category Lo.
    """
    character = text[index]
    before, after = text[max(index - 1, 0) : index], text[index + 1 : index + 2]
    if character in _JOINERS:
        return _is_joinable(before) and _is_joinable(after)
    if _SELECTOR.match(character):
        return _is_joinable(before) or before in tuple("0123456789#*")
    start = max(index - _LONGEST_FLAG, 0)
    flag = text.rfind("\U0001f3f4", start, index)
    return flag >= 0 and bool(_TAGGED_FLAG.fullmatch(text, flag, index))


def _is_joinable(character: str) -> bool:
    kinds = ("So", "Sk", "Sm", "Lo", "Mn", "Mc")
    return bool(character) and unicodedata.category(character) in kinds
