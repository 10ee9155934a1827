"""uvicorn's HTTP protocol within our limits: what a client may send, and for how long."""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from webapp.serving.connections import CONNECTION, Connections, address_of
from webapp.serving.limits import Limits
from webapp.serving.paced_flow import PacedFlow
from webapp.serving.wsgi import RAW_TARGET

_BODY_PER_EXCESS = 16
"""Each such number of bytes of a body allows one byte of framing, as the sizes of its chunks."""


class _BeyondLimitError(Exception):
    """Ends the parsing of what a client sent."""


def protocol_within(limits: Limits) -> Callable[..., HttpToolsProtocol]:
    """Return what makes the protocol of each connection of one server."""
    return partial(_Protocol, limits=limits, connections_kept=Connections(limits))


class _Protocol(HttpToolsProtocol):
    """One `Connection`; puts itself and the raw target of a request into its scope."""

    flow: PacedFlow

    def __init__(
        self, *arguments: Any, limits: Limits, connections_kept: Connections, **named: Any
    ) -> None:
        super().__init__(*arguments, **named)
        self._limits, self._kept = limits, connections_kept
        self.access_log = False  # a query may hold numbers and texts, whatever logging is set up
        self.address, self.closes_at = "", 0.0
        self.has_whole_request = True
        self._is_in_head = self._is_ending = self._is_half_closed = self._ignores_rest = False
        self._stalled_until = 0.0
        self._small_reads = 0
        """Of the request that began last."""
        self._unanswered: deque[RequestResponseCycle] = deque()
        self._arrived_bytes = self._parsed_bytes = 0
        """Of the head of the request that began last."""
        self._body_parts = self._body_bytes = 0
        """What has come of its body."""
        self._excess_bytes = 0
        """What came since the last head or body ended and is part of neither, as extensions of
        chunks, and blank lines before a request."""

    # The connection.

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.flow = PacedFlow(self.loop, transport)
        self.address = address_of(self.client[0]) if self.client else ""
        if self._kept.add(self):
            self._kept.wait_for(self, self._limits.head_seconds)
        else:
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._kept.remove(self)
        self._end_answers()
        self.flow.close()
        super().connection_lost(exc)
        self._forget_request()

    def _forget_request(self) -> None:
        """Let go of the request, which refers to this connection.

        Otherwise both would stay in memory until a rare collection of garbage.
        """
        self.cycle = self.scope = None  # type: ignore[assignment]

    def abort(self) -> None:
        self._end_answers()  # without waiting for the loop to do it
        self.transport.abort()

    def _end_answers(self) -> None:
        """Let all requests know that nobody is there for their answers."""
        for cycle in self._unanswered:
            cycle.disconnected = True
            cycle.message_event.set()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Stay open for the answers to a client that sends nothing more."""
        self._is_half_closed = True
        return self.has_whole_request and bool(self._unanswered)

    def shutdown(self) -> None:
        super().shutdown()
        if self._kept.is_waiting(self):
            self.abort()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        self._kept.wait_for(self, math.inf)
        try:
            yield
        finally:
            self._work()

    def decline_body(self) -> None:
        if self.cycle is not None:  # the client is still there
            self.cycle.waiting_for_100_continue = False

    def _work(self) -> None:
        """Be worked for, unless the client takes nothing of an earlier answer."""
        if self.flow.write_paused:
            self._kept.wait_for(self, self._stalled_until - self.loop.time())
        else:
            self._kept.work_for(self)

    # What the client sends.

    def data_received(self, data: bytes) -> None:
        if self._ignores_rest:
            return
        self._excess_bytes += len(data)
        super().data_received(data)
        if self._is_in_head:
            self._arrived_bytes += len(data)
            if self._arrived_bytes > self._limits.head_bytes:
                self.send_400_response("The head of this request is too long.")
        elif self._excess_bytes > self._limits.head_bytes + self._body_bytes // _BODY_PER_EXCESS:
            self.send_400_response("Too much comes that is no part of a request.")
        if not self.has_whole_request:
            self._pace(len(data))

    def _pace(self, size: int) -> None:
        """Read on a little later where others would lose time by it.

        That is where a body is read that nobody wants, or a request comes in many small pieces.
        """
        if size < self._limits.small_read_bytes:
            self._small_reads += 1
        is_in_pieces = self._small_reads > self._limits.small_reads
        is_unwanted = not self._is_in_head and self._is_answered()
        if is_in_pieces or is_unwanted:
            self.flow.hold(self._limits.paced_seconds)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.has_whole_request, self._is_in_head = False, True
        self._arrived_bytes = self._parsed_bytes = 0
        self._body_parts = self._body_bytes = self._small_reads = 0
        if self._is_answered() and not self.flow.write_paused:
            self._kept.wait_for(self, self._limits.head_seconds)

    def on_url(self, url: bytes) -> None:
        self._count_parsed(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count_parsed(len(name) + len(value))
        if not self._is_in_head:
            return  # a trailer, which no proxy has looked at, and which is no header
        if len(self.headers) == self._limits.headers:
            raise _BeyondLimitError
        super().on_header(name, value)

    def _count_parsed(self, size: int) -> None:
        """Count what arrived together with the end of the head, or behind the body."""
        self._parsed_bytes += size
        if self._parsed_bytes > self._limits.head_bytes:
            raise _BeyondLimitError

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._excess_bytes = 0
        if len(self.pipeline) >= self._limits.requests_ahead:
            self.abort()
            raise _BeyondLimitError
        if self.parser.should_upgrade():
            self._ignore_upgrade()
        self._work()
        self.scope[RAW_TARGET] = self.url  # type: ignore[literal-required]
        self.scope[CONNECTION] = self  # type: ignore[literal-required]
        super().on_headers_complete()
        if self._ignores_rest:
            self.cycle.keep_alive = False
        self.cycle.transport = cast("asyncio.Transport", _TransportOfAnswer(self))
        self._unanswered.append(self.cycle)

    def _ignore_upgrade(self) -> None:
        """Answer as if no other protocol was asked for; the parser reads nothing after the head.

        So a body would be taken for the next request.
        """
        self._ignores_rest = True
        announced = dict(self.headers)
        if announced.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in announced:
            self.send_400_response("A request with a body cannot ask for another protocol.")
            raise _BeyondLimitError

    def on_body(self, body: bytes) -> None:
        self._body_parts += 1
        self._body_bytes += len(body)
        self._excess_bytes = max(0, self._excess_bytes - len(body))
        more_parts = self._body_bytes // self._limits.body_part_bytes
        if self._body_parts > self._limits.body_parts + more_parts:
            self.send_400_response("The body comes in too many parts.")
            raise _BeyondLimitError
        super().on_body(body)

    def on_message_complete(self) -> None:
        self.has_whole_request = True
        self._excess_bytes = 0
        super().on_message_complete()
        if self._is_ending:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        if not self.transport.is_closing():
            super().send_400_response(msg)

    # What the client takes.

    def on_response_complete(self) -> None:
        self._unanswered.popleft()
        super().on_response_complete()
        if self._is_answered():
            self._kept.wait_for(self, self._seconds_after_answer())
            if self._is_half_closed:
                self.transport.close()

    def close_gently(self) -> None:
        """Close, but not before the request has arrived: else the answer would be lost as well."""
        self._is_ending = True
        if self.has_whole_request:
            self.transport.close()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled_until = self.loop.time() + self._limits.stalled_seconds
        self._kept.wait_for(self, self._limits.stalled_seconds)

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self._is_answered():
            self._work()

    def _is_answered(self) -> bool:
        """Whether nothing is left to answer of what has arrived."""
        return not self.pipeline and (self.cycle is None or self.cycle.response_complete)

    def _seconds_after_answer(self) -> float:
        if self._is_in_head:
            return self._limits.head_seconds
        if not self.has_whole_request:
            return self._limits.rest_seconds
        return self._limits.stalled_seconds if self.flow.write_paused else self._limits.idle_seconds


class _TransportOfAnswer:
    """The transport as the answer to a request sees it."""

    def __init__(self, connection: _Protocol) -> None:
        self._write = connection.transport.write
        self.is_closing = connection.transport.is_closing
        self.close = connection.close_gently

    def write(self, data: bytes) -> None:
        """Write, unless the client is gone."""
        if not self.is_closing():
            self._write(data)
