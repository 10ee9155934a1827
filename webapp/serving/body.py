"""Reads the body of a request whole, so that a slow sender never holds a thread."""

import io
import tempfile
from typing import IO, Any

MEMORY_BYTES = 1024 * 1024
"""A larger body is kept in a temporary file, not in memory."""


class ClientGoneError(Exception):
    """The client hung up before its request was complete, or before it had its answer."""


class BodyTooLargeError(Exception):
    """The body is larger than this request may have."""


async def read_body(receive: Any, *, largest: int) -> tuple[IO[bytes], int]:
    """Return the body as a file to be closed by the caller, and its size; both in bytes.

    Raises `BodyTooLargeError` above `largest` bytes, and `ClientGoneError`.
    """
    message = await receive()
    if message["type"] == "http.request" and not message["more_body"]:
        return io.BytesIO(message["body"]), len(message["body"])
    file: IO[bytes] = tempfile.SpooledTemporaryFile(MEMORY_BYTES)  # noqa: SIM115 - the caller's
    try:
        return file, await _spool(file, message, receive, largest)
    except BaseException:
        file.close()
        raise


async def _spool(file: IO[bytes], message: Any, receive: Any, largest: int) -> int:
    while message["type"] == "http.request":
        file.write(message["body"])
        if file.tell() > largest:
            raise BodyTooLargeError
        if not message["more_body"]:
            size = file.tell()
            file.seek(0)
            return size
        message = await receive()
    raise ClientGoneError
