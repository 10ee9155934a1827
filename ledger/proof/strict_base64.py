"""Base64 in which every value has one text: padded, and with zeros in the bits that are left."""

from base64 import b64decode, b64encode

from ledger.errors import BadInput


def decoded(text: str) -> bytes:
    """Return the bytes of that text; raises `BadInput` for any other text of the same bytes."""
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        data = b""
    if b64encode(data).decode() != text:
        raise BadInput("this is not base64")
    return data
