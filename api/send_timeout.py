"""The time limit for clients that do not read their response: the one place for all responses."""

import asyncio

import structlog

log = structlog.get_logger(__name__)

WINDOW_S = 30.0
LEAST_BYTES = 64 * 1024
"""A client that takes less than this in a window is disconnected; a bad mobile line takes more."""


class SendTimeout:
    """Watches one connection while its write buffer is over the high-water mark."""

    __slots__ = ("_timer", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Watch from now on: the buffer is full."""
        waiting = self._transport.get_write_buffer_size()
        self._timer = asyncio.get_running_loop().call_later(WINDOW_S, self._look, waiting)

    def end(self) -> None:
        """Stop watching: the buffer has drained, or the connection is gone."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self, waited: int) -> None:
        """Disconnect, or watch on. The buffer does not grow meanwhile: writers wait for room."""
        waiting = self._transport.get_write_buffer_size()
        if waited - waiting < LEAST_BYTES:
            log.warning("answer_not_taken", unsent_bytes=waiting)
            self._transport.abort()
        else:
            self.begin()
