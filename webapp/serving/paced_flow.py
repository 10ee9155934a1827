"""Lets a connection be read a little later, whoever else wants to read on."""

import asyncio

from uvicorn.protocols.http.flow_control import FlowControl


class PacedFlow(FlowControl):
    """uvicorn's control of reading and writing, which can also be held."""

    def __init__(self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport) -> None:
        super().__init__(transport)
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None
        self._is_wanted = True
        """Whether anybody wants to read on."""

    def hold(self, seconds: float) -> None:
        """Read nothing for this time."""
        if self._timer is None:
            super().pause_reading()
            self._timer = self._loop.call_later(seconds, self._release)

    def pause_reading(self) -> None:
        """Read nothing until `resume_reading`."""
        self._is_wanted = False
        super().pause_reading()

    def resume_reading(self) -> None:
        """Read on, once it is not held any more."""
        self._is_wanted = True
        if self._timer is None:
            super().resume_reading()

    def close(self) -> None:
        """Hold nothing any more: the connection has ended."""
        if self._timer is not None:
            self._timer.cancel()

    def _release(self) -> None:
        self._timer = None
        if self._is_wanted and not self._transport.is_closing():
            super().resume_reading()
