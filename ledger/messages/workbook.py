"""Workbooks of contacts: XLSX, XLS and ODS files, read by a process of its own.

A small file can unpack into more than a machine's memory, so another process reads it, whose
memory and time are limited: see `workbook_process.py`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import IO

import msgspec

from ledger.errors import BadInput
from ledger.messages import workbook_process
from ledger.messages.contact_table import ContactTables, Records, Table
from ledger.messages.text_table import SAVE_AS_CSV

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_SECONDS = 180
"""The child's limit is on its processor time; this one is for a machine that is very busy."""

_UNREADABLE = f"This workbook cannot be read; it may be damaged or have a password. {SAVE_AS_CSV}"
_TOO_LARGE = f"This workbook is damaged, or too large to be read. {SAVE_AS_CSV}"


def is_workbook(head: bytes) -> bool:
    """Whether a file with this beginning is a workbook, or another file of the same container."""
    return head.startswith((_ZIP, _OLE))


@contextmanager
def workbook_tables(file: IO[bytes]) -> Iterator[ContactTables]:
    """Yield a table for each visible sheet that has rows. Raises BadInput."""
    with tempfile.TemporaryFile() as rows:
        with tempfile.TemporaryFile() as copy:
            file.seek(0)
            shutil.copyfileobj(file, copy)
            copy.seek(0)
            _convert(copy, rows)
        sheets = _sheets(rows)
        if not sheets:
            raise BadInput("The workbook is empty.")
        is_single = len(sheets) == 1
        tables = (
            Table(partial(_records, rows, start, count), "" if is_single else name)
            for name, start, count in sheets
        )
        yield ContactTables(tuple(tables), encoding="")


def _convert(workbook: IO[bytes], rows: IO[bytes]) -> None:
    command = [sys.executable, "-P", workbook_process.__file__, str(os.getpid())]
    try:
        done = subprocess.run(  # noqa: S603 - our own program, without words from outside
            command,
            stdin=workbook,
            stdout=rows,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BadInput(_TOO_LARGE) from None
    if done.returncode:
        is_unreadable = done.returncode == workbook_process.UNREADABLE
        raise BadInput(_UNREADABLE if is_unreadable else _TOO_LARGE)


def _sheets(rows: IO[bytes]) -> list[tuple[str, int, int]]:
    """Return name, place of the first row and number of rows of each sheet that has any."""
    sheets: list[tuple[str, int, int]] = []
    name, start, count = "", 0, 0
    rows.seek(0)
    for line in rows:
        if not line.startswith(workbook_process.SHEET):
            count += 1
            continue
        sheets.append((name, start, count))
        name, start, count = msgspec.json.decode(line)["sheet"], rows.tell(), 0
    return [sheet for sheet in (*sheets, (name, start, count)) if sheet[2]]


def _records(rows: IO[bytes], start: int, count: int) -> Records:
    rows.seek(start)
    for _ in range(count):
        yield _decoder.decode(rows.readline())


_decoder = msgspec.json.Decoder(tuple[int, list[str]])
