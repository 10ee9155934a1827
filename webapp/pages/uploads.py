"""A contact file between "Check" and "Launch": it is carried by the form.

The page of the check holds the compressed file in a hidden field, and the next POST sends it back.
So nobody chooses the file twice, the server stores no numbers between two requests, nothing needs
to expire, and any process can answer. The file comes back from a browser, so it is read and checked
like a new one. A hundred thousand contacts take about 2 MB; the limit is 32 MB uncompressed.
"""

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ledger.errors import BadInput
from ledger.lazy_property import lazy_property

if TYPE_CHECKING:
    from flask import Flask

UPLOAD_PATHS = frozenset(
    {
        *("/campaigns/new", "/opt-outs/import", "/lists/upload"),
        *("/api/v1/campaigns", "/api/v1/campaigns/check"),
        *("/api/v1/drafts/launch", "/api/v1/drafts/check"),
        *("/api/v1/opt-outs/import", "/api/v1/opt-outs/import/check"),
        *("/api/v1/lists", "/api/v1/lists/replace"),
    }
)
"""Where files are posted; the server takes a large body at no other address."""
LARGEST_FILE = 32 * 1024 * 1024
MAY_UPLOAD = "delivery-ledger.may-upload"
"""The extension of an app that says whether a request, given as environ, may upload files."""
_LONGEST_NAME = 200
_NOT_WHOLE = "The file did not come back complete. Choose it again."


@dataclass(frozen=True)
class ContactFile:
    """A file of contacts: its name and its bytes."""

    name: str
    data: bytes

    @property
    def packed(self) -> str:
        """The compressed data, as the text of a hidden field."""
        return base64.b64encode(zlib.compress(self.data)).decode()

    @lazy_property
    def digest(self) -> str:
        """Names the bytes: corrections of one file are not those of another."""
        return hashlib.sha256(self.data).hexdigest()


def may_upload(app: "Flask", environ: dict[str, Any]) -> bool:
    """Return whether a request to the app may upload files; False where the app takes none."""
    allows: Callable[[dict[str, Any]], bool] = app.extensions.get(MAY_UPLOAD, lambda _: False)
    return allows(environ)


def unpacked(name: str, text: str) -> ContactFile:
    """Read the file in a hidden field; raises `BadInput` for any other text."""
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
