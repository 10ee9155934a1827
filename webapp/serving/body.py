"""Reads the whole body of a request, so that a slow client never occupies a thread."""

import io
import tempfile
from typing import IO, Any

MEMORY_BYTES = 1024 * 1024
"""A larger body is kept in a temporary file, not in memory."""


class ClientGoneError(Exception):
    """The client closed the connection before its request or the answer was complete."""


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
        return file, await _copy_parts(file, message, receive, largest)
    except BaseException:
        file.close()
        raise


async def _copy_parts(file: IO[bytes], message: Any, receive: Any, largest: int) -> int:
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
