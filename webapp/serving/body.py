"""Reads the whole body of a request, so that a slow client never occupies a thread."""

import asyncio
import io
import tempfile
from contextlib import nullcontext, suppress
from typing import IO, Any

from webapp.serving.connections import CONNECTION, Connection
from webapp.serving.limits import Limits
from webapp.serving.wsgi import Scope, header

_MEMORY_BYTES = 1024 * 1024
"""A larger body is kept in a temporary file, not in memory."""


class ClientGoneError(Exception):
    """The client closed the connection before its request or the answer was complete."""


class BodyTooLargeError(Exception):
    """The body is larger than this request may have."""


class BodyTooSlowError(Exception):
    """The body did not arrive in time."""


class BodyNotKeptError(Exception):
    """There is no room on the disk for the body."""


async def read_body(
    scope: Scope, receive: Any, limits: Limits, *, largest: int, is_trusted: bool = False
) -> tuple[IO[bytes], int]:
    """Return the body as a file to be closed by the caller, and its size; both in bytes.

    The connection may be closed meanwhile to make room for another, unless the client is trusted.
    Raises `BodyTooLargeError` as soon as the body is known to have more than `largest` bytes,
    `BodyTooSlowError`, `BodyNotKeptError` and `ClientGoneError`.
    """
    if int(header(scope, b"content-length") or b"0") > largest:
        raise BodyTooLargeError
    connection: Connection = scope[CONNECTION]
    if connection.has_whole_request:
        return _whole(await receive(), largest)
    with nullcontext() if is_trusted else connection.waiting():
        return await _read_parts(receive, limits, largest)


async def until_gone(receive: Any) -> None:
    """Wait until the client of a request whose body was read has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _whole(message: Any, largest: int) -> tuple[IO[bytes], int]:
    if message["type"] != "http.request":
        raise ClientGoneError
    if len(message["body"]) > largest:
        raise BodyTooLargeError
    return io.BytesIO(message["body"]), len(message["body"])


async def _read_parts(receive: Any, limits: Limits, largest: int) -> tuple[IO[bytes], int]:
    file: IO[bytes] = tempfile.SpooledTemporaryFile(_MEMORY_BYTES)  # noqa: SIM115 - the caller's
    try:
        return file, await _copy_parts(file, receive, limits, largest)
    except BaseException as error:
        with suppress(OSError):  # where the disk is full, it would write what is left
            file.close()
        match error:
            case TimeoutError():
                raise BodyTooSlowError from error
            case OSError():
                raise BodyNotKeptError from error
        raise


async def _copy_parts(file: IO[bytes], receive: Any, limits: Limits, largest: int) -> int:
    began_at = asyncio.get_running_loop().time()
    async with asyncio.timeout_at(began_at + limits.body_seconds) as limit:
        while (message := await receive())["type"] == "http.request":
            file.write(message["body"])
            size = file.tell()
            if size > largest:
                raise BodyTooLargeError
            if not message["more_body"]:
                file.seek(0)
                return size
            seconds = limits.body_seconds + size / limits.body_bytes_per_second
            limit.reschedule(began_at + seconds)
    raise ClientGoneError
