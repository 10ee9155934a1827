"""The process that reads a workbook: from standard input to lines of JSON on standard output.

    {"sheet":"Grade 5"}
    [1,["Mobile","First name"]]
    [2,["4155550101","Ada"]]

It limits its own memory, output and processor time. What exceeds them ends this process, and
nothing else. It ends with the process that started it, whose id is its argument.
"""

import datetime as dt
import json
import resource
import sys
from collections.abc import Iterator, Sequence

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from ledger.parent_process import end_with

SHEET = b'{"sheet"'
"""The beginning of a line that names a sheet; the others are rows."""
UNREADABLE = 3
"""The exit code for what is no workbook, or has a password.

Any other, or a signal, means that the file is damaged or a limit was reached.
"""

_MEGABYTE = 1024 * 1024
_LIMITS = (
    (resource.RLIMIT_AS, 1024 * _MEGABYTE),
    (resource.RLIMIT_FSIZE, 1024 * _MEGABYTE),
    (resource.RLIMIT_CPU, 120),
    (resource.RLIMIT_CORE, 0),
)

_Cell = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta


def main() -> int:
    """Convert the workbook, and return the exit code."""
    end_with(int(sys.argv[1]))
    for kind, limit in _LIMITS:
        _soft, hard = resource.getrlimit(kind)
        lowest = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(kind, (lowest, lowest))
    try:
        with CalamineWorkbook.from_filelike(sys.stdin.buffer) as workbook:
            for name in _visible_sheets(workbook):
                _write({"sheet": name})
                _write_rows(workbook.get_sheet_by_name(name))
        sys.stdout.flush()
    except CalamineError:
        return UNREADABLE
    return 0


def _visible_sheets(workbook: CalamineWorkbook) -> Iterator[str]:
    for sheet in workbook.sheets_metadata:
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible:
            yield sheet.name


def _write_rows(sheet: CalamineSheet) -> None:
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = [_text(cell) for cell in row]
        if any(map(str.strip, cells)):
            _write([number, cells])


def _write(line: dict[str, str] | Sequence[int | list[str]]) -> None:
    sys.stdout.write(json.dumps(line, separators=(",", ":")))
    sys.stdout.write("\n")


def _text(cell: _Cell) -> str:
    """Return a cell as a person would write it: 4155550101.0 as a whole number, dates as ISO."""
    match cell:
        case str():
            return cell
        case bool():
            return str(cell).upper()
        case float() if cell.is_integer():
            return str(int(cell))
        case dt.datetime():
            is_date = cell.time() == dt.time.min
            return cell.date().isoformat() if is_date else _to_minute(cell.isoformat(sep=" "))
        case dt.time():
            return _to_minute(cell.isoformat())
        case _:
            return str(cell)


def _to_minute(text: str) -> str:
    """Return the time without its fractions, and without seconds that are none."""
    return text.partition(".")[0].removesuffix(":00")


if __name__ == "__main__":
    sys.exit(main())
