"""What every workbook (XLSX) shares: options, sheets that take no text for markup, and the file."""

import io
from collections.abc import Sequence
from typing import Any, BinaryIO

from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 1_048_576
"""The rows of a sheet, the one of headings among them."""
LONGEST_CELL = 32_767
"""UTF-16 units."""

WORKBOOK_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "remove_timezone": True,
    "use_zip64": True,
}
"""Nothing that is written becomes a formula, a link or a number; one row is in memory."""


class PlainSheet(Worksheet):  # type: ignore[misc] # XlsxWriter has no types
    """A sheet that takes no text for markup: XlsxWriter would write `<r>…</r>` as it is."""

    def _xml_rich_inline_string(self, string: str, attributes: Sequence[Any] = ()) -> None:
        self._xml_inline_string(string, preserve=True, attributes=attributes)


class WorkbookOutput:
    """The file as XlsxWriter's archive sees it.

    An archive that could not be finished writes its end when Python collects it, perhaps after the
    file was closed: `stop` lets it write into memory.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, data: bytes) -> int:
        """Write the bytes."""
        return self._file.write(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place in the file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the place in the file."""
        return self._file.tell()

    def flush(self) -> None:
        """Write what is buffered."""
        self._file.flush()

    def stop(self) -> None:
        """Let nothing more be written to the file."""
        self._file = io.BytesIO()
