"""A contact file between "Check" and "Launch": it travels in the form itself, and nowhere else.

The checked page carries the very bytes of the file, packed, in a hidden field, and the next POST
brings them back. So nobody chooses the file twice, the numbers in it never lie on the server's
disk or in its memory between two requests, there is nothing to expire or to sweep, and it does not
matter which process answers. What comes back is read and checked like a new file, for it comes
from a browser. A hundred thousand contacts are about 2 MB so packed; unpacked, a file may have
32 MB like an uploaded one.
"""

import base64
import binascii
import zlib
from dataclasses import dataclass

from ledger.errors import BadInput

LARGEST_FILE = 32 * 1024 * 1024
_LONGEST_NAME = 200
_NOT_WHOLE = "The file did not come back whole; choose it again."


@dataclass(frozen=True)
class ContactFile:
    """A file of contacts, as it was chosen."""

    name: str
    data: bytes

    @property
    def packed(self) -> str:
        """The data for a hidden field."""
        return base64.b64encode(zlib.compress(self.data)).decode()


def unpacked(name: str, text: str) -> ContactFile:
    """The file that a hidden field brought back; raises `BadInput` for what is none."""
    try:
        reader = zlib.decompressobj()
        data = reader.decompress(base64.b64decode(text, validate=True), LARGEST_FILE)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise BadInput(_NOT_WHOLE) from error
    if reader.unconsumed_tail:
        raise BadInput("The file is larger than 32 MB.")
    if not reader.eof:
        raise BadInput(_NOT_WHOLE)
    return ContactFile(name[:_LONGEST_NAME], data)
