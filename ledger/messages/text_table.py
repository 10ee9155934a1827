"""Text files of contacts: their encoding, their delimiters, and their rows.

sep=;
Mobile;First name
(415) 555-0101;Ada
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import IO

from ledger.errors import BadInput
from ledger.messages.contact_table import ContactTables, Records, Table

SAVE_AS_CSV = 'In Excel, choose "Save As", then "CSV UTF-8 (Comma delimited)".'

_READ_BYTES = 64 * 1024
_DELIMITERS = ",;\t|"
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[,;\t]*[\r\n]*', re.IGNORECASE)
"""The first line by which a file tells Excel its delimiter."""
_DOS_END = "\x1a"
"""Ctrl-Z, with which old programs end a file."""


@dataclass(frozen=True)
class _Encoding:
    name: str
    codec: str


_UTF_8 = _Encoding("UTF-8", "utf-8-sig")
_UTF_16 = _Encoding("UTF-16", "utf-16")
_WINDOWS = _Encoding("Windows-1252", "cp1252")


def text_tables(file: IO[bytes]) -> ContactTables:
    """Return a table for each delimiter that the file may have, the likeliest first.

    Raises BadInput for a file that is empty, or that is not text throughout.
    """
    encoding = _encoding(file)
    tables = tuple(
        Table(partial(_records, file, encoding.codec, delimiter))
        for delimiter in _delimiters(file, encoding.codec)
    )
    return ContactTables(tables, encoding.name)


def _encoding(file: IO[bytes]) -> _Encoding:
    """Return the encoding that its byte order mark names, or UTF-8, or else Windows-1252."""
    file.seek(0)
    head = file.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        _check_text(file, _UTF_16, f"not {_UTF_16.name}")
        return _UTF_16
    if head.startswith(codecs.BOM_UTF8):
        _check_text(file, _UTF_8, f"not {_UTF_8.name}")
        return _UTF_8
    try:
        _check_text(file, _UTF_8, "")
    except _NotEncoded:
        _check_text(file, _WINDOWS, f"neither {_UTF_8.name} nor {_WINDOWS.name}")
        return _WINDOWS
    return _UTF_8


class _NotEncoded(BadInput):
    """The file has bytes that are no text in this encoding."""


def _check_text(file: IO[bytes], encoding: _Encoding, fault: str) -> None:
    """Raise BadInput for a file that is empty, or not text; `fault` is for bytes that are none."""
    decoder, line, is_blank, after = codecs.getincrementaldecoder(encoding.codec)(), 1, True, ""
    file.seek(0)
    data = b"-"
    while data:
        data = file.read(_READ_BYTES)
        try:
            text = decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            before = error.object[: error.start].decode(encoding.codec, "ignore")
            line += _line_ends(before, after)
            raise _NotEncoded(f"Line {line} of the file is {fault} text. {SAVE_AS_CSV}") from None
        if "\0" in text:
            raise BadInput(f"This is not a text file. {SAVE_AS_CSV}")
        is_blank = is_blank and not text.strip()
        line, after = line + _line_ends(text, after), text[-1:] or after
    if is_blank:
        raise BadInput("The file is empty.")


def _line_ends(text: str, after: str) -> int:
    """Count the line ends of any kind in a text that follows the character `after`."""
    count = text.count("\n") + text.count("\r") - text.count("\r\n")
    return count - (after == "\r" and text.startswith("\n"))


def _delimiters(file: IO[bytes], codec: str) -> list[str]:
    """Return the delimiter that a first line names; else all, the most frequent first."""
    with _Lines(file, codec) as lines:
        first = next(lines, "")
        if named := _SEPARATOR_LINE.fullmatch(first):
            return [named[1]]
        heading = next((line for line in chain([first], lines) if line.strip("\r\n")), "")
    unquoted = re.sub(r'"[^"]*"', "", heading)
    return sorted(_DELIMITERS, key=unquoted.count, reverse=True)


class _Lines:
    """The lines of a file from its beginning, with their ends; a context manager."""

    def __init__(self, file: IO[bytes], codec: str) -> None:
        file.seek(0)
        self._text = io.TextIOWrapper(file, codec, newline="")

    def __enter__(self) -> Iterator[str]:
        return self._text

    def __exit__(self, *_: object) -> None:
        self._text.detach()


def _records(file: IO[bytes], codec: str, delimiter: str) -> Records:
    """Yield each row that is not blank, with the line it starts on; a quoted cell may hold lines.

    Quotes are read strictly: otherwise one that is not closed would swallow the contacts below.
    """
    with _Lines(file, codec) as lines:
        first = next(lines, "")
        skipped = 1 if _SEPARATOR_LINE.fullmatch(first) else 0
        rest = lines if skipped else chain([first], lines)
        reader = csv.reader(
            _without_dos_end(rest), delimiter=delimiter, strict=True, skipinitialspace=True
        )
        start = 1 + skipped
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield start, cells
                start = reader.line_num + 1 + skipped
        except csv.Error:
            raise BadInput(
                f"The row at line {start} cannot be read: a quotation mark is out of place or not "
                f"closed, or a cell is longer than {csv.field_size_limit():,} characters."
            ) from None


def _without_dos_end(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield line.replace(_DOS_END, "") if _DOS_END in line else line
